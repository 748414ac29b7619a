import { halvesToFloats } from '../../core/halfFloat';
import { storedConstant } from '../onnx/constants';
import { readTensorData } from '../onnx/tensorData';
import { intAttribute, intsAttribute } from '../onnx/structure';
import type { OnnxNode, OnnxTensor } from '../onnx/types';
import { inOrder } from '../axisOrder';
import type { ForwardGraph } from './graph';

/** A weight as real numbers, row by row. */
export interface Constant {
  dims: readonly number[];
  values: ArrayLike<number>;
}

/** The largest weight that is read: the word embeddings of the large models are half of it. */
const mostBytes = 2 ** 29;

/** More nodes than any exporter writes between a stored weight and what reads it. */
const mostSteps = 16;

/** Operators that give the same numbers in the same order. */
const sameNumbers = new Set(['Cast', 'Flatten', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze']);

/**
 * The numbers of a constant as the graph uses them: read from the file, made real where they are stored as integers,
 * transposed where the graph transposes them. undefined where it is computed in another way.
 * @throws OnnxFormatError where the file is damaged.
 */
export function readConstant(graph: ForwardGraph, name: string, steps = 0): Constant | undefined {
  const added = graph.addedConstant(name);
  if (added) return { dims: added.dims, values: Array.from<number | bigint, number>(added.data, Number) };
  const stored = storedConstant(graph.view.index, name);
  if (stored) return realNumbers(graph, stored);
  const node = graph.producer(name);
  if (!node || !graph.isConstant(name) || steps > mostSteps) return undefined;
  if (node.opType === 'DequantizeLinear') return dequantised(graph, node, steps);
  // A head that is tied to the table of tokens transposes what the embedding has read already.
  const isTurned = node.opType === 'Transpose';
  const first = node.inputs[0] ?? '';
  const before = isTurned ? graph.constant(first, steps + 1) : readConstant(graph, first, steps + 1);
  if (!before) return undefined;
  if (isTurned) return transposed(before, intsAttribute(node, 'perm'));
  if (!sameNumbers.has(node.opType)) return undefined;
  const shape = graph.view.shapes.get(name);
  const dims = shape?.every((size) => typeof size === 'number') ? shape : before.dims;
  return { dims, values: before.values };
}

function realNumbers(graph: ForwardGraph, tensor: OnnxTensor): Constant {
  const data = readTensorData(graph.view.model, tensor, mostBytes);
  const { dims, elementType } = tensor;
  if (elementType === 'float16') return { dims, values: halvesToFloats(data as Uint16Array) };
  if (elementType === 'bfloat16') {
    const bits = Uint32Array.from(data as Uint16Array, (half) => half << 16);
    return { dims, values: new Float32Array(bits.buffer) };
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { dims, values: Float64Array.from(data as BigInt64Array, Number) };
  return { dims, values: data };
}

/** `(stored - zero) · scale`, with one scale and zero point for all, or for each index of an axis. */
function dequantised(graph: ForwardGraph, node: OnnxNode, steps: number): Constant | undefined {
  const [stored, scale, zero] = node.inputs.map((name) => readConstant(graph, name, steps + 1));
  if (!stored || !scale) return undefined;
  const { dims } = stored;
  const axis = (intAttribute(node, 'axis', 1) + dims.length) % Math.max(1, dims.length);
  const count = scale.values.length;
  if (count > 1 && count !== dims[axis]) return undefined;
  const values = new Float32Array(stored.values.length);
  const run = count === 1 ? values.length : dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  for (let at = 0, group = 0; at < values.length; group = (group + 1) % count) {
    const [factor, offset] = [scale.values[group]!, zero?.values[group] ?? 0];
    for (const end = at + run; at < end; at++) values[at] = (stored.values[at]! - offset) * factor;
  }
  return { dims, values };
}

/** @param given the order of the axes, reversed where it is left out. */
function transposed({ dims, values }: Constant, given: readonly number[] | undefined): Constant {
  const perm = given ?? dims.map((_, at) => dims.length - 1 - at);
  return { dims: perm.map((axis) => dims[axis]!), values: inOrder(values, dims, perm) };
}
