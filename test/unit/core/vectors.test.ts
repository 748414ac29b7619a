import { describe, expect, it } from 'vitest';
import { aboveDiagonal, cosine, cosineMatrix, pool, rankCorrelation } from '../../../src/core/vectors';

describe('vectors', () => {
  it('has the cosines of known angles', () => {
    expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine([3, 4], [-3, -4])).toBeCloseTo(-1, 12);
    expect(cosine([0, 0], [1, 2])).toBe(0);
    expect(
      cosineMatrix([
        [1, 0],
        [0, 2],
      ]),
    ).toEqual([1, 0, 0, 1]);
  });

  it('pools columns over some rows', () => {
    const values = Float32Array.of(1, 9, 3, -5, 5, 1);
    expect([...pool(values, 2, [0, 1], 'mean')]).toEqual([2, 2]);
    expect([...pool(values, 2, [1, 2], 'max')]).toEqual([5, 1]);
  });

  it('takes each pair once', () => {
    expect(aboveDiagonal([0, 1, 2, 3, 4, 5, 6, 7, 8], 3)).toEqual([1, 2, 5]);
  });

  it("ranks as Spearman does: 1 - 6 Σd² / n(n² - 1) without ties, and textbooks' ties", () => {
    // The example of IQ and hours of television: Σd² = 194, ρ = -29/165.
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(rankCorrelation(iq, hours)).toBeCloseTo(-29 / 165, 12);
    // Pearson's on ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4.
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1, 2], [1, 2])).toBeNull();
  });

  it('holds at the edges of what is defined', () => {
    expect(cosine([1, 2], [0, 0])).toBe(0);
    expect([...pool(Float32Array.of(5, 1, 9, -7), 2, [1, 0], 'max')]).toEqual([9, 1]);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(rankCorrelation([1, 2, 3], [7, 7, 7])).toBeNull();
    // The middle rank is that of the mean: it is no sign of equal numbers alone.
    expect(rankCorrelation([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 12);
  });
});
