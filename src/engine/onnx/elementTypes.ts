/** Names of ONNX element types by their number in TensorProto.DataType, with their width in bits. */
const table = {
  float32: [1, 32],
  uint8: [2, 8],
  int8: [3, 8],
  uint16: [4, 16],
  int16: [5, 16],
  int32: [6, 32],
  int64: [7, 64],
  string: [8, undefined],
  bool: [9, 8],
  float16: [10, 16],
  float64: [11, 64],
  uint32: [12, 32],
  uint64: [13, 64],
  complex64: [14, 64],
  complex128: [15, 128],
  bfloat16: [16, 16],
  float8e4m3fn: [17, 8],
  float8e4m3fnuz: [18, 8],
  float8e5m2: [19, 8],
  float8e5m2fnuz: [20, 8],
  uint4: [21, 4],
  int4: [22, 4],
  float4e2m1: [23, 4],
  unknown: [0, undefined],
} as const;

/** Element type of a tensor; `unknown` is what is missing or newer than this reader. */
export type ElementType = keyof typeof table;

const names = new Map<number, ElementType>(
  (Object.keys(table) as ElementType[]).map((name) => [table[name][0], name]),
);

/** The element type with a number of TensorProto.DataType. */
export function elementTypeOf(code: number): ElementType {
  return names.get(code) ?? 'unknown';
}

/** The number of an element type in TensorProto.DataType. */
export function elementTypeCode(type: ElementType): number {
  return table[type][0];
}

/** Bytes that `count` elements take when packed, or undefined for types without a fixed width. */
export function packedBytes(type: ElementType, count: number): number | undefined {
  const bits = table[type][1];
  return bits === undefined ? undefined : Math.ceil((count * bits) / 8);
}
