import type { HeadScores } from '../../protocol/attention';

/** A tensor as a run gave it. */
export interface TensorOfRun {
  dims: readonly number[];
  values: Float32Array;
}

/** What an attention is computed from, with N heads of size D, S queries and T keys, batch 1. */
export interface ScoredLayer {
  /** `[N, S, D]`, whatever stands before. */
  query: TensorOfRun;
  /** `[N, D, T]` */
  key: TensorOfRun;
  /** `[N, S, T]` */
  scores: TensorOfRun;
  /** Broadcast to `[N, S, T]`; null where nothing is added. */
  added: TensorOfRun | null;
}

/** From here down a score is hidden by a mask. */
const hidden = -9000;

/**
 * How one query of one head comes to its weights.
 * @param weights the probabilities of that query, `[T]`.
 */
export function headScores(
  layer: ScoredLayer,
  head: number,
  query: number,
  weights: Float32Array,
): HeadScores {
  const [queries, size] = layer.query.dims.slice(-2) as [number, number];
  const count = layer.scores.dims.at(-1)!;
  const q = layer.query.values.slice((head * queries + query) * size, (head * queries + query + 1) * size);
  const keys = new Float32Array(count * size);
  const products = new Float32Array(count);
  for (let key = 0; key < count; key++) {
    let sum = 0;
    for (let at = 0; at < size; at++) {
      const value = layer.key.values[(head * size + at) * count + key]!;
      keys[key * size + at] = value;
      sum += q[at]! * value;
    }
    products[key] = sum;
  }
  const start = (head * queries + query) * count;
  const scores = layer.scores.values.slice(start, start + count);
  const added = layer.added && rowOf(layer.added, head, query, count);
  return { query: q, keys, products, scale: scaleOf(products, scores, added), added, scores, weights };
}

/** The row of a head and a query of a tensor whose axes of length 1 stand for all. */
function rowOf({ dims, values }: TensorOfRun, head: number, query: number, count: number): Float32Array {
  const [heads = 1, queries = 1, keys = 1] = [...Array<number>(3).fill(1), ...dims].slice(-3);
  const start = ((heads === 1 ? 0 : head) * queries + (queries === 1 ? 0 : query)) * keys;
  return Float32Array.from({ length: count }, (_, key) => values[start + (keys === 1 ? 0 : key)]!);
}

/** The factor between products and scores, by the largest product that no mask hides. */
function scaleOf(products: Float32Array, scores: Float32Array, added: Float32Array | null): number {
  let largest = -1;
  for (let key = 0; key < products.length; key++) {
    const isHidden = scores[key]! <= hidden || (added !== null && added[key]! <= hidden);
    if (!isHidden && Math.abs(products[key]!) > Math.abs(products[largest] ?? 0)) largest = key;
  }
  return largest < 0 ? 1 : (scores[largest]! - (added?.[largest] ?? 0)) / products[largest]!;
}
