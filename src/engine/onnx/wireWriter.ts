import { wireTypes } from './wire';

const utf8 = new TextEncoder();

/** Writes one protobuf message: fields go into a list of chunks, joined by `finish`. */
export class WireWriter {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  /** Bytes that are already encoded fields. */
  raw(bytes: Uint8Array): this {
    this.chunks.push(bytes);
    this.length += bytes.length;
    return this;
  }

  /** An integer field; negative numbers take ten bytes, as protobuf has it. */
  int(field: number, value: number | bigint): this {
    return this.raw(varint(BigInt(field) << 3n)).raw(varint(BigInt(value)));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    return this.raw(varint(BigInt((field << 3) | wireTypes.fixed32))).raw(bytes);
  }

  /** A length-delimited field: bytes or a nested message. */
  bytes(field: number, contents: Uint8Array): this {
    this.raw(varint(BigInt((field << 3) | wireTypes.bytes)));
    return this.raw(varint(BigInt(contents.length))).raw(contents);
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** A nested message, written by `write`. */
  message(field: number, write: (writer: WireWriter) => void): this {
    const nested = new WireWriter();
    write(nested);
    return this.bytes(field, nested.finish());
  }

  /** The message so far. */
  finish(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }
}

/** A base-128 varint of the 64-bit two's complement of `value`. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
