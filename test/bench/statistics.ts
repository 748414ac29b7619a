/** What was measured in one round: the thing itself, and what it is compared with. */
export interface Pair {
  value: number;
  baseline: number;
}

export interface Summary {
  /** Median of the values. */
  value: number;
  /** Median of the baselines. */
  baseline: number;
  /** Median of value / baseline, round by round, so that a machine that slows down spoils no round. */
  ratio: number;
  /** The first and third quartile of value / baseline. */
  quartiles: [number, number];
}

export function summarise(pairs: readonly Pair[]): Summary {
  const ratios = pairs.map(({ value, baseline }) => value / baseline);
  return {
    value: quantile(
      pairs.map(({ value }) => value),
      0.5,
    ),
    baseline: quantile(
      pairs.map(({ baseline }) => baseline),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

/** Interpolated between the two nearest samples. @param share 0 for the smallest sample, 1 for the largest. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('There is no quantile of no samples.');
  const sorted = samples.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}
