/** A field of a protobuf message: a place in the bytes, read without copying. */
export interface Field {
  number: number;
  wire: number;
  /** Of varints. */
  value: number;
  /** Where the contents lie; of fixed widths and of what has a length. */
  start: number;
  end: number;
}

/**
 * Calls `visit` with the fields of the message between `start` and `end`. The field is the same object each time.
 * @throws Error when the bytes are no message.
 */
export function eachField(bytes: Buffer, start: number, end: number, visit: (field: Field) => void): void {
  const field: Field = { number: 0, wire: 0, value: 0, start: 0, end: 0 };
  const place = { at: start };
  while (place.at < end) {
    const key = varint(bytes, place, end);
    field.number = Math.floor(key / 8);
    field.wire = key % 8;
    if (field.wire === 0) {
      field.value = varint(bytes, place, end);
      field.start = field.end = place.at;
    } else {
      const length =
        field.wire === 2 ? varint(bytes, place, end) : field.wire === 1 ? 8 : field.wire === 5 ? 4 : -1;
      if (length < 0 || place.at + length > end) throw new Error('A field has a wrong length.');
      field.start = place.at;
      field.end = place.at += length;
    }
    visit(field);
  }
}

/** The numbers of a field of varints, which stand one by one or packed in one field. */
export function eachVarint(bytes: Buffer, field: Field, take: (value: number) => void): void {
  if (field.wire === 0) take(field.value);
  else if (field.wire === 2)
    for (const place = { at: field.start }; place.at < field.end;) take(varint(bytes, place, field.end));
}

/** The varint at a place, which is moved behind it; of a negative int64, which takes ten bytes, that number. */
function varint(bytes: Buffer, place: { at: number }, end: number): number {
  let [value, scale] = [0, 1];
  for (let count = 0; count < 10; count++) {
    if (place.at >= end) break;
    const byte = bytes[place.at++]!;
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return count === 9 ? negative(bytes, place.at - 10) : value;
  }
  throw new Error('A number is cut.');
}

/** A negative int64: more digits than a number has before the sign is known. */
function negative(bytes: Buffer, start: number): number {
  let value = 0n;
  for (let count = 0; count < 10; count++) value |= BigInt(bytes[start + count]! & 127) << BigInt(7 * count);
  return Number(BigInt.asIntN(64, value));
}
