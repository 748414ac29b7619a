import { constantInts, constantNumber } from '../constants';
import type { NodeBuilder } from '../nodeBuilder';
import { intAttribute, intsAttribute, type GraphIndex } from '../structure';
import type { OnnxNode } from '../types';
import type { AttentionContext } from './context';
import {
  isComputedProduct,
  isProduct,
  quantised,
  readMixing,
  readSimilarity,
  type Factor,
  type Mixing,
  type Similarity,
} from './products';
import type { AttentionTensors } from './types';

/** A softmax over keys, in one operator or several. */
interface Softmax {
  readonly scores: Factor;
  readonly probabilities: Factor;
}

/** Operators on numbers between the product and the softmax: what they combine may be scores or a mask. */
const arithmetic = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Where', 'Max', 'Min', 'Clip', 'QLinearAdd', 'QLinearMul'],
]);

/** Between the product and the softmax too: changes of type and form. */
const forms = new Set([
  ...['Cast', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'QuantizeLinear', 'DequantizeLinear'],
]);

/** Between the softmax and the product with the values: dropout, guards against empty rows, quantisation. */
const afterSoftmax = new Set([
  ...['Cast', 'Identity', 'Dropout', 'Where', 'Reshape', 'Mul'],
  ...['DynamicQuantizeLinear', 'QuantizeLinear', 'DequantizeLinear'],
]);

/** More tensors than any exporter has between a product and a softmax, those of its mask included. */
const mostSteps = 64;

/**
 * The attention whose softmax ends at a node, found by what feeds what: a softmax over the last axis whose scores
 * come from a product of two computed tensors, and whose result is multiplied with a third. undefined where a node
 * ends none.
 */
export function presentAttention(context: AttentionContext, node: OnnxNode): AttentionTensors | undefined {
  const { index, shapes } = context;
  const softmax = readSoftmax(context, node);
  if (!softmax) return undefined;
  const before = similarityBefore(index, softmax.scores.tensor, new Set());
  const after = before && mixingAfter(index, softmax.probabilities.tensor, new Set());
  if (!before || !after) return undefined;
  const builder = context.builder(node);
  const real = (factor: Factor): string => realise(builder, shapes, factor);
  const { query, key } = before;
  const { value, context: mixed } = after;
  return {
    how: 'present',
    stack: context.stacks.stackOf({ query: query.tensor, key: key.tensor, masks: before.sides }),
    query: real(query),
    key: real(key),
    value: real(value),
    scores: real(softmax.scores),
    mask: before.mask && real(before.mask),
    probabilities: real(after.guarded ? { tensor: after.guarded } : softmax.probabilities),
    context: real(mixed),
    heads: headsOf(context, [query, key, softmax.scores]),
    inGraph: { query: query.tensor, key: key.tensor, value: value.tensor, context: mixed.tensor },
    edit: builder.edit,
    operator: undefined,
  };
}

function readSoftmax({ index, shapes }: AttentionContext, node: OnnxNode): Softmax | undefined {
  const { inputs } = node;
  const [input, result] = [inputs[0] ?? '', node.outputs[0] ?? ''];
  if (node.opType === 'Softmax' || node.opType === 'QLinearSoftmax') {
    if (!isOverKeys(index, node, shapes.get(input)?.length)) return undefined;
    if (node.opType === 'Softmax') return { scores: { tensor: input }, probabilities: { tensor: result } };
    const scale = { scale: inputs[3] ?? '', zero: inputs[4] ?? '' };
    return {
      scores: quantised(index, inputs, 0),
      probabilities: { tensor: result, quantised: scale },
    };
  }
  if (node.opType !== 'Div') return undefined;
  const scores = writtenOutScores(index, input, inputs[1] ?? '');
  return scores === undefined ? undefined : { scores: { tensor: scores }, probabilities: { tensor: result } };
}

/** What a softmax reads that is written out: exp(scores - their maximum) / its sum. The maximum may be left out. */
function writtenOutScores(index: GraphIndex, dividend: string, divisor: string): string | undefined {
  const [exponential, sum] = [index.producer(dividend), index.producer(divisor)];
  if (exponential?.opType !== 'Exp' || sum?.opType !== 'ReduceSum' || sum.inputs[0] !== dividend)
    return undefined;
  if (!isOverLastAxis(index, sum)) return undefined;
  const exponent = exponential.inputs[0] ?? '';
  const shift = index.producer(exponent);
  const maximum = shift?.opType === 'Sub' ? index.producer(shift.inputs[1] ?? '') : undefined;
  const isShifted = maximum?.opType === 'ReduceMax' && maximum.inputs[0] === shift?.inputs[0];
  return isShifted ? maximum.inputs[0] : exponent;
}

function isOverLastAxis(index: GraphIndex, reduction: OnnxNode): boolean {
  const axes = intsAttribute(reduction, 'axes') ?? constantInts(index, reduction.inputs[1]);
  const [axis, more] = axes ?? [];
  return more === undefined && (axis === -1 || axis === 2 || axis === 3);
}

/** Whether a softmax is over the last axis. Where the rank is not known, the axis of scores by head is taken for it. */
function isOverKeys(index: GraphIndex, softmax: OnnxNode, rank: number | undefined): boolean {
  // Without the attribute the old operator means axis 1 of a matrix, which no attention has.
  const fallback = softmax.domain === '' && (index.model.opsets.get('') ?? 0) < 13 ? 1 : -1;
  const axis = intAttribute(softmax, 'axis', fallback);
  return axis === -1 || (rank === undefined ? axis === 2 || axis === 3 : axis === rank - 1);
}

/** The product that the scores come from, and what is combined with them on the way. */
interface Before extends Similarity {
  /** What is added last. */
  readonly mask: Factor | undefined;
  /** What else decides what is seen: everything added, and the conditions and other values of choices. */
  readonly sides: readonly string[];
}

function similarityBefore(index: GraphIndex, tensor: string, seen: Set<string>): Before | undefined {
  const node = index.producer(tensor);
  if (!node || seen.has(tensor) || seen.size === mostSteps) return undefined;
  seen.add(tensor);
  if (isProduct(node.opType)) {
    const found = isComputedProduct(index, node) ? readSimilarity(index, node) : undefined;
    return found && { ...found, mask: undefined, sides: [] };
  }
  if (forms.has(node.opType)) return similarityBefore(index, node.inputs[0] ?? '', seen);
  if (!arithmetic.has(node.opType)) return undefined;
  for (const place of dataPlaces(node)) {
    const input = node.inputs[place]!;
    if (index.isConstant(input)) continue;
    const found = similarityBefore(index, input, seen);
    if (!found) continue;
    const { mask, sides } = sidesOf(index, node, place);
    return { ...found, mask: mask ?? found.mask, sides: [...sides, ...found.sides] };
  }
  return undefined;
}

/** The inputs that may be scores: the condition of a Where is none, nor are scales and zero points. */
function dataPlaces(node: OnnxNode): number[] {
  if (node.opType.startsWith('QLinear')) return [0, 3];
  return node.inputs.flatMap((name, place) =>
    name === '' || (node.opType === 'Where' && place === 0) ? [] : [place],
  );
}

/** What a node combines with the scores, which it takes at `place`. */
function sidesOf(index: GraphIndex, node: OnnxNode, place: number): Pick<Before, 'mask' | 'sides'> {
  const others = node.inputs.filter((_, other) => other !== place);
  switch (node.opType) {
    case 'Add':
      return { mask: { tensor: others[0]! }, sides: others };
    case 'QLinearAdd': {
      const mask = quantised(index, node.inputs, 3 - place);
      return { mask, sides: [mask.tensor] };
    }
    case 'Sub':
    case 'Where':
      return { mask: undefined, sides: others };
    default:
      return { mask: undefined, sides: [] };
  }
}

/** The product with the values, and the probabilities behind the last guard before it. */
interface After extends Mixing {
  readonly guarded: string | undefined;
}

function mixingAfter(index: GraphIndex, tensor: string, seen: Set<string>): After | undefined {
  if (seen.has(tensor) || seen.size === mostSteps) return undefined;
  seen.add(tensor);
  for (const node of index.readers(tensor)) {
    if (isProduct(node.opType)) {
      const found = isComputedProduct(index, node) ? readMixing(index, node, tensor) : undefined;
      if (found) return { ...found, guarded: undefined };
    } else if (afterSoftmax.has(node.opType)) {
      const result = node.outputs[0] ?? '';
      const found = mixingAfter(index, result, seen);
      // Rows that see nothing are not numbers before their guard.
      if (found)
        return { ...found, guarded: found.guarded ?? (node.opType === 'Where' ? result : undefined) };
    }
  }
  return undefined;
}

/** The real numbers of a factor with its axes in the order of its role, by nodes to add where it needs any. */
function realise(builder: NodeBuilder, shapes: AttentionContext['shapes'], factor: Factor): string {
  let { tensor } = factor;
  if (factor.quantised) {
    const { scale, zero } = factor.quantised;
    tensor = builder.op('DequantizeLinear', zero === '' ? [tensor, scale] : [tensor, scale, zero]);
  }
  if (factor.axes !== undefined) tensor = builder.op('Einsum', [tensor], { equation: factor.axes });
  if (factor.swapped) {
    const perm = shapes.get(factor.tensor)?.length === 3 ? [0, 2, 1] : [0, 1, 3, 2];
    tensor = builder.transpose(tensor, perm);
  }
  return tensor;
}

/** More steps than there are between the heads' own axis and a product. */
const mostFormSteps = 8;

/** N: the second of four axes somewhere before the product, also where batch and heads are merged after it. */
function headsOf({ index, shapes }: AttentionContext, factors: readonly Factor[]): number | undefined {
  for (const { tensor, axes } of factors) {
    for (let name = tensor, step = 0; step < mostFormSteps; step++) {
      // Axes in another order have the heads elsewhere.
      const count = axes === undefined && shapes.get(name)?.length === 4 ? shapes.get(name)?.[1] : undefined;
      // Of scores, a 1 may be the mask's, which is the same for all heads.
      if (typeof count === 'number' && (count > 1 || !arithmetic.has(index.producer(name)?.opType ?? '')))
        return count;
      const node = index.producer(name);
      if (!node || !(forms.has(node.opType) || arithmetic.has(node.opType) || node.opType === 'Transpose'))
        break;
      const merged = node.opType === 'Reshape' ? mergedHeads(index, node.inputs[1]) : undefined;
      if (merged !== undefined) return merged;
      name = node.inputs[0] ?? '';
    }
  }
  return undefined;
}

/** N of a shape of three axes, one of which is computed as B·N: so nn.MultiheadAttention splits the heads. */
function mergedHeads(index: GraphIndex, shape: string | undefined): number | undefined {
  const axes = index.producer(shape ?? '');
  if (axes?.opType !== 'Concat' || axes.inputs.length !== 3) return undefined;
  for (const axis of axes.inputs) {
    const size = index.producer(axis);
    const product = size?.opType === 'Unsqueeze' ? index.producer(size.inputs[0] ?? '') : size;
    if (product?.opType !== 'Mul') continue;
    const count = product.inputs
      .map((input) => constantNumber(index, input))
      .find((each) => each !== undefined);
    if (count !== undefined) return count;
  }
  return undefined;
}
