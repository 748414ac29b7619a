import { constantInts, partlyConstantInts } from './constants';
import type { Axis, Shape } from './shapes';
import { intAttribute, intsAttribute, textAttribute, type GraphIndex } from './structure';
import type { OnnxNode } from './types';

type Known = (tensor: string) => Shape | undefined;
type Rule = (node: OnnxNode, known: Known, index: GraphIndex) => Shape | undefined;

/** No tensor has a higher rank. */
const highestRank = 16;

const sameAsFirst: Rule = (node, known) => input(node, 0, known);

const broadcast: Rule = (node, known) => {
  const shapes = node.inputs.filter((name) => name !== '').map(known);
  return shapes.reduce((left, right) => left && right && broadcastShapes(left, right));
};

const product: Rule = (node, known) => {
  const [left, right] = [input(node, 0, known), input(node, 1, known)];
  if (left === undefined || right === undefined || left.length < 2 || right.length < 2) return undefined;
  const columns = intAttribute(node, 'transB', 0) === 1 ? right.at(-2) : right.at(-1);
  const rows = intAttribute(node, 'transA', 0) === 1 ? left.at(-1) : left.at(-2);
  return [...broadcastShapes(left.slice(0, -2), right.slice(0, -2)), rows, columns];
};

/** MatMulNBits tells its columns by attribute. */
const packedProduct: Rule = (node, known) => {
  const columns = intAttribute(node, 'N', 0);
  return withLast(input(node, 0, known), columns > 0 ? columns : undefined);
};

/** Each axis of the result is that of the operand with its label; `...` is not followed. */
const einsum: Rule = (node, known) => {
  const [operands, result] = textAttribute(node, 'equation')?.replaceAll(' ', '').split('->') ?? [];
  if (operands === undefined || result === undefined || operands.includes('.')) return undefined;
  const sizes = new Map<string, Axis>();
  operands.split(',').forEach((labels, place) => {
    [...labels].forEach((label, axis) =>
      sizes.set(label, sizes.get(label) ?? input(node, place, known)?.[axis]),
    );
  });
  return [...result].map((label) => sizes.get(label));
};

const gather: Rule = (node, known) => {
  const [data, indices] = [input(node, 0, known), input(node, 1, known)];
  const axis = axisOf(node, 'axis', 0, data);
  if (data === undefined || indices === undefined || axis === undefined) return undefined;
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
};

const transpose: Rule = (node, known) => {
  const data = input(node, 0, known);
  const order = intsAttribute(node, 'perm') ?? data?.map((_, position) => data.length - 1 - position);
  return order?.length === data?.length ? order?.map((position) => data?.[position]) : undefined;
};

const reshape: Rule = (node, known, index) => {
  const data = input(node, 0, known);
  const target = partlyConstantInts(index, node.inputs[1]);
  const rank = known(node.inputs[1] ?? '')?.[0];
  // An unknown part of the target may hold more than one size.
  const whole = target !== undefined && (rank === target.length || !target.includes(undefined));
  if (!whole) return ofRank(rank);
  const rest = target.filter((size) => size === -1).length === 1 ? restOf(data, target) : undefined;
  return target.map((size, position) => {
    if (size === undefined || size < 0) return size === -1 ? rest : undefined;
    return size === 0 ? data?.[position] : size;
  });
};

/** The size that a Reshape leaves to be found: of all axes, or of the last one where it is cut into two. */
function restOf(data: Shape | undefined, target: readonly (number | undefined)[]): Axis {
  const isCut =
    data?.length === target.length - 1 &&
    target.slice(-2).includes(-1) &&
    target.slice(0, -2).every((size) => size === undefined || size === 0);
  const known = isCut ? data.slice(-1) : data;
  const others = (isCut ? target.slice(-2) : target).filter((size) => size !== -1);
  const size = product(known) / product(others);
  return Number.isInteger(size) ? size : undefined;

  function product(sizes: readonly Axis[] = [undefined]): number {
    return sizes.reduce<number>((all, each) => (typeof each === 'number' && each > 0 ? all * each : NaN), 1);
  }
}

const expand: Rule = (node, known) => {
  const [data, target] = [input(node, 0, known), ofRank(known(node.inputs[1] ?? '')?.[0])];
  return data && target && broadcastShapes(data, target).map((axis) => (axis === 1 ? undefined : axis));
};

const split: Rule = (node, known) =>
  withUnknown(input(node, 0, known), axisOf(node, 'axis', 0, input(node, 0, known)));

const concat: Rule = (node, known) => {
  const shapes = node.inputs.map(known);
  const axis = axisOf(node, 'axis', 0, shapes[0]);
  if (axis === undefined) return undefined;
  const sizes = shapes.map((shape) => shape?.[axis]);
  const total = sizes.reduce((sum, size) =>
    typeof sum === 'number' && typeof size === 'number' ? sum + size : undefined,
  );
  return shapes[0]?.with(axis, total);
};

/** How many sizes a shape has is the rank that a Reshape to it gives. */
const shapeOf: Rule = (node, known) => {
  const data = input(node, 0, known);
  const part = node.attributes.has('start') || node.attributes.has('end');
  return [part ? undefined : data?.length];
};

const filled: Rule = (node, known) => ofRank(known(node.inputs[0] ?? '')?.[0]);

const unknownAxes: Rule = (node, known) => input(node, 0, known)?.map(() => undefined);

const slice: Rule = (node, known, index) => {
  const data = input(node, 0, known);
  if (data === undefined) return undefined;
  const starts = intsAttribute(node, 'starts') ?? constantInts(index, node.inputs[1]);
  const first = starts?.map((_, position) => position);
  const axes = intsAttribute(node, 'axes') ?? (node.inputs[3] ? constantInts(index, node.inputs[3]) : first);
  if (axes === undefined) return data.map(() => undefined);
  const cut = new Set(axes.map((axis) => (axis < 0 ? axis + data.length : axis)));
  return data.map((size, position) => (cut.has(position) ? undefined : size));
};

const squeeze: Rule = (node, known, index) => {
  const data = input(node, 0, known);
  const axes = intsAttribute(node, 'axes') ?? constantInts(index, node.inputs[1]);
  if (data === undefined || axes === undefined) return undefined;
  const dropped = new Set(axes.map((axis) => (axis < 0 ? axis + data.length : axis)));
  return data.filter((_, position) => !dropped.has(position));
};

const unsqueeze: Rule = (node, known, index) => {
  const data = input(node, 0, known);
  const axes = intsAttribute(node, 'axes') ?? constantInts(index, node.inputs[1]);
  if (data === undefined || axes === undefined || axes.length > highestRank) return undefined;
  const rank = data.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  let next = 0;
  return Array.from({ length: rank }, (_, position): Axis => (added.has(position) ? 1 : data[next++]));
};

const reduce: Rule = (node, known, index) => {
  const data = input(node, 0, known);
  const listed = intsAttribute(node, 'axes') ?? constantInts(index, node.inputs[1]);
  const axes = node.opType.startsWith('Arg') ? [intAttribute(node, 'axis', 0)] : listed;
  if (data === undefined || axes === undefined) return undefined;
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + data.length : axis)));
  if (intAttribute(node, 'keepdims', 1) !== 0)
    return data.map((size, axis) => (reduced.has(axis) ? 1 : size));
  return data.filter((_, axis) => !reduced.has(axis));
};

const fusedEmbedding: Rule = (node, known) => {
  const ids = input(node, 0, known);
  return ids && [...ids, known(node.inputs[2] ?? '')?.[1]];
};

/** Fused attention keeps batch and tokens and may change the width. */
const fusedAttention: Rule = (node, known) => withLast(input(node, 0, known), undefined);

/** The shape of an operator's first output, by operator. */
export const shapeRules: ReadonlyMap<string, Rule> = new Map([
  ...each(
    'Abs Cast Clip DequantizeLinear DynamicQuantizeLinear Dropout Elu Erf Exp FastGelu BiasGelu Gelu Identity',
    sameAsFirst,
  ),
  ...each(
    'LayerNormalization LeakyRelu Log LogSoftmax Neg QuantizeLinear QuickGelu Reciprocal Relu Selu Sigmoid',
    sameAsFirst,
  ),
  ...each(
    'SimplifiedLayerNormalization RMSNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization',
    sameAsFirst,
  ),
  ...each('Softmax Softplus Sqrt Tanh GatherElements', sameAsFirst),
  ...each('Add And Div Equal Max Min Mul Pow Sub Sum Where', broadcast),
  ...each('MatMul FusedMatMul Gemm MatMulInteger MatMulIntegerToFloat DynamicQuantizeMatMul', product),
  ...each(
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceSumSquare ReduceL2 ReduceProd ArgMax ArgMin',
    reduce,
  ),
  ...each('Attention QAttention MultiHeadAttention', fusedAttention),
  ['MatMulNBits', packedProduct],
  ['Einsum', einsum],
  ['Gather', gather],
  ['Transpose', transpose],
  ['Reshape', reshape],
  ['Expand', expand],
  ['Split', split],
  ['Concat', concat],
  ['Shape', shapeOf],
  ['ConstantOfShape', filled],
  ['Range', () => [undefined]],
  ['Tile', unknownAxes],
  ['Slice', slice],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ...each('EmbedLayerNormalization QEmbedLayerNormalization', fusedEmbedding),
]);

function each(names: string, rule: Rule): [string, Rule][] {
  return names.split(' ').map((name) => [name, rule]);
}

function input(node: OnnxNode, position: number, known: Known): Shape | undefined {
  return known(node.inputs[position] ?? '');
}

/** An axis attribute counted from the front; undefined when it does not lie in the shape. */
function axisOf(
  node: OnnxNode,
  name: string,
  fallback: number,
  shape: Shape | undefined,
): number | undefined {
  if (shape === undefined) return undefined;
  const axis = intAttribute(node, name, fallback);
  const positive = axis < 0 ? axis + shape.length : axis;
  return positive >= 0 && positive < shape.length ? positive : undefined;
}

function withUnknown(shape: Shape | undefined, axis: number | undefined): Shape | undefined {
  return shape && axis !== undefined ? shape.with(axis, undefined) : undefined;
}

function withLast(shape: Shape | undefined, size: Axis): Shape | undefined {
  return shape?.length ? shape.with(-1, size) : undefined;
}

function ofRank(rank: Axis): Shape | undefined {
  return typeof rank === 'number' && rank <= highestRank ? new Array<Axis>(rank).fill(undefined) : undefined;
}

/** Axes meet from the back; one of size 1 gives way, an unknown one is taken to be the other. */
function broadcastShapes(left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, position): Axis => {
    const one = left[position - rank + left.length];
    const other = right[position - rank + right.length];
    if (one === 1 || one === undefined) return other ?? one;
    if (other === 1 || other === undefined) return one;
    // A constant sized for the longest text meets the tokens of this one.
    return typeof one === 'string' ? one : other;
  });
}
