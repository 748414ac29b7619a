import { textAttribute, intAttribute, type GraphIndex } from '../structure';
import type { OnnxNode } from '../types';

/** A tensor of an attention as some operator takes it: perhaps with other axes, perhaps as integers. */
export interface Factor {
  readonly tensor: string;
  /** Names of the scale and the zero point ('' for none) that make real numbers of integers. */
  readonly quantised?: { readonly scale: string; readonly zero: string };
  /** The equation of an Einsum that brings the axes into the order of the role. */
  readonly axes?: string;
  /** The last two axes have to change places. */
  readonly swapped?: boolean;
}

/** A product of queries and keys. */
export interface Similarity {
  readonly query: Factor;
  readonly key: Factor;
}

/** A product of probabilities and values. */
export interface Mixing {
  readonly value: Factor;
  readonly context: Factor;
}

const products = new Set([
  ...['MatMul', 'FusedMatMul', 'Einsum', 'MatMulInteger', 'MatMulIntegerToFloat', 'DynamicQuantizeMatMul'],
  'QLinearMatMul',
]);

/** Whether an operator multiplies two tensors. */
export function isProduct(opType: string): boolean {
  return products.has(opType);
}

/** Whether both factors of a product depend on the input: by a weight matrix it is a linear layer. */
export function isComputedProduct(index: GraphIndex, { opType, inputs }: OnnxNode): boolean {
  const factors = [inputs[0] ?? '', inputs[opType === 'QLinearMatMul' ? 3 : 1] ?? ''];
  return factors.every((name) => name !== '' && !index.isConstant(name));
}

/** The queries and keys of a product whose last two axes are queries and keys; undefined for other products. */
export function readSimilarity(index: GraphIndex, node: OnnxNode): Similarity | undefined {
  if (node.opType === 'Einsum') return einsumSimilarity(node);
  const parts = readMatrices(index, node);
  return parts && { query: parts.left, key: parts.right };
}

/** The values and the result of a product whose first factor are the probabilities. */
export function readMixing(index: GraphIndex, node: OnnxNode, probabilities: string): Mixing | undefined {
  if (node.opType === 'Einsum') return einsumMixing(node, probabilities);
  const parts = readMatrices(index, node);
  if (node.inputs[0] !== probabilities || !parts || parts.left.swapped || parts.left.axes) return undefined;
  return { value: parts.right, context: parts.result };
}

function readMatrices(
  index: GraphIndex,
  node: OnnxNode,
): { left: Factor; right: Factor; result: Factor } | undefined {
  const { inputs } = node;
  const result = node.outputs[0] ?? '';
  const [left, right] = [inputs[0] ?? '', inputs[1] ?? ''];
  switch (node.opType) {
    case 'MatMulInteger':
      return {
        left: { tensor: unquantised(index, left) },
        right: { tensor: unquantised(index, right) },
        result: { tensor: rescaled(index, result) },
      };
    case 'QLinearMatMul':
      return {
        left: quantised(index, inputs, 0),
        right: quantised(index, inputs, 3),
        result: { tensor: result, quantised: { scale: inputs[6] ?? '', zero: inputs[7] ?? '' } },
      };
    case 'FusedMatMul':
      return {
        left: fusedFactor(node, left, 'A'),
        right: fusedFactor(node, right, 'B'),
        result: { tensor: result },
      };
    default:
      return {
        left: { tensor: unquantised(index, left) },
        right: { tensor: unquantised(index, right) },
        result: { tensor: result },
      };
  }
}

/** A factor that the operator transposes: its last two axes, or with `transBatch` its first to before the last. */
function fusedFactor(node: OnnxNode, tensor: string, side: 'A' | 'B'): Factor {
  const swapped = intAttribute(node, `trans${side}`, 0) === 1;
  if (intAttribute(node, `transBatch${side}`, 0) !== 1) return { tensor, swapped };
  return { tensor, axes: swapped ? 'a...c->...ca' : 'a...c->...ac' };
}

const quantisers = new Set(['DynamicQuantizeLinear', 'QuantizeLinear', 'DequantizeLinear', 'Cast']);

/** The real numbers behind a quantised factor. */
function unquantised(index: GraphIndex, tensor: string): string {
  for (let name = tensor, steps = 0; ; steps++) {
    const node = index.producer(name);
    const before = node && quantisers.has(node.opType) ? node.inputs[0] : undefined;
    if (before === undefined || index.isConstant(before) || steps === 4) return name;
    name = before;
  }
}

/** The operand at a place of an operator whose operands are each followed by a scale and a zero point. */
export function quantised(index: GraphIndex, inputs: readonly string[], place: number): Factor {
  const [tensor = '', scale = '', zero = ''] = inputs.slice(place, place + 3);
  const real = unquantised(index, tensor);
  return real === tensor ? { tensor, quantised: { scale, zero } } : { tensor: real };
}

/** The real numbers that are made of a sum of integers: a cast, then the product with the scales. */
function rescaled(index: GraphIndex, sum: string): string {
  let name = sum;
  for (const opType of ['Cast', 'Mul']) {
    name = index.readers(name).find((reader) => reader.opType === opType)?.outputs[0] ?? name;
  }
  return name;
}

/** The axes of an Einsum of two tensors; `...` stands for any number of axes that both have. */
function readEquation(node: OnnxNode): { first: string[]; second: string[]; result: string[] } | undefined {
  const equation = textAttribute(node, 'equation') ?? '';
  if (equation.length > longestEquation) return undefined;
  const sides = equation.replaceAll(' ', '').split('->');
  const operands = sides[0]?.split(',');
  if (sides.length !== 2 || operands?.length !== 2) return undefined;
  const labels = (side: string): string[] => side.match(/\.\.\.|[A-Za-z]/g) ?? [];
  return { first: labels(operands[0]!), second: labels(operands[1]!), result: labels(sides[1]!) };
}

/** More letters than an equation over any two tensors has. */
const longestEquation = 64;

const equation = (from: readonly string[], to: readonly string[]): string | undefined =>
  from.join() === to.join() ? undefined : `${from.join('')}->${to.join('')}`;

/** `bqhd,bkhd->bhqk` and its like: the result ends with queries and keys, and one axis is summed over. */
function einsumSimilarity(node: OnnxNode): Similarity | undefined {
  const axes = readEquation(node);
  if (!axes || axes.result.length < 3) return undefined;
  const batch = axes.result.slice(0, -2);
  const [queries, keys] = axes.result.slice(-2) as [string, string];
  const isFirst = axes.first.includes(queries);
  const [from, to] = isFirst ? [axes.first, axes.second] : [axes.second, axes.first];
  const [summed, more] = from.filter((label) => !axes.result.includes(label));
  if (!summed || more || to.includes(queries) || from.includes(keys)) return undefined;
  const whole = (labels: string[], own: string): boolean =>
    [...batch, own, summed].every((label) => labels.includes(label)) && labels.length === batch.length + 2;
  if (!whole(from, queries) || !whole(to, keys)) return undefined;
  const [query, key] = isFirst ? [0, 1] : [1, 0];
  return {
    query: { tensor: node.inputs[query]!, axes: equation(from, [...batch, queries, summed]) },
    key: { tensor: node.inputs[key]!, axes: equation(to, [...batch, summed, keys]) },
  };
}

/** `bhqk,bkhd->bqhd` and its like: the keys, last of the probabilities, are summed over. */
function einsumMixing(node: OnnxNode, probabilities: string): Mixing | undefined {
  const axes = readEquation(node);
  if (!axes) return undefined;
  const isFirst = node.inputs[0] === probabilities;
  const [weights, values] = isFirst ? [axes.first, axes.second] : [axes.second, axes.first];
  const batch = weights.slice(0, -2);
  const [queries, keys] = weights.slice(-2) as [string, string];
  const [inner, more] = values.filter((label) => !weights.includes(label));
  const isSum = values.includes(keys) && !axes.result.includes(keys) && axes.result.includes(queries);
  const isWhole = values.length === batch.length + 2 && axes.result.length === batch.length + 2;
  if (!inner || more || !isSum || !isWhole || values.includes(queries)) return undefined;
  return {
    value: { tensor: node.inputs[isFirst ? 1 : 0]!, axes: equation(values, [...batch, keys, inner]) },
    context: { tensor: node.outputs[0]!, axes: equation(axes.result, [...batch, queries, inner]) },
  };
}
