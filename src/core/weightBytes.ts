/**
 * Attention weights as bytes. The scale is that of square roots: at 512 tokens an even weight is 0.002, which
 * a linear byte would round to 1 or 0, and a square-root byte keeps as 11.
 */
const steps = 255;

/** A weight from 0 to 1 as a byte, rounded to the nearest; what lies outside is cut, NaN becomes 0. */
export function weightToByte(weight: number): number {
  if (weight >= 1) return steps;
  return weight > 0 ? (Math.sqrt(weight) * steps + 0.5) | 0 : 0;
}

/** The weight that a byte stands for. */
export function byteToWeight(byte: number): number {
  return (byte / steps) ** 2;
}

/** Writes weights as bytes into `target`, from `offset` on. */
export function quantiseWeights(weights: Float32Array, target: Uint8Array, offset: number): void {
  for (let index = 0; index < weights.length; index++) {
    target[offset + index] = weightToByte(weights[index]!);
  }
}

/**
 * A square of weights pooled by maximum, as bytes: a single bright weight stays as bright as it is.
 * @param weights `[size][size]`. @param cells at most `size`; cell c covers the indices i with floor(i·cells/size) = c.
 */
export function poolWeights(
  weights: Float32Array,
  size: number,
  cells: number,
  target: Uint8Array,
  offset: number,
): void {
  const cellOf = Uint16Array.from({ length: size }, (_, index) => Math.floor((index * cells) / size));
  const row = new Float32Array(cells);
  for (let query = 0, start = 0; query < size; query++, start += size) {
    for (let key = 0; key < size; key++) {
      const weight = weights[start + key]!;
      const cell = cellOf[key]!;
      if (weight > row[cell]!) row[cell] = weight;
    }
    if (query + 1 < size && cellOf[query + 1] === cellOf[query]) continue;
    quantiseWeights(row, target, offset + cellOf[query]! * cells);
    row.fill(0);
  }
}
