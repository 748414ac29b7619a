import { wireTypes } from './wire';

const utf8 = new TextEncoder();

/** Writes one protobuf message into a buffer that grows. */
export class WireWriter {
  private buffer = new Uint8Array(64);
  private length = 0;

  /** Bytes that are already encoded fields. */
  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** An integer field; negative numbers take ten bytes, as protobuf has it. */
  int(field: number, value: number | bigint): this {
    this.varint(field * 8 + wireTypes.varint);
    if (typeof value === 'number' && value >= 0) return this.varint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    this.reserve(10);
    for (; rest > 0x7fn; rest >>= 7n) this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
    this.buffer[this.length++] = Number(rest);
    return this;
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    return this.varint(field * 8 + wireTypes.fixed32).raw(bytes);
  }

  /** A length-delimited field: bytes or a nested message. */
  bytes(field: number, contents: Uint8Array): this {
    return this.varint(field * 8 + wireTypes.bytes)
      .varint(contents.length)
      .raw(contents);
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

  /** The message so far; what is written later does not change it. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  /** A base-128 varint of a whole number from 0 to 2^53. */
  private varint(value: number): this {
    this.reserve(8);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.buffer[this.length++] = (rest % 128) | 0x80;
    this.buffer[this.length++] = rest;
    return this;
  }

  private reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
