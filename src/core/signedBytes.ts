/**
 * Signed numbers as bytes for drawing: 128 is 0, 1 and 255 are -scale and scale. The byte 0 is no number, as where a
 * mask hides a score.
 */
const zero = 128;
const steps = 127;

/** A number as a byte, rounded to the nearest; NaN and infinities are no number. */
export function numberToByte(value: number, scale: number): number {
  if (!Number.isFinite(value)) return 0;
  const part = scale > 0 ? Math.min(Math.max(value / scale, -1), 1) : 0;
  return zero + Math.round(part * steps);
}

/** The same for many. */
export function numbersToBytes(values: Float32Array, scale: number): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at++) bytes[at] = numberToByte(values[at]!, scale);
  return bytes;
}

/** The number that a byte stands for; null for none. */
export function byteToNumber(byte: number, scale: number): number | null {
  return byte === 0 ? null : ((byte - zero) / steps) * scale;
}

/** The columns [start, end) that a cell stands for where so many are pooled to `cells`. */
export function columnsOfCell(cell: number, columns: number, cells: number): { start: number; end: number } {
  const startOf = (index: number): number => Math.ceil((index * columns) / cells);
  return { start: startOf(cell), end: startOf(cell + 1) };
}

/**
 * A matrix with at most `cells` columns: of several that become one the largest in absolute value stays, with its
 * sign. Cells without a number are NaN.
 * @param matrix `[rows][columns]`, with NaN where there is no number.
 */
export function poolColumns(matrix: Float32Array, columns: number, cells: number): Float32Array {
  if (columns <= cells) return matrix;
  const rows = matrix.length / columns;
  const pooled = new Float32Array(rows * cells).fill(NaN);
  for (let cell = 0; cell < cells; cell++) {
    const { start, end } = columnsOfCell(cell, columns, cells);
    for (let row = 0; row < rows; row++) {
      let largest = NaN;
      for (let index = row * columns + start; index < row * columns + end; index++) {
        const value = matrix[index]!;
        if (!(Math.abs(value) <= Math.abs(largest)) && !Number.isNaN(value)) largest = value;
      }
      pooled[row * cells + cell] = largest;
    }
  }
  return pooled;
}
