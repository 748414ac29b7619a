import type { AttentionTensors } from '../attention';
import { constantNumber, storedConstant } from '../constants';
import type { OnnxNode } from '../types';
import { readsShapeOnly, type GraphView } from './graphView';
import { weightOf } from './linear';
import { storedNumbers } from './storedNumbers';

/** What scores are made of besides the product of queries and keys. */
export interface Scoring {
  /** The entries of a table of biases by distance (Raffel et al. 2020), [S, T, N]. */
  readonly relativeBias: string | undefined;
  /** Whether products of content with position are gathered by distance (He et al. 2021). */
  readonly isDisentangled: boolean;
  /** Whether each head lowers its scores by a slope of its own times the distance (Press et al. 2022). */
  readonly hasSlopes: boolean;
  /** How far from its own place a token sees, in tokens; undefined without such a limit. */
  readonly window: number | undefined;
  /** Constants: the table of biases, or that of vectors by distance with what projects them. */
  readonly weights: readonly string[];
}

/** Masks and biases are computed in fewer nodes. */
const mostNodes = 1000;

/** Looks through everything that the scores are computed from, up to queries, keys and shapes. */
export function scoringOf(view: GraphView, attention: AttentionTensors): Scoring {
  const fused = attention.operator;
  const { query, key } = attention.inGraph ?? attention;
  let relativeBias: string | undefined;
  let isDisentangled = false;
  let hasSlopes = false;
  let window: number | undefined;
  const weights: string[] = [];
  const open = new Set([attention.scores, attention.mask ?? '', ...(fused?.inputs.slice(3) ?? [])]);
  for (const tensor of open) {
    if (tensor === query || tensor === key || open.size > mostNodes) continue;
    if (isDisentangled && view.isConstant(tensor)) {
      weights.push(tensor);
      continue;
    }
    hasSlopes ||= isSlopeTable(view, tensor, attention.heads);
    const node = view.producer(tensor);
    if (!node || weightOf(view, node) !== undefined || readsShapeOnly(node)) continue;
    if (node.opType === 'GatherElements') isDisentangled = true;
    window ??= windowOf(view, node);
    if (node.opType === 'Mul')
      hasSlopes ||= node.inputs.some((input) => isSlopes(view, input, attention.heads));
    const [data = '', ...rest] = node.inputs;
    if (node.opType === 'Gather' && isBiasTable(view, data, attention.heads)) {
      relativeBias ??= tensor;
      weights.push(data);
      continue;
    }
    // Which entry is taken says nothing of what it is.
    const inputs = node.opType.startsWith('Gather') ? [data] : [data, ...rest];
    for (const input of inputs) if (input !== '') open.add(input);
  }
  return { relativeBias, isDisentangled, hasSlopes, window, weights };
}

/** The farthest that a comparison of distances with a number lets tokens be, as local attention does. */
function windowOf(view: GraphView, { opType, inputs }: OnnxNode): number | undefined {
  const [distance = '', limit = ''] = inputs;
  if (!comparisons.has(opType) || view.producer(view.base(distance))?.opType !== 'Abs') return undefined;
  const number = constantNumber(view.index, limit);
  if (number === undefined) return undefined;
  // The number itself is seen, or is the first that is not.
  const isSeen = opType === 'LessOrEqual' || opType === 'Greater';
  return isSeen ? number : number - 1;
}

const comparisons = new Set(['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual']);

/** A table with a number for each head in every row. */
function isBiasTable(view: GraphView, tensor: string, heads: number | undefined): boolean {
  const shape = view.shapes.get(tensor);
  if (!view.isConstant(tensor) || shape?.length !== 2) return false;
  const [rows, columns] = shape;
  return typeof rows === 'number' && rows > 1 && columns === (heads ?? columns);
}

/** More bytes than the slopes of any model take. */
const mostSlopeBytes = 4096;

/** Whether a constant holds 2^(-8i/n) for the heads i from 1 to n, n a power of two (Press et al. 2022, section 3). */
function isSlopes(view: GraphView, tensor: string, heads: number | undefined): boolean {
  if (heads === undefined || heads < 2) return false;
  const stored = storedConstant(view.index, tensor);
  if (stored?.dims.reduce((product, size) => product * size, 1) !== heads) return false;
  const slopes = storedNumbers(view, tensor, mostSlopeBytes);
  return slopes !== undefined && areSlopes(slopes, heads);
}

function areSlopes(slopes: ArrayLike<number>, heads: number): boolean {
  // Heads beyond a power of two have slopes in between.
  const count = 2 ** Math.floor(Math.log2(heads));
  return Array.from({ length: count }, (_, at) =>
    Math.abs(slopes[at]! * 2 ** ((8 * (at + 1)) / count) - 1),
  ).every((difference) => difference < 1e-2);
}

/** What 64 heads have with 65,536 distances; a longer table is not looked into. */
const mostTableNumbers = 2 ** 22;

/** Whether a constant holds such slopes times the distances to the last key, a row for each head, as MPT stores them. */
function isSlopeTable(view: GraphView, tensor: string, heads: number | undefined): boolean {
  const dims = storedConstant(view.index, tensor)?.dims ?? [];
  const [keys = 0, ...others] = dims.toReversed();
  if (heads === undefined || heads < 2 || keys < 2 || heads * keys > mostTableNumbers) return false;
  if (others.reduce((product, size) => product * size, 1) !== heads) return false;
  const biases = storedNumbers(view, tensor, mostTableNumbers * 4);
  if (!biases) return false;
  const steps = Array.from({ length: heads }, (_, head) => biases[head * keys + 1]! - biases[head * keys]!);
  return areSlopes(steps, heads) && steps.every((_, head) => biases[(head + 1) * keys - 1] === 0);
}
