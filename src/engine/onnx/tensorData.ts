import type { ElementType } from './elementTypes';
import { OnnxFormatError } from './errors';
import { resolveExternalData } from './externalData';
import { withFile } from './fileSource';
import { rawBytes, tensorFields } from './readTensor';
import type { OnnxModel, OnnxTensor } from './types';
import { fieldsOf } from './wire';

/** Elements of a tensor. float16 and bfloat16 come as their bits, bool as 0 and 1. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const views: Partial<Record<ElementType, new (buffer: ArrayBuffer) => TensorData>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

const integerFields: readonly number[] = [
  tensorFields.int32Data,
  tensorFields.int64Data,
  tensorFields.uint64Data,
];

/**
 * The elements of the initializer `name`, row by row, wherever they lie. Throws OnnxFormatError when
 * there is none, when it takes more than `maxBytes`, or when its data does not fit its shape.
 */
export function readInitializer(model: OnnxModel, name: string, maxBytes: number): TensorData {
  const tensor = model.initializers.get(name);
  if (tensor === undefined) throw new OnnxFormatError(`The graph has no initializer “${name}”.`);
  return readTensorData(model, tensor, maxBytes);
}

/** As `readInitializer`, for any tensor of the model: the value of a Constant node, say. */
export function readTensorData(model: OnnxModel, tensor: OnnxTensor, maxBytes: number): TensorData {
  const view = views[tensor.elementType];
  const bytes = rawBytes(tensor);
  if (view === undefined || bytes === undefined) {
    throw new OnnxFormatError(`Tensor “${tensor.name}” of type ${tensor.elementType} cannot be read.`);
  }
  if (bytes > maxBytes) {
    throw new OnnxFormatError(
      `Tensor “${tensor.name}” takes ${String(bytes)} bytes, more than the ${String(maxBytes)} expected.`,
    );
  }
  const { payload } = tensor;
  if (payload.kind === 'typed') return readTyped(model, tensor, new view(new ArrayBuffer(bytes)));
  const place =
    payload.kind === 'file' ? { path: model.path, ...payload } : resolveExternalData(model, tensor);
  if (place.length !== bytes) throw misfit(tensor);
  const raw = withFile(place.path, (source) => source.read(place.offset, place.length));
  return new view(raw.buffer as ArrayBuffer);
}

/** Elements from the typed fields of the tensor's message. */
function readTyped<T extends TensorData>(model: OnnxModel, tensor: OnnxTensor, target: T): T {
  let filled = 0;
  withFile(model.path, (source) => {
    for (const field of fieldsOf(source, tensor.message, 'a tensor')) {
      const isFloat = field.number === tensorFields.floatData;
      if (!isFloat && !integerFields.includes(field.number)) continue;
      if (isFloat !== target instanceof Float32Array) throw misfit(tensor);
      // A value takes ten bytes at most.
      if (field.mostValues > 10 * (target.length - filled)) throw misfit(tensor);
      const wide = target instanceof BigInt64Array || target instanceof BigUint64Array;
      const values = isFloat ? field.floats : wide ? field.bigInts : field.ints;
      if (filled + values.length > target.length) throw misfit(tensor);
      // Typed arrays wrap each value to their own width.
      for (const value of values) target[filled++] = value;
    }
  });
  if (filled !== target.length) throw misfit(tensor);
  return target;
}

function misfit(tensor: OnnxTensor): OnnxFormatError {
  return new OnnxFormatError(
    `The data of tensor “${tensor.name}” does not fit its shape [${tensor.dims.join(', ')}].`,
  );
}
