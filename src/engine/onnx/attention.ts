import { inferShapes, type Shape } from './shapes';
import { GraphIndex, intAttribute } from './structure';
import type { OnnxModel, OnnxNode } from './types';

/**
 * The tensors of one attention, softmax(q·kᵀ/√d + mask)·v, by their roles (Vaswani et al. 2017, section 3.2.1).
 * Shapes with B sequences, N heads, S queries, T keys and heads of size D; some exporters merge B and N.
 */
export interface AttentionTensors {
  /** [B, N, S, D] */
  readonly query: string;
  /** [B, N, D, T]: as the product takes it, already transposed. */
  readonly key: string;
  /** [B, N, T, D] */
  readonly value: string;
  /** What the softmax reads, [B, N, S, T]: scaled and masked. */
  readonly scores: string;
  /** What is added to the scores to hide tokens, broadcast to [B, N, S, T]; undefined where nothing is added. */
  readonly mask: string | undefined;
  /** [B, N, S, T]; each row sums to 1. */
  readonly probabilities: string;
  /** The weighted sum of the values, [B, N, S, D]. */
  readonly context: string;
  /** N, where the graph tells. */
  readonly heads: number | undefined;
}

/** What a tensor of an attention is, whatever the graph calls it. */
export type AttentionRole = Exclude<keyof AttentionTensors, 'heads'>;

/** Operators that compute attention inside and give out no weights. */
const fusedOperators = new Set([
  'Attention',
  'QAttention',
  'PackedAttention',
  'MultiHeadAttention',
  'PackedMultiHeadAttention',
  'DecoderMaskedMultiHeadAttention',
  'GroupQueryAttention',
  'LongformerAttention',
]);

/** Products of two tensors that both depend on the input. */
const products = new Set(['MatMul', 'FusedMatMul', 'MatMulInteger']);

/** Between the product and the softmax: scaling, masking, changes of type and form. */
const beforeSoftmax = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Where', 'Max', 'Min', 'Clip'],
  ...['Cast', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'QuantizeLinear', 'DequantizeLinear'],
]);

/** Between the softmax and the product with the values: dropout, guards against empty rows, quantisation. */
const afterSoftmax = new Set([
  ...['Cast', 'Identity', 'Dropout', 'Where', 'Reshape', 'Mul'],
  ...['DynamicQuantizeLinear', 'QuantizeLinear', 'DequantizeLinear'],
]);

const quantisers = new Set(['DynamicQuantizeLinear', 'QuantizeLinear', 'DequantizeLinear', 'Cast']);

/** More tensors than any exporter has between a product and a softmax, those of its mask included. */
const mostSteps = 64;

/**
 * Finds every attention in a graph by what feeds what, in graph order: a softmax over the last axis whose input
 * comes from a product of two computed tensors, and whose result is multiplied with a third.
 */
export function findAttention(model: OnnxModel): AttentionTensors[] {
  const softmaxes = model.nodes.filter(({ opType }) => opType === 'Softmax');
  if (softmaxes.length === 0) return [];
  const index = new GraphIndex(model);
  const shapes = inferShapes(index);
  return softmaxes.flatMap((node) => attentionAt(index, shapes, node) ?? []);
}

/** The fused attention operators of a graph, each once. */
export function fusedAttention(model: OnnxModel): string[] {
  return [...new Set(model.nodes.map(({ opType }) => opType).filter((type) => fusedOperators.has(type)))];
}

function attentionAt(
  index: GraphIndex,
  shapes: ReadonlyMap<string, Shape>,
  softmax: OnnxNode,
): AttentionTensors | undefined {
  const [scores] = softmax.inputs;
  const [probabilities] = softmax.outputs;
  if (!scores || !probabilities || !isOverKeys(index, softmax, shapes.get(scores)?.length)) return undefined;
  const similarity = productBefore(index, scores, new Set());
  const mixing = productAfter(index, probabilities, new Set());
  if (!similarity || !mixing) return undefined;
  const query = unquantised(index, similarity.node.inputs[0]!);
  const key = unquantised(index, similarity.node.inputs[1]!);
  const heads = shapes.get(query)?.at(-3) ?? shapes.get(key)?.at(-3);
  return {
    query,
    key,
    value: unquantised(index, mixing.inputs[1]!),
    scores,
    mask: similarity.mask,
    probabilities,
    context: mixing.outputs[0]!,
    heads: typeof heads === 'number' ? heads : undefined,
  };
}

/** Whether a softmax is over the last axis. Where the rank is not known, the axis of scores by head is taken for it. */
function isOverKeys(index: GraphIndex, softmax: OnnxNode, rank: number | undefined): boolean {
  // Without the attribute the old operator means axis 1 of a matrix, which no attention has.
  const fallback = (index.model.opsets.get('') ?? 0) < 13 ? 1 : -1;
  const axis = intAttribute(softmax, 'axis', fallback);
  return axis === -1 || (rank === undefined ? axis === 2 || axis === 3 : axis === rank - 1);
}

/** The product that the scores come from, and what is added on the way. */
function productBefore(
  index: GraphIndex,
  tensor: string,
  seen: Set<string>,
): { node: OnnxNode; mask: string | undefined } | undefined {
  const node = index.producer(tensor);
  if (!node || seen.has(tensor) || seen.size === mostSteps) return undefined;
  seen.add(tensor);
  if (products.has(node.opType)) return isComputed(index, node) ? { node, mask: undefined } : undefined;
  if (!beforeSoftmax.has(node.opType)) return undefined;
  // The condition of a Where is no score.
  const inputs = node.opType === 'Where' ? node.inputs.slice(1) : node.inputs;
  for (const input of inputs) {
    if (index.isConstant(input)) continue;
    const found = productBefore(index, input, seen);
    if (!found) continue;
    const added = node.opType === 'Add' ? node.inputs.find((other) => other !== input) : undefined;
    return { node: found.node, mask: added ?? found.mask };
  }
  return undefined;
}

/** The product with the values, where the probabilities are its first factor. */
function productAfter(index: GraphIndex, tensor: string, seen: Set<string>): OnnxNode | undefined {
  if (seen.has(tensor) || seen.size === mostSteps) return undefined;
  seen.add(tensor);
  for (const reader of index.consumers(tensor)) {
    const node = index.model.nodes[reader]!;
    if (products.has(node.opType)) {
      if (node.inputs[0] === tensor && isComputed(index, node)) return node;
    } else if (afterSoftmax.has(node.opType)) {
      const found = productAfter(index, node.outputs[0] ?? '', seen);
      if (found) return found;
    }
  }
  return undefined;
}

/** Whether both factors depend on the input: a product with a weight matrix is a linear layer. */
function isComputed(index: GraphIndex, product: OnnxNode): boolean {
  return product.inputs.slice(0, 2).every((name) => name !== '' && !index.isConstant(name));
}

/** The real numbers behind a quantised factor. */
function unquantised(index: GraphIndex, tensor: string): string {
  for (let name = tensor, steps = 0; ; steps++) {
    const node = index.producer(name);
    const before = node && quantisers.has(node.opType) ? node.inputs[0] : undefined;
    if (before === undefined || index.producer(before) === undefined || steps === 3) return name;
    name = before;
  }
}
