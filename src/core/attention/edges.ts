import type { AttentionEdges } from '../../protocol/attention';

/** The `count` largest weights of a matrix in falling order, equal ones by row and column; those of 0 are left out. */
export function strongestEdges(weights: Float32Array, keys: number, count: number): AttentionEdges {
  const sorted = weights.slice().sort();
  const least = sorted[Math.max(0, sorted.length - count)] ?? 0;
  const found: number[] = [];
  for (let at = 0; at < weights.length; at++) {
    if (weights[at]! >= least && weights[at]! > 0) found.push(at);
  }
  found.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const chosen = found.slice(0, count);
  return {
    queries: Uint32Array.from(chosen, (at) => Math.floor(at / keys)),
    keys: Uint32Array.from(chosen, (at) => at % keys),
    weights: Float32Array.from(chosen, (at) => weights[at]!),
  };
}
