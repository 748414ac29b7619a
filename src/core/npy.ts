/**
 * The beginning of a NumPy file of float32 in C order, little-endian, of format version 1.0 (NumPy Enhancement
 * Proposal 1): what follows are the numbers.
 */
function npyHeader(shape: readonly number[]): Uint8Array {
  // A tuple of one is written with a comma after it.
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const before = 10;
  // The numbers begin at a multiple of 64; the description ends with a line feed.
  const length = Math.ceil((before + description.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([0x93, ...[...'NUMPY'].map((letter) => letter.charCodeAt(0)), 1, 0]);
  new DataView(header.buffer).setUint16(8, length - before, true);
  header.set(
    [...description].map((letter) => letter.charCodeAt(0)),
    before,
  );
  header[length - 1] = 0x0a;
  return header;
}

/** Numbers as the bytes of a NumPy file. */
export function npyOf(values: Float32Array, shape: readonly number[]): Uint8Array {
  const header = npyHeader(shape);
  const bytes = new Uint8Array(header.length + values.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), header.length);
  return bytes;
}
