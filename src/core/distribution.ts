/** Softmax over one row of logits, read entry by entry. NaN entries have no probability. */
export interface Distribution {
  /** Natural logarithm of an entry's probability; -Infinity for none. */
  logProbability(index: number): number;
  /** 1 for the most probable entry; entries that are as probable share the better rank. */
  rank(index: number): number;
  /** Shannon entropy in bits: 0 where one entry is certain, log2(n) where all n are alike. */
  entropy(): number;
}

/** @param logits float32, any length. The normaliser is summed in float64 after subtracting the maximum. */
export function distributionOf(logits: Float32Array): Distribution {
  let maximum = -Infinity;
  for (const logit of logits) if (logit > maximum) maximum = logit;
  let sum = 0;
  let weighted = 0;
  for (const logit of logits) {
    const weight = Math.exp(logit - maximum);
    // Nothing is no part of an entropy, and 0 times minus infinity no number.
    if (!(weight > 0)) continue;
    sum += weight;
    weighted += weight * (logit - maximum);
  }
  const logSum = Math.log(sum);
  return {
    logProbability(index) {
      const logit = logits[index] ?? NaN;
      return logit === logit ? logit - maximum - logSum : -Infinity;
    },
    rank(index) {
      const own = logits[index] ?? NaN;
      let better = 0;
      for (const logit of logits) if (logit > own || (own !== own && logit === logit)) better++;
      return better + 1;
    },
    entropy: () => Math.max(0, (logSum - weighted / sum) / Math.LN2),
  };
}
