import type { AttentionEdges } from '../../src/protocol/attention';
import type { Axes } from './axes';
import type { Cell } from './place';

/** A line from a query to a key. */
export interface Line {
  query: number;
  key: number;
  weight: number;
  /** Which of the heads it belongs to, from 0. */
  head: number;
}

/** How many lines can be read over so many rows. */
export function readable(rows: number): number {
  return Math.min(300, Math.max(24, rows * 2));
}

/** The least weight at which all heads together have no more lines than can be read. */
export function readableWeight(edges: readonly AttentionEdges[], rows: number): number {
  const weights = edges.flatMap((each) => [...each.weights.subarray(0, readable(rows))]);
  weights.sort((a, b) => b - a);
  return weights[Math.min(weights.length, readable(rows)) - 1] ?? 0;
}

/** Lines of at least some weight, the weakest first, so that the strongest are drawn over them. */
export function linesOf(edges: readonly AttentionEdges[], least: number): Line[] {
  const lines = edges.flatMap(({ queries, keys, weights }, head) => {
    const found: Line[] = [];
    for (let at = 0; at < weights.length && weights[at]! >= least; at++)
      found.push({ query: queries[at]!, key: keys[at]!, weight: weights[at]!, head });
    return found;
  });
  return lines.sort((a, b) => a.weight - b.weight);
}

/** Weights below this are no line even of what is pointed at. */
const leastPointed = 1e-3;

/**
 * Every line of the token that is pointed at, the weakest first.
 * @param parts for each head its exact weights from the query to all keys, or to the key from all queries.
 */
export function pointedLines(pointed: Partial<Cell>, parts: readonly (Float32Array | null)[]): Line[] {
  const lines = parts.flatMap((weights, head) => {
    const found: Line[] = [];
    weights?.forEach((weight, other) => {
      if (weight < leastPointed) return;
      const { query = other, key = other } = pointed.query !== undefined ? { query: pointed.query } : pointed;
      found.push({ query, key, weight, head });
    });
    return found;
  });
  return lines.sort((a, b) => a.weight - b.weight);
}

/** The token that an arrow key leads to: up and down in its column, left to the queries, right to the keys. */
export function tokenAfterKey(
  key: string,
  from: Partial<Cell> | null,
  { queries, keys }: Axes,
): Partial<Cell> | null {
  const isQuery = from?.query !== undefined || from?.key === undefined;
  const row = from?.query ?? from?.key ?? -1;
  const to = (index: number, query = isQuery): Partial<Cell> => {
    const within = Math.min(Math.max(index, 0), (query ? queries : keys).length - 1);
    return query ? { query: within } : { key: within };
  };
  switch (key) {
    case 'ArrowDown':
      return to(row + 1);
    case 'ArrowUp':
      return to(row - 1);
    case 'ArrowLeft':
      return to(row, true);
    case 'ArrowRight':
      return to(row, false);
    case 'Home':
      return to(0);
    case 'End':
      return to(Infinity);
    default:
      return null;
  }
}
