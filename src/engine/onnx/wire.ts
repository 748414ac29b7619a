import { OnnxFormatError } from './errors';
import type { ByteRange, FileSource } from './fileSource';

/** The protobuf wire types that ONNX uses. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** What one field costs in memory once it has become part of a node, a tensor or a list, roughly. */
const fieldCost = 80;

/** No exporter writes longer names. */
const longestName = 64 * 1024;

/** Strings in attributes are options; a longer one is a program of its own, which nobody here reads. */
const longestText = 1024 * 1024;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8');

/**
 * One field of a message. Length-delimited contents are not read until asked for. The object is reused
 * by `fieldsOf` for the next field: take what is needed and let it go.
 */
export class Field {
  /** Field number, at least 1. */
  number = 0;
  wireType = 0;
  /** Where the field's tag begins. */
  start = 0;
  /** Where the contents of a length-delimited field begin. */
  contents = 0;
  /** Where the field ends. */
  end = 0;
  /** The two halves of a number, both unsigned. */
  low = 0;
  high = 0;

  constructor(
    private readonly source: FileSource,
    private readonly message: string,
  ) {}

  /** The whole field, tag included. */
  get whole(): ByteRange {
    return { offset: this.start, length: this.end - this.start };
  }

  /** The contents of a length-delimited field. */
  get range(): ByteRange {
    this.expect(wireTypes.bytes);
    return { offset: this.contents, length: this.end - this.contents };
  }

  /** A signed integer; beyond 2^53 the nearest double. */
  get int(): number {
    this.expect(wireTypes.varint);
    return toInt(this.low, this.high);
  }

  get float(): number {
    this.expect(wireTypes.fixed32);
    return new Float32Array(Uint32Array.of(this.low).buffer)[0]!;
  }

  /** Text that must be UTF-8: names. */
  get name(): string {
    const { offset, length } = this.range;
    if (length > longestName) throw new OnnxFormatError(`A name in ${this.message} is longer than 64 KB.`);
    const ascii = this.source.ascii(offset, length);
    if (ascii !== undefined) return ascii;
    try {
      return strictUtf8.decode(this.source.read(offset, length));
    } catch (error) {
      if (error instanceof OnnxFormatError) throw error;
      throw new OnnxFormatError(`A name in ${this.message} is not UTF-8 text.`);
    }
  }

  /** Text of an attribute, which may hold any bytes; at most the first MB. */
  get text(): string {
    const { offset, length } = this.range;
    return lenientUtf8.decode(this.source.read(offset, Math.min(length, longestText)));
  }

  /** The most values that this field can hold, as one of a repeated number. */
  get mostValues(): number {
    return this.wireType === wireTypes.bytes ? this.end - this.contents : 1;
  }

  /** The values of a repeated integer field, packed or not. */
  get ints(): number[] {
    return this.integers(toInt);
  }

  /** As `ints`, exact. */
  get bigInts(): bigint[] {
    return this.integers((low, high) => (BigInt(high | 0) << 32n) | BigInt(low));
  }

  /** The values of a repeated float field, packed or not. */
  get floats(): number[] {
    if (this.wireType !== wireTypes.bytes) return [this.float];
    const { offset, length } = this.range;
    if (length % 4 !== 0) throw new OnnxFormatError(`A list of floats in ${this.message} is cut off.`);
    this.source.charge(2 * length);
    const bytes = this.source.read(offset, length);
    return Array.from(new Float32Array(bytes.buffer, 0, length / 4));
  }

  private integers<T>(convert: (low: number, high: number) => T): T[] {
    if (this.wireType !== wireTypes.bytes) {
      this.expect(wireTypes.varint);
      return [convert(this.low, this.high)];
    }
    const values: T[] = [];
    this.source.charge(8 * (this.end - this.contents));
    for (let at = this.contents; at < this.end;) {
      at = readVarint(this.source, at, this.end, this);
      values.push(convert(this.low, this.high));
    }
    return values;
  }

  private expect(wireType: number): void {
    if (this.wireType === wireType) return;
    throw new OnnxFormatError(
      `Field ${String(this.number)} of ${this.message} has wire type ${String(this.wireType)} instead of ${String(wireType)}.`,
    );
  }
}

/**
 * Walks the fields of the message that lies in `range`; `message` names it in errors. Contents are
 * skipped without being read. Throws OnnxFormatError where the bytes are not protobuf.
 */
export function* fieldsOf(source: FileSource, range: ByteRange, message: string): Generator<Field> {
  const field = new Field(source, message);
  const limit = range.offset + range.length;
  for (let at = range.offset; at < limit; at = field.end) {
    readField(source, at, limit, field, message);
    yield field;
  }
}

function readField(source: FileSource, at: number, limit: number, field: Field, message: string): void {
  source.charge(fieldCost);
  field.start = at;
  let next = readVarint(source, at, limit, field);
  if (field.high !== 0 || field.low < 8)
    throw new OnnxFormatError(`${message} holds a field without a number.`);
  field.number = field.low >>> 3;
  field.wireType = field.low & 7;
  if (field.wireType === wireTypes.varint) {
    next = readVarint(source, next, limit, field);
  } else if (field.wireType === wireTypes.bytes) {
    next = readVarint(source, next, limit, field);
    field.contents = next;
    next += field.high * 2 ** 32 + field.low;
  } else if (field.wireType === wireTypes.fixed32 || field.wireType === wireTypes.fixed64) {
    const wide = field.wireType === wireTypes.fixed64;
    if (next + (wide ? 8 : 4) > limit) throw tooLong(field.number, message);
    field.low = readFixed32(source, next);
    field.high = wide ? readFixed32(source, next + 4) : 0;
    next += wide ? 8 : 4;
  } else {
    throw new OnnxFormatError(`${message} uses wire type ${String(field.wireType)}, which ONNX does not.`);
  }
  if (next > limit) throw tooLong(field.number, message);
  field.end = next;
}

function tooLong(field: number, message: string): OnnxFormatError {
  return new OnnxFormatError(
    `Field ${String(field)} of ${message} is longer than what holds it: the file is cut off or damaged.`,
  );
}

function readFixed32(source: FileSource, at: number): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((index) => source.byteAt(at + index));
  return (a! | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0;
}

/** Reads a varint of at most 64 bits into `into` and returns where it ends. */
function readVarint(
  source: FileSource,
  start: number,
  limit: number,
  into: { low: number; high: number },
): number {
  let low = 0;
  let high = 0;
  for (let index = 0; index < 10; index++) {
    if (start + index >= limit) throw new OnnxFormatError('The file ends in the middle of a number.');
    const byte = source.byteAt(start + index);
    const bits = byte & 0x7f;
    if (index < 4) low |= bits << (7 * index);
    else if (index === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (7 * index - 32);
    if (byte < 0x80) {
      into.low = low >>> 0;
      into.high = high >>> 0;
      return start + index + 1;
    }
  }
  throw new OnnxFormatError('A number is longer than ten bytes.');
}

function toInt(low: number, high: number): number {
  return (high | 0) * 2 ** 32 + low;
}
