import type { MatrixUnits, Unit } from './units';

/** The mean of matrices of one size, entry by entry. @param matrices at least one. */
export function meanOf(matrices: readonly Float32Array[]): Float32Array {
  if (matrices.length === 1) return matrices[0]!;
  const mean = new Float32Array(matrices[0]!.length);
  for (const matrix of matrices) for (let at = 0; at < mean.length; at++) mean[at]! += matrix[at]!;
  for (let at = 0; at < mean.length; at++) mean[at]! /= matrices.length;
  return mean;
}

/** The maximum of matrices of one size, entry by entry. @param matrices at least one. */
export function maximumOf(matrices: readonly Float32Array[]): Float32Array {
  if (matrices.length === 1) return matrices[0]!;
  const maximum = matrices[0]!.slice();
  for (const matrix of matrices.slice(1)) {
    for (let at = 0; at < maximum.length; at++) {
      if (matrix[at]! > maximum[at]!) maximum[at] = matrix[at]!;
    }
  }
  return maximum;
}

/** Multiplies two matrices `[size][size]`. */
export type MatrixProduct = (left: Float32Array, right: Float32Array, size: number) => Promise<Float32Array>;

/**
 * One layer of attention rollout (Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3):
 * (½·mean + ½·I) · before. The half of the identity stands for the residual connection.
 * @param mean the mean over the heads of the layer, `[size][size]`. @param before the rollout of the layers before,
 * `[size][size]`; null for the first layer.
 */
export async function rolloutStep(
  mean: Float32Array,
  before: Float32Array | null,
  size: number,
  product: MatrixProduct,
): Promise<Float32Array> {
  if (before === null) return mean.map((weight, at) => (weight + (at % (size + 1) === 0 ? 1 : 0)) / 2);
  const through = await product(mean, before, size);
  return before.map((weight, at) => (through[at]! + weight) / 2);
}

/**
 * A matrix with a row and a column for each unit: weights to the keys of a unit are summed, and those of its queries
 * averaged, so that a row that sums to 1 still does when no key is left out.
 * @param weights `[query][key]` by token. @param keys tokens in a row.
 * @param renormalise scales each row to sum to 1; a row that has nothing left stays 0.
 */
export function reshape(
  weights: Float32Array,
  keys: number,
  units: MatrixUnits,
  renormalise: boolean,
): Float32Array {
  const isWhole = isEvery(units.keys, keys) && isEvery(units.queries, weights.length / keys);
  if (isWhole && !renormalise) return weights;
  const columns = units.keys.length;
  const shaped = new Float32Array(units.queries.length * columns);
  units.queries.forEach((queries, row) => {
    const target = shaped.subarray(row * columns, (row + 1) * columns);
    for (const query of queries) {
      const start = query * keys;
      for (let column = 0; column < columns; column++) {
        for (const key of units.keys[column]!) target[column]! += weights[start + key]!;
      }
    }
    const sum = renormalise ? target.reduce((total, weight) => total + weight, 0) : queries.length;
    if (sum > 0) for (let column = 0; column < columns; column++) target[column]! /= sum;
  });
  return shaped;
}

function isEvery(units: readonly Unit[], tokens: number): boolean {
  return units.length === tokens && units.every(({ length }) => length === 1);
}
