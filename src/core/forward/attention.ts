import { softmax, type Numbers } from './functions';

/** A matrix with a row for each token, the columns of all heads side by side. */
export interface HeadMatrix {
  /** `[rows][columns]`; NaN where a mask hides a score. */
  values: Numbers;
  rows: number;
  columns: number;
  heads: number;
}

/**
 * factor · q·kᵀ + mask of some queries, every head (Vaswani et al. 2017, section 3.2.1).
 * @param query `[queries][heads · size]` @param key `[keys][heads · size]`
 * @param mask broadcast over queries and heads where it has one of them only. @param rows which queries.
 * @returns `[rows][heads · keys]`, NaN where the mask hides.
 */
export function attentionScores(
  query: HeadMatrix,
  key: HeadMatrix,
  mask: HeadMatrix | undefined,
  factor: number,
  rows: readonly number[],
): Float64Array {
  const { heads, columns } = query;
  const size = columns / heads;
  const [queries, keys] = [query.values, key.values];
  const result = new Float64Array(rows.length * heads * key.rows);
  rows.forEach((row, at) => {
    for (let head = 0; head < heads; head++) {
      for (let other = 0; other < key.rows; other++) {
        let product = 0;
        const [left, right] = [row * columns + head * size, other * columns + head * size];
        for (let place = 0; place < size; place++) product += queries[left + place]! * keys[right + place]!;
        result[(at * heads + head) * key.rows + other] = factor * product + maskAt(mask, row, head, other);
      }
    }
  });
  return result;
}

/** What a mask adds to the score of a key; NaN where it hides it. */
export function maskAt(mask: HeadMatrix | undefined, row: number, head: number, key: number): number {
  if (!mask) return 0;
  const keys = mask.columns / mask.heads;
  const start = (row % mask.rows) * mask.columns + (head % mask.heads) * keys;
  return mask.values[start + (key % keys)]!;
}

/** The softmax of each head's scores of some queries, `[rows][heads · keys]`. */
export function attentionProbabilities(scores: HeadMatrix, rows: readonly number[]): Float64Array {
  const { heads, columns, values } = scores;
  const keys = columns / heads;
  const result = new Float64Array(rows.length * columns);
  rows.forEach((row, at) => {
    for (let head = 0; head < heads; head++) {
      const start = row * columns + head * keys;
      const part = Float64Array.from({ length: keys }, (_, key) => values[start + key]!);
      result.set(softmax(part), at * columns + head * keys);
    }
  });
  return result;
}

/** Each head's sum of the values, weighted by its probabilities, of some queries: `[rows][heads · size]`. */
export function attentionContext(
  probabilities: HeadMatrix,
  value: HeadMatrix,
  rows: readonly number[],
): Float64Array {
  const { heads } = probabilities;
  const keys = probabilities.columns / heads;
  const size = value.columns / heads;
  const result = new Float64Array(rows.length * value.columns);
  rows.forEach((row, at) => {
    for (let head = 0; head < heads; head++) {
      for (let key = 0; key < keys; key++) {
        const weight = probabilities.values[row * probabilities.columns + head * keys + key]!;
        const [to, from] = [at * value.columns + head * size, key * value.columns + head * size];
        for (let place = 0; place < size; place++)
          result[to + place]! += weight * value.values[from + place]!;
      }
    }
  });
  return result;
}
