import {
  attentionContext,
  attentionProbabilities,
  attentionScores,
  type HeadMatrix,
} from '../../core/forward/attention';
import { activationFunction, linear } from '../../core/forward/functions';
import { linearNumbers, type LinearNumbers } from './linear';
import { normedRows } from './recompute';
import type { ForwardPass, Recipe, StepIndex } from './recipes';
import type { ForwardTrace } from './trace';

/** A sublayer as a function of the whole stream, in float64. */
export interface Sublayer {
  layer: number;
  part: 'attention' | 'feedForward';
  /** What it reads in this pass, `[tokens][hidden]`. */
  stream: Float64Array;
  /** Multiplications for each token, as far as weights go. */
  products: number;
  /** The stream after the sublayer: what it computes from `x`, added to `stream`, and normed where it is normed after. */
  apply(x: Float64Array, stream: Float64Array): Float64Array;
}

/** Every sublayer of a stack to itself; null where one of them is in another form. */
export async function sublayersOf(
  trace: ForwardTrace,
  stack: 'encoder' | 'decoder',
): Promise<Sublayer[] | null> {
  const { pass } = trace;
  const layers = Math.max(...pass.steps.map((step) => (step.stack === stack ? (step.layer ?? -1) : -1)));
  const found: Sublayer[] = [];
  for (let layer = 0; layer <= layers; layer++) {
    for (const part of ['attention', 'feedForward'] as const) {
      const sublayer = await sublayerOf(trace, { stack, layer, part });
      if (!sublayer) return null;
      found.push(sublayer);
    }
  }
  return found;
}

interface Place {
  stack: 'encoder' | 'decoder';
  layer: number;
  part: 'attention' | 'feedForward';
}

async function sublayerOf(trace: ForwardTrace, { stack, layer, part }: Place): Promise<Sublayer | null> {
  const { pass } = trace;
  const stepOf = (name: string): StepIndex =>
    pass.steps.findIndex(
      (each) => each.stack === stack && each.layer === layer && each.role === `${part}${name}`,
    );
  const hasCross = pass.steps.some((each) => each.stack === stack && each.role === 'crossAttentionOutput');
  const sum = pass.steps[stepOf('ResidualSum')]?.recipe;
  const output = stepOf('Output');
  if (sum?.kind !== 'sum' || sum.terms.length !== 2 || hasCross) return null;
  const streamStep = sum.terms.find((term) => term.step !== output)?.step;
  const added = part === 'attention' ? await attentionOf(trace, stepOf) : feedForwardOf(pass, stepOf);
  const norm = pass.steps[stepOf('Norm')]?.recipe;
  if (streamStep === undefined || !added || norm?.kind !== 'norm') return null;
  const { graph } = pass.steps[stepOf('Norm')]!;
  const isBefore = norm.input === streamStep;
  if (!isBefore && norm.input !== stepOf('ResidualSum')) return null;
  const stream = Float64Array.from((await trace.tensor(streamStep)).matrix.values);
  const columns = (await trace.tensor(streamStep)).matrix.columns;
  const normed = (x: Float64Array): Float64Array => normedRows(graph, norm, x, columns)!;
  if (!normedRows(graph, norm, stream, columns)) return null;
  return {
    ...{ layer, part, stream, products: added.products },
    apply(x, onto) {
      const value = added.apply(isBefore ? normed(x) : x);
      const result = value.map((number, at) => number + onto[at]!);
      return isBefore ? result : normed(result);
    },
  };
}

/** What a sublayer computes before it is added. */
interface Inner {
  products: number;
  apply(x: Float64Array): Float64Array;
}

async function attentionOf(trace: ForwardTrace, stepOf: (name: string) => StepIndex): Promise<Inner | null> {
  const { pass } = trace;
  const linears = ['Query', 'Key', 'Value', 'Output'].map((name) => numbersOf(pass, stepOf(name)));
  const scores = pass.steps[stepOf('Scores')]?.recipe;
  const [query, key, value, output] = linears;
  if (!query || !key || !value || !output || scores?.kind !== 'scores') return null;
  const mask = scores.mask === null ? undefined : (await trace.tensor(scores.mask)).matrix;
  const { heads, rows } = (await trace.tensor(scores.query)).matrix;
  const factor = scores.factor ?? 1 / Math.sqrt(query.outputs / heads);
  const all = [...Array(rows).keys()];
  const byHead = (values: Float64Array): HeadMatrix => ({
    values,
    rows,
    columns: values.length / rows,
    heads,
  });
  return {
    products: [query, key, value, output].reduce((total, { matrix }) => total + matrix.length, 0),
    apply(x) {
      const [q, k, v] = [query, key, value].map((each) => byHead(through(each, x))) as [
        HeadMatrix,
        HeadMatrix,
        HeadMatrix,
      ];
      const weights = attentionProbabilities(byHead(attentionScores(q, k, mask, factor, all)), all);
      return through(output, attentionContext(byHead(weights), v, all));
    },
  };
}

function feedForwardOf(pass: ForwardPass, stepOf: (name: string) => StepIndex): Inner | null {
  const activation: Recipe | undefined = pass.steps[stepOf('Activation')]?.recipe;
  const [inner, output] = ['Inner', 'Output'].map((name) => numbersOf(pass, stepOf(name)));
  if (!inner || !output || activation?.kind !== 'activation') return null;
  const gate = activation.gate === null ? null : numbersOf(pass, activation.gate);
  const activate = activationFunction(activation.activation);
  if (gate === undefined || !activate) return null;
  return {
    products: inner.matrix.length + output.matrix.length + (gate?.matrix.length ?? 0),
    apply(x) {
      const units = through(inner, x).map(activate);
      const factors = gate && through(gate, x);
      return through(output, factors ? units.map((unit, at) => unit * factors[at]!) : units);
    },
  };
}

function numbersOf(pass: ForwardPass, step: StepIndex): LinearNumbers | undefined {
  const { recipe, graph } = pass.steps[step] ?? {};
  return graph && recipe?.kind === 'linear' ? linearNumbers(graph, recipe.use) : undefined;
}

function through({ matrix, outputs, bias }: LinearNumbers, x: Float64Array): Float64Array {
  return linear(x, matrix, outputs, bias);
}
