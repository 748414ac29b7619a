import { storedConstant } from '../constants';
import { halfToFloat } from '../../../core/halfFloat';
import { intAttribute } from '../structure';
import type { OnnxNode, OnnxTensor } from '../types';
import { isFormOnly, type GraphView } from './graphView';

/**
 * The numbers of a constant of two axes, row by row, from wherever and in whatever type they are stored;
 * undefined where they are computed otherwise. Throws OnnxFormatError when they take more than `maxBytes` or are
 * damaged.
 */
export function storedNumbers(
  view: GraphView,
  name: string,
  maxBytes: number,
): ArrayLike<number> | undefined {
  const tensor = storedConstant(view.index, name);
  if (tensor) return realNumbers(view, tensor, maxBytes);
  const node = view.producer(name);
  if (!node || !view.isConstant(name)) return undefined;
  if (node.opType === 'DequantizeLinear') return dequantised(view, node, maxBytes);
  return isFormOnly(node) && node.opType !== 'Transpose'
    ? storedNumbers(view, node.inputs[0] ?? '', maxBytes)
    : undefined;
}

function realNumbers(view: GraphView, tensor: OnnxTensor, maxBytes: number): ArrayLike<number> | undefined {
  const data = view.index.reads.large(tensor, maxBytes);
  if (!data) return undefined;
  if (tensor.elementType === 'float16') return Array.from(data as Uint16Array, halfToFloat);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return undefined;
  return tensor.elementType === 'bfloat16' ? undefined : data;
}

/** `(stored - zero) * scale`, with one scale and zero point for all, for each row or for each column. */
function dequantised(view: GraphView, node: OnnxNode, maxBytes: number): ArrayLike<number> | undefined {
  const [stored = '', scale = '', zero = ''] = node.inputs;
  const [integers, scales, zeros] = [stored, scale, zero].map((name) =>
    name === '' ? undefined : storedNumbers(view, name, maxBytes),
  );
  const columns = view.width(stored);
  if (!integers || !scales || columns === undefined) return undefined;
  const axis = intAttribute(node, 'axis', 1);
  return Array.from(integers, (integer, at) => {
    const place = axis === 0 ? Math.floor(at / columns) : at % columns;
    const group = scales.length === 1 ? 0 : place;
    return (integer - (zeros?.[group] ?? 0)) * scales[group]!;
  });
}
