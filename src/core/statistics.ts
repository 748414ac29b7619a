import type { TensorStatistics } from '../protocol/tensor';

/** Minimum, maximum, mean and standard deviation (of the whole, not of a sample) of the numbers that are none but NaN. */
export function statisticsOf(values: Float32Array): TensorStatistics {
  let [count, sum, minimum, maximum] = [0, 0, Infinity, -Infinity];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (count === 0)
    return { minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, withoutNumber: values.length };
  const mean = sum / count;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  const standardDeviation = Math.sqrt(squares / count);
  return { minimum, maximum, mean, standardDeviation, withoutNumber: values.length - count };
}

/** The Euclidean norm of each row of a matrix `[rows][columns]`; NaN counts as 0. */
export function rowNorms(matrix: Float32Array, columns: number): Float32Array {
  return Float32Array.from({ length: matrix.length / Math.max(1, columns) }, (_, row) => {
    let squares = 0;
    for (let index = row * columns; index < (row + 1) * columns; index++)
      squares += (matrix[index]! || 0) ** 2;
    return Math.sqrt(squares);
  });
}
