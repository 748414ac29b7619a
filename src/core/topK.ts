/** One entry of a distribution. */
export interface Choice {
  index: number;
  /** 0 to 1. */
  probability: number;
}

/**
 * The k most probable entries of softmax(logits), surest first; equal ones in order of their index.
 * The normaliser is summed in float64 over all entries after subtracting the maximum.
 * @param logits float32, any length n; k is cut to n. Entries that are NaN are never chosen.
 */
export function softmaxTopK(logits: Float32Array, k: number): Choice[] {
  let maximum = -Infinity;
  for (const logit of logits) if (logit > maximum) maximum = logit;
  let sum = 0;
  for (const logit of logits) if (logit === logit) sum += Math.exp(logit - maximum);
  return largest(logits, k).map((index) => ({
    index,
    probability: Math.exp(logits[index]! - maximum) / sum,
  }));
}

/** Indices of the k largest values in falling order, by insertion into a short sorted list: one pass. */
function largest(values: Float32Array, k: number): number[] {
  const best: number[] = [];
  if (k <= 0) return best;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value !== value || (best.length === k && value <= values[best[k - 1]!]!)) continue;
    let place = best.length === k ? k - 1 : best.length;
    while (place > 0 && values[best[place - 1]!]! < value) {
      best[place] = best[place - 1]!;
      place--;
    }
    best[place] = index;
  }
  return best;
}

/** Softmax of logits in float64; all of it 0 but for the largest where they differ by more than float64 holds. */
export function softmax(logits: Float32Array): Float64Array {
  const maximum = logits.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - maximum));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** 1 / (1 + exp(-x)) of each, in float64. */
export function sigmoid(logits: Float32Array): Float64Array {
  return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}
