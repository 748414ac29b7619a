import { describe, expect, it } from 'vitest';
import { distributionOf } from '../../../src/core/distribution';
import { surpriseLevel, surpriseOf } from '../../../src/core/surprise';

describe('a distribution', () => {
  it('has log2(n) bits where all are alike, and none where one is certain', () => {
    expect(distributionOf(new Float32Array(64)).entropy()).toBeCloseTo(6, 10);
    expect(distributionOf(Float32Array.of(0, -Infinity, -Infinity)).entropy()).toBe(0);
    expect(distributionOf(Float32Array.of(1000, 0)).entropy()).toBe(0);
  });

  it('gives the logarithms of given probabilities, and their ranks', () => {
    const probabilities = [0.5, 0.125, 0.25, 0.125];
    const own = distributionOf(Float32Array.from(probabilities, Math.log));
    probabilities.forEach((each, index) => expect(own.logProbability(index)).toBeCloseTo(Math.log(each), 6));
    expect(probabilities.map((_, index) => own.rank(index))).toEqual([1, 3, 2, 3]);
    expect(own.entropy()).toBeCloseTo(1.75, 6);
  });

  it('leaves out what is no number', () => {
    const own = distributionOf(Float32Array.of(NaN, 0, 0));
    expect(own.logProbability(1)).toBeCloseTo(Math.log(0.5), 10);
    expect(own.logProbability(0)).toBe(-Infinity);
    expect(own.rank(0)).toBe(3);
  });
});

describe('surprise', () => {
  it('is the bits of a probability, in levels', () => {
    expect(surpriseOf(Math.log(1 / 8))).toBeCloseTo(3, 10);
    expect([0, 1, 3.9, 4, 8, 12, 99].map(surpriseLevel)).toEqual([0, 1, 1, 2, 3, 4, 4]);
  });
});
