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

/** Rows and columns of a matrix of weights. */
export interface MatrixSize {
  queries: number;
  keys: number;
}

/**
 * A matrix pooled by maximum: a single bright weight stays as bright as it is.
 * @param matrix `[query][key]`, weights or their bytes. @param cells at most as many each way as `size`; of n rows or
 * columns pooled to c, index i belongs to cell floor(i·c/n). @param pooled all 0, takes the result.
 */
export function poolByMaximum<Matrix extends Float32Array | Uint8Array>(
  matrix: Matrix,
  size: MatrixSize,
  cells: MatrixSize,
  pooled: Matrix,
): void {
  const [rows, columns] = [startsOf(size.queries, cells.queries), startsOf(size.keys, cells.keys)];
  for (let down = 0; down < cells.queries; down++) {
    for (let query = rows[down]!; query < rows[down + 1]!; query++) {
      const line = query * size.keys;
      for (let across = 0; across < cells.keys; across++) {
        let largest = pooled[down * cells.keys + across]!;
        const end = line + columns[across + 1]!;
        for (let index = line + columns[across]!; index < end; index++) {
          if (matrix[index]! > largest) largest = matrix[index]!;
        }
        pooled[down * cells.keys + across] = largest;
      }
    }
  }
}

/** Where each cell starts, and where the last ends. */
function startsOf(length: number, cells: number): Uint32Array {
  return Uint32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((cell * length) / cells));
}
