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
 * A square pooled by maximum: a single bright weight stays as bright as it is.
 * @param square `[size][size]`, weights or their bytes. @param cells at most `size`; index i belongs to cell
 * floor(i·cells/size). @param pooled `[cells][cells]`, all 0, takes the result.
 */
export function poolByMaximum<Square extends Float32Array | Uint8Array>(
  square: Square,
  size: number,
  cells: number,
  pooled: Square,
): void {
  const starts = Uint32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((cell * size) / cells));
  for (let down = 0; down < cells; down++) {
    for (let query = starts[down]!; query < starts[down + 1]!; query++) {
      const line = query * size;
      for (let across = 0; across < cells; across++) {
        let largest = pooled[down * cells + across]!;
        const end = line + starts[across + 1]!;
        for (let index = line + starts[across]!; index < end; index++) {
          if (square[index]! > largest) largest = square[index]!;
        }
        pooled[down * cells + across] = largest;
      }
    }
  }
}
