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
 * @param weights `[size][size]`. @param cells at most `size`; index i belongs to cell floor(i·cells/size).
 */
export function poolWeights(
  weights: Float32Array,
  size: number,
  cells: number,
  target: Uint8Array,
  offset: number,
): void {
  const starts = Uint32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((cell * size) / cells));
  const row = new Float32Array(cells);
  for (let down = 0; down < cells; down++) {
    row.fill(0);
    for (let query = starts[down]!; query < starts[down + 1]!; query++) {
      const line = query * size;
      for (let across = 0; across < cells; across++) {
        let largest = row[across]!;
        const end = line + starts[across + 1]!;
        for (let index = line + starts[across]!; index < end; index++) {
          if (weights[index]! > largest) largest = weights[index]!;
        }
        row[across] = largest;
      }
    }
    quantiseWeights(row, target, offset + down * cells);
  }
}
