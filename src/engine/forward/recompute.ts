import {
  attentionContext,
  attentionProbabilities,
  attentionScores,
  type HeadMatrix,
} from '../../core/forward/attention';
import { activationFunction, layerNorm, linear, rmsNorm, type Numbers } from '../../core/forward/functions';
import { sinusoid } from '../../core/forward/sinusoids';
import type { NormKind } from '../../protocol/architecture';
import type { EncodedToken } from '../../protocol/encoding';
import type { ForwardGraph } from './graph';
import type { Stage } from './headStages';
import { linearNumbers, type LinearUse } from './linear';
import type { ForwardPass, Recipe } from './recipes';

/** What recomputing a step needs. */
export interface Ground {
  pass: ForwardPass;
  /** The tokens of the step's own stack. */
  tokens: readonly EncodedToken[];
  /** The model's own tensor of a step, with a row for each token. */
  tensorOf(step: number): Promise<HeadMatrix>;
}

/** Multiplications that one row of a step takes, as far as they count. */
export async function costOfRow({ pass, tensorOf }: Ground, step: number): Promise<number> {
  const { recipe, graph } = pass.steps[step]!;
  const ofLinear = (use: LinearUse): number =>
    graph.view.shapes.get(use.matrix)?.reduce<number>((size, axis) => size * (Number(axis) || 1), 1) ?? 0;
  switch (recipe.kind) {
    case 'linear':
      return ofLinear(recipe.use);
    case 'stages':
      return recipe.stages.reduce(
        (sum, stage) => sum + (stage.kind === 'linear' ? ofLinear(stage.use) : 0),
        0,
      );
    case 'scores': {
      const { rows, columns } = await tensorOf(recipe.key);
      return rows * columns;
    }
    case 'context': {
      const { rows, columns } = await tensorOf(recipe.value);
      return rows * columns;
    }
    case 'softmax':
    case 'activation':
      return exponential * (await tensorOf(step)).columns;
    default:
      return simple * (await tensorOf(step)).columns;
  }
}

/** Multiplications that take as long as an exponential or an error function. */
const exponential = 40;

/** The same for a number that is copied, added or normed, and compared. */
const simple = 8;

/**
 * Some rows of a step's tensor, computed in float64 from the model's own tensors of earlier steps and the file's
 * weights, by the formula that the step shows.
 * @returns `[rows][columns]`; undefined where the step is in a form that is not recomputed.
 */
export async function recompute(
  ground: Ground,
  step: number,
  rows: readonly number[],
): Promise<Float64Array | undefined> {
  const { pass, tokens, tensorOf } = ground;
  const { recipe, graph } = pass.steps[step]!;
  switch (recipe.kind) {
    case 'lookup':
      return lookup(graph, recipe, tokens, rows, await tensorOf(step));
    case 'sinusoid':
      return waves(await tensorOf(step), tokens, rows);
    case 'sum':
      return sum(ground, graph, recipe, rows);
    case 'norm': {
      const { values, columns } = await tensorOf(recipe.input);
      return normedRows(graph, recipe, rowsOf(values, columns, rows), columns);
    }
    case 'linear': {
      const { values, columns } = await tensorOf(recipe.input);
      return applied(graph, recipe.use, rowsOf(values, columns, rows));
    }
    case 'mask':
      return mask(await tensorOf(step), tokens, recipe.isCausal, rows);
    case 'scores': {
      const [query, key] = [await tensorOf(recipe.query), await tensorOf(recipe.key)];
      const hidden = recipe.mask === null ? undefined : await tensorOf(recipe.mask);
      const factor = recipe.factor ?? 1 / Math.sqrt(query.columns / query.heads);
      return attentionScores(query, key, hidden, factor, rows);
    }
    case 'softmax':
      return attentionProbabilities(await tensorOf(recipe.scores), rows);
    case 'context':
      return attentionContext(await tensorOf(recipe.probabilities), await tensorOf(recipe.value), rows);
    case 'concatenation': {
      const { values, columns } = await tensorOf(recipe.context);
      return rowsOf(values, columns, rows);
    }
    case 'activation': {
      const inner = await tensorOf(recipe.inner);
      const activate = activationFunction(recipe.activation)!;
      const result = rowsOf(inner.values, inner.columns, rows).map(activate);
      if (recipe.gate === null) return result;
      const gate = await tensorOf(recipe.gate);
      const factors = rowsOf(gate.values, gate.columns, rows);
      return result.map((number, at) => number * factors[at]!);
    }
    case 'stages': {
      const { values, columns } = await tensorOf(recipe.input);
      // Of a text as a whole the first token is read.
      const isWhole = recipe.stages.some((stage) => stage.kind === 'firstToken');
      return throughStages(graph, recipe.stages, rowsOf(values, columns, isWhole ? [0] : rows), columns);
    }
    case 'fed':
    case 'unknown':
      return undefined;
  }
}

/** What a head makes of some rows `[rows][columns]`; undefined where a weight is stored in an unknown form. */
export function throughStages(
  graph: ForwardGraph,
  stages: readonly Stage[],
  rows: Float64Array,
  columns: number,
): Float64Array | undefined {
  const count = rows.length / columns;
  let values = rows;
  for (const stage of stages) {
    const next = afterStage(graph, stage, values, values.length / count);
    if (!next) return undefined;
    values = next;
  }
  return values;
}

function afterStage(
  graph: ForwardGraph,
  stage: Stage,
  values: Float64Array,
  columns: number,
): Float64Array | undefined {
  switch (stage.kind) {
    case 'firstToken':
      return values;
    case 'linear':
      return applied(graph, stage.use, values);
    case 'scale':
      return values.map((number) => stage.factor * number);
    case 'activation':
      return values.map(activationFunction(stage.activation)!);
    case 'norm':
      return normedRows(graph, stage, values, columns);
  }
}

/** Rows of a matrix, copied. */
export function rowsOf(values: Numbers, columns: number, rows: readonly number[]): Float64Array {
  const result = new Float64Array(rows.length * columns);
  rows.forEach((row, at) => {
    for (let column = 0; column < columns; column++)
      result[at * columns + column] = values[row * columns + column]!;
  });
  return result;
}

function applied(graph: ForwardGraph, use: LinearUse, x: Float64Array): Float64Array | undefined {
  const numbers = linearNumbers(graph, use);
  return numbers && linear(x, numbers.matrix, numbers.outputs, numbers.bias);
}

/** Rows normed one by one; undefined where the weights are stored in an unknown form. */
export function normedRows(
  graph: ForwardGraph,
  weights: { norm: NormKind; scale: string; bias: string | undefined; epsilon: number },
  x: Float64Array,
  columns: number,
): Float64Array | undefined {
  const [scale, bias] = [weights.scale, weights.bias].map((name) => name && graph.constant(name)?.values);
  if (!scale || (weights.bias && !bias)) return undefined;
  const norm = weights.norm === 'layer' ? layerNorm : rmsNorm;
  const result = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    const row = x.subarray(start, start + columns);
    result.set(norm(row, { scale, bias: bias || undefined, epsilon: weights.epsilon }), start);
  }
  return result;
}

function lookup(
  graph: ForwardGraph,
  { table, by }: Extract<Recipe, { kind: 'lookup' }>,
  tokens: readonly EncodedToken[],
  rows: readonly number[],
  { values: model, columns }: HeadMatrix,
): Float64Array | undefined {
  const values = graph.constant(table)?.values;
  if (!values) return undefined;
  if (by === 'id')
    return rowsOf(
      values,
      columns,
      rows.map((row) => tokens[row]!.id),
    );
  if (by === 'segment')
    return rowsOf(
      values,
      columns,
      rows.map((row) => tokens[row]!.segmentId),
    );
  // Some tables begin with rows that stand for no position.
  const first = firstRowLike(values, columns, model);
  return first < 0
    ? undefined
    : rowsOf(
        values,
        columns,
        rows.map((row) => first + row),
      );
}

/** The first row of a table that is the first row of a tensor; -1 where none is. */
function firstRowLike(table: Numbers, columns: number, model: Numbers): number {
  for (let start = 0; start < table.length; start += columns) {
    let at = 0;
    while (at < columns && Math.abs(table[start + at]! - model[at]!) < 1e-6) at++;
    if (at === columns) return start / columns;
  }
  return -1;
}

/** Either order of sines and cosines, whichever the model has. */
function waves(model: HeadMatrix, tokens: readonly EncodedToken[], rows: readonly number[]): Float64Array {
  const { columns, values } = model;
  const both = (['interleaved', 'halves'] as const).map((order) => {
    const result = new Float64Array(rows.length * columns);
    rows.forEach((row, at) => result.set(sinusoid(tokens[row]!.positionId, columns, order), at * columns));
    return result;
  });
  const own = rowsOf(values, columns, rows);
  const distance = (one: Float64Array): number =>
    one.reduce((sum, wave, at) => sum + (wave - own[at]!) ** 2, 0);
  return distance(both[0]!) <= distance(both[1]!) ? both[0]! : both[1]!;
}

async function sum(
  { tensorOf }: Ground,
  graph: ForwardGraph,
  { terms, biases }: Extract<Recipe, { kind: 'sum' }>,
  rows: readonly number[],
): Promise<Float64Array | undefined> {
  let result: Float64Array | undefined;
  for (const { step, factor } of terms) {
    const { values, columns, rows: count } = await tensorOf(step);
    // One row for all tokens is added to each.
    const part = rowsOf(values, columns, count === 1 ? rows.map(() => 0) : rows);
    result = part.map((number, at) => factor * number + (result?.[at] ?? 0));
  }
  for (const name of biases) {
    const bias = graph.constant(name)?.values;
    if (!bias) return undefined;
    result = result?.map((number, at) => number + bias[at % bias.length]!);
  }
  return result;
}

/** Which keys each of some queries may read, in the form of the model's own mask. */
function mask(
  { columns, heads, rows: queries }: HeadMatrix,
  tokens: readonly EncodedToken[],
  isCausal: boolean,
  rows: readonly number[],
): Float64Array {
  const keys = columns / heads;
  const earlier = keys - tokens.length;
  const result = new Float64Array(rows.length * columns);
  rows.forEach((row, at) => {
    for (let place = 0; place < columns; place++) {
      const key = place % keys;
      const isLater = isCausal && queries > 1 && key > row + Math.max(0, earlier);
      if (isLater) result[at * columns + place] = NaN;
    }
  });
  return result;
}
