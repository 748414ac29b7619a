import {
  activationNames,
  factorText,
  layerNormFormula,
  rmsNormFormula,
  sinusoidFormula,
} from '../../core/forward/formulas';
import type { ForwardStep, ForwardWeight } from '../../protocol/forward';
import type { RolePlace } from '../../protocol/models';
import type { ForwardGraph } from './graph';
import type { Stage } from './headStages';
import type { LinearUse } from './linear';
import type { ForwardPass, Recipe, Step } from './recipes';

type Described = Pick<ForwardStep, 'formula' | 'inputs' | 'weights'>;

/** A step's formula, what it is computed from, and the weights of the file by the names that the formula gives them. */
export function describeStep(pass: ForwardPass, at: number): Described {
  const { steps } = pass;
  const step = steps[at]!;
  const { recipe, role, graph } = step;
  const weight = (symbol: string, name: string): ForwardWeight => ({
    symbol,
    name: storedName(graph, name),
    shape: shapeOf(graph, name),
  });
  switch (recipe.kind) {
    case 'lookup': {
      const index = { id: 'id', position: 'p', segment: 's' }[recipe.by];
      return {
        formula: `${symbolOf(step)} = ${tables[recipe.by]}[${index}]`,
        inputs: [],
        weights: [weight(tables[recipe.by], recipe.table)],
      };
    }
    case 'sinusoid':
      return { formula: sinusoidFormula, inputs: [], weights: [] };
    case 'sum':
      return {
        formula: sumFormula(step, recipe, steps),
        inputs: recipe.terms.map((term) => term.step).sort((one, other) => one - other),
        weights: recipe.biases.map((name) => weight('b', name)),
      };
    case 'norm': {
      const formula = (recipe.norm === 'layer' ? layerNormFormula : rmsNormFormula)(
        symbolOf(steps[recipe.input]!),
      );
      return { formula, inputs: [recipe.input], weights: normWeights(recipe, weight) };
    }
    case 'linear': {
      const { matrix, bias } = linearSymbols(role);
      const [x, y] = [linearInput(role), symbolOf(step)];
      const scale = recipe.use.factor === 1 ? '' : ` · ${factorText(recipe.use.factor)}`;
      const product = `${x}·${matrix}${recipe.use.biases.length > 0 ? ` + ${bias}` : ''}`;
      const formula = `${y} = ${scale ? `(${product})${scale}` : product}`;
      return { formula, inputs: [recipe.input], weights: linearWeights(recipe.use, matrix, bias, weight) };
    }
    case 'mask':
      return {
        formula: recipe.isCausal ? 'M_ij = 0 (j ≤ i), −∞ (j > i)' : 'M_ij = 0',
        inputs: [],
        weights: [],
      };
    case 'scores': {
      const { query, key, mask, factor } = recipe;
      const divided =
        factor === 1
          ? ''
          : factor === null || isRootOfHead(factor, pass, query)
            ? ' / √d'
            : ` · ${factorText(factor)}`;
      return {
        formula: `S = Q·Kᵀ${divided}${mask === null ? '' : ' + M'}`,
        inputs: [query, key, ...(mask === null ? [] : [mask])],
        weights: [],
      };
    }
    case 'softmax':
      return { formula: 'P = softmax(S)', inputs: [recipe.scores], weights: [] };
    case 'context':
      return { formula: 'Z_h = P_h·V_h', inputs: [recipe.probabilities, recipe.value], weights: [] };
    case 'concatenation':
      return { formula: 'Z = [Z_0 … Z_h]', inputs: [recipe.context], weights: [] };
    case 'activation': {
      const name = activationNames[recipe.activation];
      const { inner, gate } = recipe;
      return {
        formula: gate === null ? `a = ${name}(u)` : `a = ${name}(u) ⊙ g`,
        inputs: gate === null ? [inner] : [inner, gate],
        weights: [],
      };
    }
    case 'stages':
      return { ...stagesFormula(recipe.stages, weight), inputs: [recipe.input] };
    case 'fed':
    case 'unknown':
      return { formula: null, inputs: [], weights: [] };
  }
}

const tables = { id: 'E', position: 'E_p', segment: 'E_s' } as const;

/** What formulas call a step's tensor. */
function symbolOf({ role }: RolePlace): string {
  if (role in symbols) return symbols[role]!;
  const part = Object.keys(parts).find((name) => role.endsWith(name));
  return part === undefined ? 'x' : parts[part]!;
}

const symbols: Readonly<Record<string, string>> = {
  tokenEmbedding: 'e',
  positionEmbedding: 'p',
  segmentEmbedding: 's',
  feedForwardOutput: 'f(x)',
};

const parts: Readonly<Record<string, string>> = {
  Query: 'Q',
  Key: 'K',
  Value: 'V',
  Output: 'f(x)',
  Inner: 'u',
  Gate: 'g',
  Activation: 'a',
};

function linearSymbols(role: RolePlace['role']): { matrix: string; bias: string } {
  const part = ['Query', 'Key', 'Value', 'Inner', 'Gate'].find((name) => role.endsWith(name));
  const isSecond = role === 'feedForwardOutput';
  const index = part
    ? { Query: 'Q', Key: 'K', Value: 'V', Inner: '1', Gate: 'g' }[part]!
    : isSecond
      ? '2'
      : role.endsWith('Output')
        ? 'O'
        : 'E';
  return { matrix: `W_${index}`, bias: `b_${index}` };
}

function linearInput(role: RolePlace['role']): string {
  if (role === 'feedForwardOutput') return 'a';
  if (role.endsWith('Output')) return 'Z';
  return /^crossAttention(Key|Value)$/.test(role) ? 'H' : 'x';
}

function sumFormula(
  { role }: Step,
  { terms, biases }: Extract<Recipe, { kind: 'sum' }>,
  steps: readonly Step[],
): string {
  // The stream first, then what is added to it.
  const isOutput = (at: number): boolean => steps[at]!.role.endsWith('Output');
  const ordered = terms
    .toSorted((one, other) => one.step - other.step)
    .toSorted((one, other) => Number(isOutput(one.step)) - Number(isOutput(other.step)));
  const names = ordered.map(
    ({ step: at, factor }) => (factor === 1 ? '' : `${factorText(factor)} · `) + symbolOf(steps[at]!),
  );
  return `${role === 'embeddingSum' ? 'x' : 'y'} = ${[...names, ...biases.map(() => 'b')].join(' + ')}`;
}

type Weigh = (symbol: string, name: string) => ForwardWeight;

function normWeights(
  { scale, bias }: { scale: string; bias: string | undefined },
  weight: Weigh,
  index = '',
): ForwardWeight[] {
  return [weight(`γ${index}`, scale), ...(bias === undefined ? [] : [weight(`β${index}`, bias)])];
}

function linearWeights(use: LinearUse, matrix: string, bias: string, weight: Weigh): ForwardWeight[] {
  return [weight(matrix, use.matrix), ...use.biases.map(({ name }) => weight(bias, name))];
}

function stagesFormula(stages: readonly Stage[], weight: Weigh): Pick<Described, 'formula' | 'weights'> {
  const weights: ForwardWeight[] = [];
  const linears = stages.filter(({ kind }) => kind === 'linear').length;
  let [formula, at] = ['x', 0];
  for (const stage of stages) {
    if (stage.kind === 'firstToken') formula = 'x_0';
    else if (stage.kind === 'scale') formula = `${factorText(stage.factor)} · ${grouped(formula)}`;
    else if (stage.kind === 'activation') formula = `${activationNames[stage.activation]}(${formula})`;
    else if (stage.kind === 'norm') {
      formula = `${stage.norm === 'layer' ? 'LayerNorm' : 'RMSNorm'}(${formula})`;
      weights.push(...normWeights(stage, weight));
    } else {
      at++;
      const [matrix, bias] = linears > 1 ? [`W_${at}`, `b_${at}`] : ['W', 'b'];
      formula = `${grouped(formula)}·${matrix}${stage.use.biases.length > 0 ? ` + ${bias}` : ''}`;
      weights.push(...linearWeights(stage.use, matrix, bias, weight));
    }
  }
  return { formula: `y = ${formula}`, weights };
}

const grouped = (formula: string): string =>
  / [+·] /.test(formula.replace(/\(.*\)/, '')) ? `(${formula})` : formula;

/** Whether a factor is 1/√d for the heads of a query. */
function isRootOfHead(factor: number, { steps }: ForwardPass, query: number): boolean {
  const { graph } = steps[query]!;
  const shape = graph.view.shapes.get(steps[query]!.source.tensor);
  const size = shape?.at(-1);
  return typeof size === 'number' && Math.abs(factor * Math.sqrt(size) - 1) < 1e-4;
}

/** The initializer behind a weight: what a person finds in the file. */
function storedName(graph: ForwardGraph, name: string): string {
  const [first, more] = graph.view.initializersBehind(name);
  return first !== undefined && more === undefined ? first : name;
}

function shapeOf(graph: ForwardGraph, name: string): number[] {
  const shape = graph.view.shapes.get(name) ?? [];
  return shape.every((size) => typeof size === 'number') ? [...shape] : [];
}
