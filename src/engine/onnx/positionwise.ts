import { constantInts, storedConstant } from './constants';
import { intAttribute, intsAttribute, type GraphIndex } from './structure';
import type { OnnxNode } from './types';

/** How a node treats the positions of `[batch, position, feature]` tensors. */
export type Positionwise =
  /** Each position's result depends on that position alone. `product` marks a product with a weight matrix. */
  | { readonly exact: boolean; readonly product: boolean }
  /** Positions may mix, or it cannot be told. */
  | undefined;

const elementwise = new Set(
  (
    'Abs Add BiasGelu Cast Clip Cos Div Elu Erf Exp FastGelu Gelu HardSigmoid HardSwish Identity LeakyRelu ' +
    'Log Max Mean Min Mish Mul Neg Pow QuickGelu Reciprocal Relu Selu Sigmoid Sin ' +
    'SkipLayerNormalization SkipSimplifiedLayerNormalization Softplus Softsign Sqrt Sub Sum Tanh'
  ).split(' '),
);

/** Operators over the axis that their `axis` names. */
const overAxis = new Set([
  'LayerNormalization',
  'LogSoftmax',
  'RMSNormalization',
  'SimplifiedLayerNormalization',
  'Softmax',
]);

const reductions = new Set([
  'ReduceL1',
  'ReduceL2',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceSum',
  'ReduceSumSquare',
]);

/** Operators that multiply with a weight matrix, and which input that is. */
const products: ReadonlyMap<string, number> = new Map([
  ['DynamicQuantizeMatMul', 1],
  ['FusedMatMul', 1],
  ['MatMul', 1],
  ['MatMulInteger', 1],
  ['MatMulIntegerToFloat', 1],
  ['MatMulNBits', 1],
  ['QLinearMatMul', 3],
]);

/** More than any operator here takes. */
const mostInputs = 16;

/**
 * Whether `node` computes every position of a `[batch, position, feature]` tensor from the same position
 * of its inputs and from constants. Not exact are operators that quantise by the range of all positions.
 */
export function positionwise(node: OnnxNode, index: GraphIndex): Positionwise {
  const { opType } = node;
  if (node.inputs.length > mostInputs) return undefined;
  const isLocal = index.model.functions.includes(`${node.domain}:${opType}`);
  if (isLocal || (node.domain !== '' && node.domain !== 'com.microsoft')) return undefined;

  const weight = products.get(opType);
  if (weight !== undefined) {
    const exact = opType !== 'DynamicQuantizeMatMul';
    return isWeightProduct(node, weight, index) ? { exact, product: true } : undefined;
  }
  const plain = { exact: true, product: false };
  if (opType === 'DynamicQuantizeLinear') return { exact: false, product: false };
  if (elementwise.has(opType)) return constantsSpanFeatures(node, index) ? plain : undefined;
  if (overAxis.has(opType)) {
    // Without the attribute all of these mean the last axis, but for the old Softmax.
    const fallback = opType.endsWith('oftmax') && (index.model.opsets.get('') ?? 0) < 13 ? 1 : -1;
    const last = isLastAxis(intAttribute(node, 'axis', fallback));
    return last && constantsSpanFeatures(node, index) ? plain : undefined;
  }
  if (reductions.has(opType)) return isFeatureReduction(node, index) ? plain : undefined;
  if (opType === 'QuantizeLinear' || opType === 'DequantizeLinear') {
    return node.inputs.slice(1).every((name) => name === '' || isSingle(name, index)) ? plain : undefined;
  }
  return undefined;
}

/** The sizes of a constant, seen through nodes that keep or permute them. */
function constantDims(index: GraphIndex, name: string): readonly number[] | undefined {
  let order: readonly number[] | undefined;
  for (let current = name, steps = 0; steps < 8; steps++) {
    const dims = storedConstant(index, current)?.dims;
    if (dims !== undefined) return order === undefined ? dims : order.map((axis) => dims[axis] ?? 0);
    const node = index.producer(current);
    if (node === undefined || !index.isConstant(current)) return undefined;
    if (node.opType === 'Constant') {
      const scalar = node.attributes.has('value_float') || node.attributes.has('value_int');
      return scalar && order === undefined ? [] : undefined;
    }
    if (node.opType === 'Transpose') {
      // Two transposes in a row do not occur.
      const permutation = intsAttribute(node, 'perm') ?? [1, 0];
      if (order !== undefined) return undefined;
      order = permutation;
    } else if (!['Cast', 'DequantizeLinear', 'Identity', 'QuantizeLinear'].includes(node.opType)) {
      return undefined;
    }
    current = node.inputs[0] ?? '';
  }
  return undefined;
}

function isLastAxis(axis: number): boolean {
  return axis === -1 || axis === 2;
}

function isSingle(name: string, index: GraphIndex): boolean {
  return constantDims(index, name)?.every((size) => size === 1) ?? false;
}

/** A constant that differs between positions, or adds an axis, would tie the result to where a token stands. */
function constantsSpanFeatures(node: OnnxNode, index: GraphIndex): boolean {
  return node.inputs.every((name) => {
    if (name === '' || !index.isConstant(name)) return true;
    const dims = constantDims(index, name);
    return dims !== undefined && dims.length <= 3 && dims.slice(0, -1).every((size) => size === 1);
  });
}

function isWeightProduct(node: OnnxNode, weight: number, index: GraphIndex): boolean {
  const name = node.inputs[weight] ?? '';
  const first = node.inputs[0] ?? '';
  if (!index.isConstant(name) || index.isConstant(first)) return false;
  const transposed = ['transA', 'transBatchA', 'transBatchB'].some(
    (flag) => intAttribute(node, flag, 0) !== 0,
  );
  // A matrix packed into 4 bits has an axis of blocks.
  return !transposed && (node.opType === 'MatMulNBits' || constantDims(index, name)?.length === 2);
}

function isFeatureReduction(node: OnnxNode, index: GraphIndex): boolean {
  const axes = intsAttribute(node, 'axes') ?? constantInts(index, node.inputs[1]);
  const [axis, more] = axes ?? [];
  return (
    axis !== undefined && more === undefined && isLastAxis(axis) && intAttribute(node, 'keepdims', 1) === 1
  );
}
