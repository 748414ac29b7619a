/** Event files crafted by hand, with checksums computed bit by bit: nothing of what reads them is used. */

function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function masked(bytes: Uint8Array): Buffer {
  const crc = slowCrc32c(bytes);
  const out = Buffer.alloc(4);
  out.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return out;
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}

export const int = (number: number, value: number): Buffer =>
  Buffer.concat([varint(number * 8), varint(value)]);
export const bytes = (number: number, content: Buffer | string): Buffer => {
  const own = Buffer.from(content as string);
  return Buffer.concat([varint(number * 8 + 2), varint(own.length), own]);
};
export const float = (number: number, value: number): Buffer => {
  const own = Buffer.alloc(4);
  own.writeFloatLE(value);
  return Buffer.concat([varint(number * 8 + 5), own]);
};
export const double = (number: number, value: number): Buffer => {
  const own = Buffer.alloc(8);
  own.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), own]);
};

export function record(content: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([length, masked(length), content, masked(content)]);
}

/** An `Event` with one value; `what` holds the fields of `Summary.Value` after its tag. */
export function event(wallTime: number, step: number, tag: string, what: Buffer): Buffer {
  const value = Buffer.concat([bytes(1, tag), what]);
  return record(Buffer.concat([double(1, wallTime), int(2, step), bytes(5, bytes(1, value))]));
}

export const scalar = (wallTime: number, step: number, tag: string, value: number): Buffer =>
  event(wallTime, step, tag, float(2, value));
