import { describe, expect, it } from 'vitest';
import { histogramPicture, quantileOf } from '../../../src/core/histogramPicture';

const point = (step: number, ...buckets: number[]) => ({
  step,
  wallTime: NaN,
  buckets: Float64Array.from(buckets),
});

describe('histograms over steps', () => {
  it('are rows of equal width from the greatest value down, a bucket spread evenly over those it reaches', () => {
    // Values from 0 to 4 in four rows: all of the first lie in [0, 1], of the second evenly from 0 to 4.
    const picture = histogramPicture({ tag: 'w', points: [point(1, 0, 1, 8), point(2, 0, 4, 8)] }, 4)!;
    expect([picture.least, picture.greatest, picture.columns, picture.rows]).toEqual([0, 4, 2, 4]);
    // By the root of the share over the greatest: 1 of the first, 1/4 of each row of the second.
    expect(Array.from(picture.bytes)).toEqual([0, 128, 0, 128, 0, 128, 255, 128]);
  });

  it('leave out buckets whose edges are no numbers', () => {
    const odd = [point(1, -Infinity, 0, 3, 0, 1, 8, 1, Infinity, 2), point(2, NaN, 2, 5, 0, 2, 4)];
    const picture = histogramPicture({ tag: 'w', points: odd }, 2)!;
    const plain = [point(1, 0, 1, 8), point(2, 0, 2, 4)];
    expect(picture).toEqual(histogramPicture({ tag: 'w', points: plain }, 2));
    expect([picture.least, picture.greatest]).toEqual([0, 2]);
  });

  it('hold values that are all the same, and empty ones', () => {
    const picture = histogramPicture({ tag: 'w', points: [point(1, 3, 3, 5), point(2)] }, 4)!;
    expect([picture.least, picture.greatest]).toEqual([3, 3]);
    expect(Array.from(picture.bytes).filter((byte) => byte > 0)).toEqual([255]);
    expect(histogramPicture({ tag: 'w', points: [point(1)] }, 4)).toBeNull();
  });
});

describe('the value below which a share lies', () => {
  const buckets = Float64Array.of(0, 1, 2, 1, 3, 2);

  it('is evenly spread within its bucket', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantileOf(buckets, share))).toEqual([0, 0.5, 1, 2, 3]);
    expect(quantileOf(new Float64Array(), 0.5)).toBeNaN();
  });
});
