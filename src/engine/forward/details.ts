import { attentionScores } from '../../core/forward/attention';
import { momentsOf, softmax } from '../../core/forward/functions';
import { cosine, lengthOf } from '../../core/forward/vectors';
import {
  distanceFromTurned,
  distanceFromWaves,
  productsByDistance,
  sinusoidProduct,
} from '../../core/forward/sinusoids';
import { softmaxTopK } from '../../core/topK';
import type {
  ForwardDetails,
  LeakDetails,
  Moments,
  PositionDetails,
  ResidualDetails,
  StreamDetails,
} from '../../protocol/forward';
import { pictureOf, type TensorMatrix } from '../tensorMatrix';
import { labelOf } from './labels';
import type { Recipe, Step } from './recipes';
import { headScores, inputParts } from './sharedFigures';
import { rowOf, statesOf } from './states';
import type { ForwardTrace } from './trace';

/** Units and choices that are listed. */
const listed = 10;

/** Positions whose vectors are drawn: as many as a card has room for. */
const mostPositions = 128;

/** What else there is to see in a step for one token; nothing for steps that say all by their numbers. */
export async function detailsOf(trace: ForwardTrace, at: number, token: number): Promise<ForwardDetails[]> {
  const found = [await ownDetails(trace, at, token), await stream(trace, at, token)];
  return found.filter((each) => each !== null);
}

async function ownDetails(trace: ForwardTrace, at: number, token: number): Promise<ForwardDetails | null> {
  const { role, recipe } = trace.pass.steps[at]!;
  if (role === 'positionEmbedding') return positions(trace, at);
  if (role.endsWith('Logits')) return choices(trace, at, token);
  switch (recipe.kind) {
    case 'norm':
      return norm(trace, at, recipe);
    case 'sum':
      if (role === 'embeddingSum') return inputParts(trace, at, recipe);
      return role.endsWith('ResidualSum') ? residual(trace, at, token) : null;
    case 'scores':
      return headScores(trace, at, recipe, token);
    case 'activation':
      return units((await trace.tensor(at)).matrix, token);
    case 'softmax':
      return leak(trace, recipe.scores, token);
    default:
      return null;
  }
}

/** The states of a token through the stack, where a step gives one of them. */
async function stream(trace: ForwardTrace, at: number, token: number): Promise<StreamDetails | null> {
  const states = statesOf(trace.pass, trace.pass.steps[at]!.stack);
  if (!states.some(({ step, layer }) => step === at && layer !== null)) return null;
  const rows: Float32Array[] = [];
  for (const { step } of states) rows.push(rowOf((await trace.tensor(step)).matrix, token));
  const [first, last] = [rows[0]!, rows.at(-1)!];
  return {
    kind: 'stream',
    states: states.map(({ layer }, index) => ({
      layer,
      norm: lengthOf(rows[index]!),
      toFirst: cosine(rows[index]!, first),
      toLast: cosine(rows[index]!, last),
    })),
  };
}

async function norm(
  trace: ForwardTrace,
  at: number,
  { input, scale, bias, epsilon }: Extract<Recipe, { kind: 'norm' }>,
): Promise<ForwardDetails | null> {
  const [gamma, beta] = [scale, bias].map((name) =>
    name ? trace.pass.steps[at]!.graph.constant(name)?.values : undefined,
  );
  if (!gamma) return null;
  return {
    kind: 'norm',
    before: momentsByRow((await trace.tensor(input)).matrix),
    after: momentsByRow((await trace.tensor(at)).matrix),
    scale: Float32Array.from(gamma),
    shift: beta ? Float32Array.from(beta) : null,
    epsilon,
  };
}

function momentsByRow(matrix: TensorMatrix): Moments {
  const rows = Array.from({ length: matrix.rows }, (_, row) => momentsOf(rowOf(matrix, row)));
  return {
    mean: Float32Array.from(rows, ({ mean }) => mean),
    variance: Float32Array.from(rows, ({ variance }) => variance),
  };
}

/** The stream and what is added to it, in every sum of the same stack. */
async function residual(trace: ForwardTrace, at: number, token: number): Promise<ResidualDetails> {
  const { pass } = trace;
  const { stack } = pass.steps[at]!;
  const layers: ResidualDetails['layers'] = [];
  for (const step of pass.steps) {
    const { role, layer, recipe } = step;
    const isSum = recipe.kind === 'sum' && role.endsWith('ResidualSum') && step.stack === stack;
    if (!isSum || layer === null) continue;
    const isOutput = (index: number): boolean => pass.steps[index]!.role.endsWith('Output');
    const [stream, added] = [
      await summed(
        trace,
        recipe.terms.filter((term) => !isOutput(term.step)),
        token,
      ),
      await summed(
        trace,
        recipe.terms.filter((term) => isOutput(term.step)),
        token,
      ),
    ];
    const part = role.replace('ResidualSum', '') as ResidualDetails['layers'][number]['part'];
    layers.push({ layer, part, ...comparison(stream, added) });
  }
  return { kind: 'residual', layers };
}

async function summed(
  trace: ForwardTrace,
  terms: Extract<Recipe, { kind: 'sum' }>['terms'],
  token: number,
): Promise<Float64Array> {
  let sum = new Float64Array();
  for (const { step, factor } of terms) {
    const row = rowOf((await trace.tensor(step)).matrix, token);
    sum = Float64Array.from(row, (number, at) => factor * number + (sum[at] ?? 0));
  }
  return sum;
}

function comparison(
  stream: Float64Array,
  added: Float64Array,
): { stream: number; added: number; cosine: number } {
  return { stream: lengthOf(stream), added: lengthOf(added), cosine: cosine(stream, added) };
}

function units(matrix: TensorMatrix, token: number): ForwardDetails {
  const row = rowOf(matrix, token);
  const order = [...row.keys()].sort((one, other) => row[other]! - row[one]!);
  return {
    kind: 'units',
    units: order.slice(0, listed).map((unit) => ({ unit, value: row[unit]! })),
    active: row.reduce((count, value) => count + Number(value > 0), 0),
    count: row.length,
  };
}

async function choices(trace: ForwardTrace, at: number, token: number): Promise<ForwardDetails> {
  const { model, pass } = trace;
  const { matrix } = await trace.tensor(at);
  const { role } = pass.steps[at]!;
  // Scores of one number for each token compete with those of the other tokens.
  const isByToken = matrix.columns === 1 && matrix.rows > 1;
  const logits = isByToken ? matrix.values : rowOf(matrix, token);
  const found = softmaxTopK(logits, listed);
  return {
    kind: 'choices',
    choices: found.map(({ index, probability }) => ({ label: labelOf(model, role, index), probability })),
  };
}

/** What each head would give to hidden keys: the softmax of the scores without the mask. */
async function leak(trace: ForwardTrace, scores: number, token: number): Promise<LeakDetails | null> {
  const { pass } = trace;
  const { recipe } = pass.steps[scores]!;
  if (recipe.kind !== 'scores' || recipe.mask === null) return null;
  const [query, key] = [(await trace.tensor(recipe.query)).matrix, (await trace.tensor(recipe.key)).matrix];
  const masked = (await trace.tensor(scores)).matrix;
  const factor = recipe.factor ?? 1 / Math.sqrt(query.columns / query.heads);
  const open = attentionScores(query, key, undefined, factor, [token]);
  const own = rowOf(masked, token);
  const hidden = own.subarray(0, key.rows).reduce((count, score) => count + Number(Number.isNaN(score)), 0);
  if (hidden === 0) return null;
  const shares = Float32Array.from({ length: masked.heads }, (_, head) => {
    const probabilities = softmax(open.subarray(head * key.rows, (head + 1) * key.rows));
    return probabilities.reduce(
      (sum, probability, at) => sum + (Number.isNaN(own[head * key.rows + at]!) ? probability : 0),
      0,
    );
  });
  return { kind: 'leak', shares, hidden };
}

/** By how many positions vectors are turned to others: any number does. */
const turnedBy = 5;

/** Those of positions are of all tokens, and stay while another one is chosen. */
const positionsOf = new WeakMap<TensorMatrix, PositionDetails>();

async function positions(trace: ForwardTrace, at: number): Promise<PositionDetails> {
  const { matrix } = await trace.tensor(at);
  const found = positionsOf.get(matrix) ?? positionsIn(trace.pass.steps[at]!, matrix);
  positionsOf.set(matrix, found);
  return found;
}

/** The vectors of the first positions, of the whole table where there is one. */
function positionsIn({ recipe, graph }: Step, matrix: TensorMatrix): PositionDetails {
  const { columns } = matrix;
  const table = recipe.kind === 'lookup' ? graph.constant(recipe.table)?.values : undefined;
  const all = table && table.length >= matrix.values.length ? Float32Array.from(table) : matrix.values;
  const values = all.slice(0, mostPositions * columns);
  const products = Float32Array.from(productsByDistance(values, columns));
  const own = sinusoidProduct(0, columns);
  const isSinusoidal = recipe.kind === 'sinusoid' || (recipe.kind === 'lookup' && recipe.isSinusoidal);
  return {
    kind: 'positions',
    isSinusoidal,
    fromWaves: isSinusoidal ? distanceFromWaves(values, columns) : null,
    fromTurned: isSinusoidal
      ? { distance: turnedBy, difference: distanceFromTurned(values, columns, turnedBy) }
      : null,
    picture: pictureOf({ values, rows: values.length / columns, columns, heads: 1 }, [
      values.length / columns,
      columns,
    ]),
    products,
    closedForm: products.map((_, distance) => sinusoidProduct(distance, columns) / own),
  };
}
