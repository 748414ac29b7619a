import { momentsOf } from './functions';
import { shuffled } from './vectors';

/** A line of a batch: `[tokens][features]`, real tokens first and padding after them. */
export interface BatchLine {
  values: ArrayLike<number>;
  /** How many of its tokens are of the text. */
  tokens: number;
}

/** Mean and standard deviation of every feature, over all tokens of all lines: the statistics of batch norm. */
export interface FeatureStatistics {
  mean: Float64Array;
  deviation: Float64Array;
}

/**
 * The statistics that batch norm takes (Ioffe and Szegedy 2015, algorithm 1), for each feature over lines and tokens.
 * @param withPadding whether padded places count, too.
 */
export function batchStatistics(
  lines: readonly BatchLine[],
  features: number,
  withPadding = false,
): FeatureStatistics {
  const columns = Array.from({ length: features }, (): number[] => []);
  for (const { values, tokens } of lines) {
    const rows = withPadding ? values.length / features : tokens;
    for (let row = 0; row < rows; row++)
      for (let feature = 0; feature < features; feature++)
        columns[feature]!.push(values[row * features + feature]!);
  }
  const moments = columns.map((column) => momentsOf(column));
  return {
    mean: Float64Array.from(moments, ({ mean }) => mean),
    deviation: Float64Array.from(moments, ({ variance }) => Math.sqrt(variance)),
  };
}

/** How far some statistics are from others: root mean squares over the features. */
export function distanceOf(
  found: FeatureStatistics,
  { mean, deviation }: FeatureStatistics,
): { mean: number; deviation: number } {
  let [means, deviations] = [0, 0];
  mean.forEach((own, feature) => {
    const unit = deviation[feature]! || 1;
    means += ((found.mean[feature]! - own) / unit) ** 2;
    deviations += (found.deviation[feature]! / unit - 1) ** 2;
  });
  return { mean: Math.sqrt(means / mean.length), deviation: Math.sqrt(deviations / mean.length) };
}

/** Batches that are drawn of each size. */
const draws = 24;

/**
 * How far the statistics of batches drawn from some lines stray from those of all of them, by the size of the batch.
 * @returns root mean squares over the draws, for each size.
 */
export function straying(
  lines: readonly BatchLine[],
  features: number,
  sizes: readonly number[],
): { mean: number; deviation: number }[] {
  const whole = batchStatistics(lines, features);
  return sizes.map((size) => {
    const squares = { mean: 0, deviation: 0 };
    for (let draw = 0; draw < draws; draw++) {
      const chosen = shuffled(lines.length, size * draws + draw).slice(0, size);
      const found = distanceOf(
        batchStatistics(
          chosen.map((at) => lines[at]!),
          features,
        ),
        whole,
      );
      squares.mean += found.mean ** 2 / draws;
      squares.deviation += found.deviation ** 2 / draws;
    }
    return { mean: Math.sqrt(squares.mean), deviation: Math.sqrt(squares.deviation) };
  });
}
