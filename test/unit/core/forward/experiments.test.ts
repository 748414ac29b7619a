import { describe, expect, it } from 'vitest';
import {
  batchStatistics,
  distanceOf,
  straying,
  type BatchLine,
} from '../../../../src/core/forward/batchNorm';
import { tanhNetworkGains } from '../../../../src/core/forward/tanhNetwork';
import { cosine, lengthOf, normalNumbers, shuffled } from '../../../../src/core/forward/vectors';

describe('the statistics of batch norm', () => {
  it('are taken for each feature, over lines and tokens', () => {
    // Two features: 1, 3, 5, 7 and 10, 10, 20, 20.
    const lines = [
      { values: [1, 10, 3, 10], tokens: 2 },
      { values: [5, 20, 7, 20, 100, 0], tokens: 2 },
    ];
    const { mean, deviation } = batchStatistics(lines, 2);
    expect([...mean]).toEqual([4, 15]);
    expect([...deviation]).toEqual([Math.sqrt(5), 5]);
    // Padding counts where it is let in.
    expect([...batchStatistics(lines, 2, true).mean]).toEqual([23.2, 12]);
    expect(
      distanceOf({ mean: mean.map((each) => each + 1), deviation }, { mean, deviation }).mean,
    ).toBeCloseTo(Math.sqrt((1 / 5 + 1 / 25) / 2), 12);
  });

  it('stray as samples without replacement do, and not at all for the whole', () => {
    const normal = normalNumbers(3);
    const [count, tokens, features] = [32, 4, 48];
    const lines = Array.from({ length: count }, (): BatchLine => ({
      values: Float64Array.from({ length: tokens * features }, normal),
      tokens,
    }));
    const sizes = [1, 4, 16, 32];
    straying(lines, features, sizes).forEach(({ mean }, at) => {
      const size = sizes[at]!;
      // Cochran 1977, theorem 2.2: variance S²/n · (1 − n/N), here of means of lines of four tokens.
      const expected = Math.sqrt(((1 / size) * (1 - size / count)) / tokens);
      expect(Math.abs(mean - expected)).toBeLessThan(0.15 * expected + 1e-9);
    });
  });
});

describe('the tanh network', () => {
  it('loses a change step by step', () => {
    const gains = tanhNetworkGains(16);
    expect(gains).toHaveLength(16);
    expect(gains[15]!).toBeLessThan(0.05 * gains[0]!);
    expect([...gains]).toEqual([...tanhNetworkGains(16)]);
  });
});

describe('vectors', () => {
  it('have lengths, cosines, and orders that leave nothing out', () => {
    expect(lengthOf([3, 4])).toBe(5);
    expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine([0, 0], [1, 1])).toBe(0);
    const order = shuffled(20, 7);
    expect(order.toSorted((one, other) => one - other)).toEqual([...Array(20).keys()]);
    expect(order).not.toEqual([...Array(20).keys()]);
  });

  it('have normal numbers of mean 0 and variance 1', () => {
    const next = normalNumbers(1);
    const numbers = Array.from({ length: 20_000 }, next);
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length).toBeCloseTo(1, 1);
  });
});
