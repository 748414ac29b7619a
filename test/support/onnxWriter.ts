/** Writes ONNX files for tests, node by node. Its encoding shares nothing with src: faults must not cancel out. */

type Bytes = number[] | Uint8Array;

export function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const seven = Number(rest % 128n);
    rest /= 128n;
    bytes.push(rest > 0n ? seven + 128 : seven);
  } while (rest > 0n);
  return bytes;
}

/** Wire type 0. */
export const number = (field: number, value: number | bigint): Uint8Array =>
  join(varint(field * 8), varint(value));

/** Wire type 2. */
export const bytes = (field: number, contents: Bytes): Uint8Array =>
  join(varint(field * 8 + 2), varint(contents.length), contents);

export const text = (field: number, value: string): Uint8Array => bytes(field, Buffer.from(value, 'utf8'));

/** Wire type 5. */
export function float(field: number, value: number): Uint8Array {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return join(varint(field * 8 + 5), buffer);
}

export function join(...parts: readonly Bytes[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
}

export const types = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

/** float16 numbers come as their bits. */
type Numbers = Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

function typeCode(data: Numbers): number {
  if (data instanceof Float32Array) return types.float32;
  if (data instanceof Uint16Array) return types.float16;
  if (data instanceof BigInt64Array) return types.int64;
  if (data instanceof Int32Array) return types.int32;
  return data instanceof Int8Array ? types.int8 : types.uint8;
}

export const rawOf = (data: Numbers): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A TensorProto with raw data. */
export function tensor(name: string, dims: readonly number[], data: Numbers): Uint8Array {
  return tensorOf(name, dims, typeCode(data), bytes(9, rawOf(data)));
}

/** A TensorProto whose payload fields are given. */
export function tensorOf(
  name: string,
  dims: readonly number[],
  type: number,
  ...payload: Bytes[]
): Uint8Array {
  return join(...dims.map((size) => number(1, size)), number(2, type), text(8, name), ...payload);
}

/** Payload fields of a TensorProto whose data lies in another file. */
export function external(location: string, offset?: number, length?: number): Uint8Array {
  const entry = (key: string, value: string): Uint8Array => bytes(13, join(text(1, key), text(2, value)));
  return join(
    entry('location', location),
    offset === undefined ? [] : entry('offset', String(offset)),
    length === undefined ? [] : entry('length', String(length)),
    number(14, 1),
  );
}

export interface Attributes {
  readonly [name: string]:
    number | readonly number[] | string | { float: number } | { tensor: Uint8Array } | { graph: Uint8Array };
}

/** A NodeProto. Whole numbers are integer attributes; floats are given as `{ float }`. */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
  domain = '',
): Uint8Array {
  const encoded = Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value)));
  return join(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, `node of ${outputs.join(' ')}`),
    text(4, opType),
    ...encoded,
    domain === '' ? [] : text(7, domain),
  );
}

function attribute(name: string, value: Attributes[string]): Uint8Array {
  if (typeof value === 'number') return join(text(1, name), number(3, value), number(20, 2));
  if (typeof value === 'string') return join(text(1, name), text(4, value), number(20, 3));
  if (value instanceof Array)
    return join(text(1, name), ...value.map((each) => number(8, each)), number(20, 7));
  if ('float' in value) return join(text(1, name), float(2, value.float), number(20, 1));
  if ('tensor' in value) return join(text(1, name), bytes(5, value.tensor), number(20, 4));
  return join(text(1, name), bytes(6, value.graph), number(20, 5));
}

/** A ValueInfoProto of a tensor. */
export function value(name: string, type: number, dims?: readonly (number | string)[]): Uint8Array {
  const shape = dims?.map((size) => bytes(1, typeof size === 'number' ? number(1, size) : text(2, size)));
  return join(
    text(1, name),
    bytes(2, bytes(1, join(number(1, type), shape ? bytes(2, join(...shape)) : []))),
  );
}

/** A graph in the making. */
export class GraphWriter {
  readonly nodes: Uint8Array[] = [];
  readonly initializers: Uint8Array[] = [];
  readonly inputs: Uint8Array[] = [];
  readonly outputs: Uint8Array[] = [];
  /** Encoded fields of GraphProto that nothing else here writes. */
  readonly more: Uint8Array[] = [];
  private names = 0;

  /** @param prefix keeps the names of a subgraph apart from those around it. */
  constructor(private readonly prefix = 't') {}

  /** Adds a node with one output and returns the output's name. */
  op(opType: string, inputs: readonly string[], attributes: Attributes = {}, domain = ''): string {
    const output = `${this.prefix}${String(this.names++)}`;
    this.nodes.push(node(opType, inputs, [output], attributes, domain));
    return output;
  }

  /** Adds a constant and returns its name. */
  constant(dims: readonly number[], data: Numbers): string {
    const name = `${this.prefix}c${String(this.names++)}`;
    this.initializers.push(tensor(name, dims, data));
    return name;
  }

  scalar(number: number): string {
    return this.constant([], Float32Array.of(number));
  }

  ints(...numbers: number[]): string {
    return this.constant([numbers.length], BigInt64Array.from(numbers, BigInt));
  }

  /** Names the result of a node after the fact, as an output. */
  output(name: string, from: string, type: number, dims?: readonly (number | string)[]): void {
    this.nodes.push(node('Identity', [from], [name]));
    this.outputs.push(value(name, type, dims));
  }

  graph(): Uint8Array {
    return join(
      ...this.nodes.map((each) => bytes(1, each)),
      text(2, 'test'),
      ...this.initializers.map((each) => bytes(5, each)),
      ...this.inputs.map((each) => bytes(11, each)),
      ...this.outputs.map((each) => bytes(12, each)),
      ...this.more,
    );
  }

  model(opset: number, irVersion = 8): Uint8Array {
    return join(
      number(1, irVersion),
      text(2, 'headlight tests'),
      text(3, '1'),
      bytes(7, this.graph()),
      bytes(8, join(text(1, ''), number(2, opset))),
      bytes(8, join(text(1, 'com.microsoft'), number(2, 1))),
    );
  }
}
