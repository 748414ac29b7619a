import { halfToFloat } from '../../core/halfFloat';
import { eachField, eachVarint, type Field } from './protobuf';

/** A `TensorProto` (tensor.proto) of numbers or of strings. */
export interface LoggedTensor {
  shape: number[];
  /** As many as the tensor holds, in its order; none for types that are no numbers. */
  numbers: Float64Array;
  strings: Buffer[];
}

/** Reads the little-endian element at a place. */
type Read = (bytes: Buffer, at: number) => number;

/** How `tensor_content` holds the numbers of each `DataType` (types.proto): bytes an element, and how to read one. */
const contents: Readonly<Record<number, [width: number, read: Read]>> = {
  1: [4, (bytes, at) => bytes.readFloatLE(at)],
  2: [8, (bytes, at) => bytes.readDoubleLE(at)],
  3: [4, (bytes, at) => bytes.readInt32LE(at)],
  4: [1, (bytes, at) => bytes.readUInt8(at)],
  5: [2, (bytes, at) => bytes.readInt16LE(at)],
  6: [1, (bytes, at) => bytes.readInt8(at)],
  9: [8, (bytes, at) => bytes.readInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at)],
  10: [1, (bytes, at) => bytes.readUInt8(at)],
  14: [2, (bytes, at) => bfloat16(bytes.readUInt16LE(at))],
  17: [2, (bytes, at) => bytes.readUInt16LE(at)],
  19: [2, (bytes, at) => halfToFloat(bytes.readUInt16LE(at))],
  22: [4, (bytes, at) => bytes.readUInt32LE(at)],
  23: [8, (bytes, at) => bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at)],
};

const types = { string: 7, bfloat16: 14, half: 19, uint64: 23 };

/** Fields of numbers one by one: `float_val`, `double_val`, and those of varints. */
const fields = {
  float: 5,
  double: 6,
  /** `int_val`, `int64_val`, `bool_val`, `half_val` (bits), `uint32_val`, `uint64_val`. */
  varints: new Set([7, 10, 11, 13, 16, 17]),
};

/** Reads a `TensorProto`. @throws Error when the bytes are none. */
export function tensorOf(bytes: Buffer, start: number, end: number): LoggedTensor {
  let type = 0;
  const tensor: LoggedTensor = { shape: [], numbers: new Float64Array(), strings: [] };
  let content: [number, number] | null = null;
  const listed: number[] = [];
  eachField(bytes, start, end, (field) => {
    const { number, wire } = field;
    if (number === 1 && wire === 0) type = field.value;
    else if (number === 2 && wire === 2) tensor.shape = shapeOf(bytes, field.start, field.end);
    else if (number === 4 && wire === 2) content = [field.start, field.end];
    else if (number === 8 && wire === 2) tensor.strings.push(bytes.subarray(field.start, field.end));
    else if (number === fields.float) fixed(field, 4, (at) => listed.push(bytes.readFloatLE(at)));
    else if (number === fields.double) fixed(field, 8, (at) => listed.push(bytes.readDoubleLE(at)));
    else if (fields.varints.has(number)) eachVarint(bytes, field, (value) => listed.push(value));
  });
  if (type === types.string) return tensor;
  if (content) tensor.numbers = fromContent(bytes, type, ...(content as [number, number]));
  else if (type === types.half) tensor.numbers = Float64Array.from(listed, halfToFloat);
  else if (type === types.bfloat16) tensor.numbers = Float64Array.from(listed, bfloat16);
  // A varint of ten bytes is read as a negative number, which no unsigned one is.
  else if (type === types.uint64)
    tensor.numbers = Float64Array.from(listed, (value) => (value < 0 ? value + 2 ** 64 : value));
  else tensor.numbers = Float64Array.from(listed);
  // A tensor of zeros may come without them.
  if (tensor.numbers.length === 0 && type in contents && tensor.shape.every((size) => size === 1))
    tensor.numbers = new Float64Array(1);
  return tensor;
}

/** The elements of a field of fixed width, packed or not. */
function fixed(field: Field, width: number, take: (at: number) => void): void {
  for (let at = field.start; at + width <= field.end; at += width) take(at);
}

function fromContent(bytes: Buffer, type: number, start: number, end: number): Float64Array {
  const [width, read] = contents[type] ?? [Infinity, () => NaN];
  const numbers = new Float64Array(Math.floor((end - start) / width));
  for (let index = 0; index < numbers.length; index++) numbers[index] = read(bytes, start + index * width);
  return numbers;
}

/** The dimensions of a `TensorShapeProto`. */
function shapeOf(bytes: Buffer, start: number, end: number): number[] {
  const shape: number[] = [];
  eachField(bytes, start, end, (field) => {
    if (field.number !== 2 || field.wire !== 2) return;
    let size = 0;
    eachField(bytes, field.start, field.end, (inner) => {
      if (inner.number === 1 && inner.wire === 0) size = inner.value;
    });
    shape.push(size);
  });
  return shape;
}

function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}
