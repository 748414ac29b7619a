import type { Histograms } from '../protocol/runs';

/** Histograms of one tag as a picture: a column for each that was written, rows of equal width from the greatest value down. */
export interface HistogramPicture {
  /** From the least to the greatest value of all. */
  least: number;
  greatest: number;
  columns: number;
  rows: number;
  /** Row by row: of the values of a column the share that lies in a row, over the greatest such share; as 0 to 255, by its root. */
  bytes: Uint8Array;
}

/**
 * The buckets of histograms put into rows of equal width; a bucket that reaches over several gives each the part that
 * lies in it, as if its values were spread evenly (as TensorBoard does). Buckets without finite edges have no place and
 * are left out. null when there are no others.
 */
export function histogramPicture({ points }: Histograms, rows: number): HistogramPicture | null {
  const isDrawn = (...bucket: number[]): boolean => bucket.every(Number.isFinite) && bucket[2]! > 0;
  let [least, greatest] = [Infinity, -Infinity];
  for (const { buckets } of points)
    for (let at = 0; at < buckets.length; at += 3) {
      if (!isDrawn(buckets[at]!, buckets[at + 1]!, buckets[at + 2]!)) continue;
      least = Math.min(least, buckets[at]!);
      greatest = Math.max(greatest, buckets[at + 1]!);
    }
  if (!Number.isFinite(least) || !Number.isFinite(greatest)) return null;
  const width = (greatest - least) / rows || 1;
  const shares = new Float64Array(rows * points.length);
  points.forEach(({ buckets }, column) => {
    const counts = new Float64Array(rows);
    for (let at = 0; at < buckets.length; at += 3) {
      const [left, right, count] = [buckets[at]!, buckets[at + 1]!, buckets[at + 2]!];
      if (!isDrawn(left, right, count)) continue;
      const rowOf = (value: number): number => Math.min(rows - 1, Math.floor((value - least) / width));
      for (let row = rowOf(left); row <= rowOf(right); row++) {
        const inside = Math.min(right, least + (row + 1) * width) - Math.max(left, least + row * width);
        counts[row]! += right > left ? (count * Math.max(0, inside)) / (right - left) : count;
      }
    }
    const total = counts.reduce((sum, count) => sum + count, 0);
    counts.forEach((count, row) => {
      shares[(rows - 1 - row) * points.length + column] = total > 0 ? count / total : 0;
    });
  });
  const most = shares.reduce((a, b) => Math.max(a, b), 0) || 1;
  const bytes = Uint8Array.from(shares, (share) => Math.round(255 * Math.sqrt(share / most)));
  return { least, greatest, columns: points.length, rows, bytes };
}

/**
 * The value below which a share of a histogram lies, evenly spread within its bucket; NaN of an empty one.
 * @param share from 0 to 1.
 */
export function quantileOf(buckets: Float64Array, share: number): number {
  let total = 0;
  for (let at = 2; at < buckets.length; at += 3) total += buckets[at]!;
  let left = share * total;
  for (let at = 0; at < buckets.length; at += 3) {
    const count = buckets[at + 2]!;
    if (count > 0 && left <= count) return buckets[at]! + (left / count) * (buckets[at + 1]! - buckets[at]!);
    left -= count;
  }
  return NaN;
}
