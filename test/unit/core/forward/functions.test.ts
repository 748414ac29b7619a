import { describe, expect, it } from 'vitest';
import { attentionProbabilities, attentionScores } from '../../../../src/core/forward/attention';
import { differenceOf } from '../../../../src/core/forward/difference';
import {
  activationFunction,
  erf,
  layerNorm,
  linear,
  rmsNorm,
  softmax,
} from '../../../../src/core/forward/functions';

describe('the functions of a Transformer', () => {
  it('multiply rows with a matrix and add a bias', () => {
    expect([...linear([1, 2, 3, 4], [1, 0, 2, 0, 1, 3], 3, [10, 20, 30])]).toEqual([11, 22, 38, 13, 24, 48]);
    expect([...linear([1, 2], [3, 4], 1, undefined)]).toEqual([11]);
  });

  it('have the error function of the tables', () => {
    // Abramowitz and Stegun 1964, table 7.1, and erfc(4) of table 7.3 taken from 1.
    const published = [
      [0, 0],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [4, 0.9999999845827421],
    ] as const;
    for (const [x, value] of published) {
      expect(erf(x)).toBeCloseTo(value, 13);
      expect(erf(-x)).toBeCloseTo(-value, 13);
    }
    // Both ways to compute it meet.
    expect(erf(3 - 1e-9)).toBeCloseTo(erf(3), 11);
  });

  it('have GELU, its tanh form and SiLU as published', () => {
    // Hendrycks and Gimpel 2016: x·Φ(x), with Φ(1) = 0.8413447460685429 and Φ(2) = 0.9772498680518208.
    expect(activationFunction('gelu')!(1)).toBeCloseTo(0.8413447460685429, 12);
    expect(activationFunction('gelu')!(-2)).toBeCloseTo(-2 * (1 - 0.9772498680518208), 12);
    for (const x of [-3, -1, -0.1, 0.3, 2])
      expect(activationFunction('geluTanh')!(x)).toBeCloseTo(activationFunction('gelu')!(x), 2);
    expect(activationFunction('silu')!(Math.log(3))).toBeCloseTo(0.75 * Math.log(3), 12);
    expect(activationFunction('relu')!(-1)).toBe(0);
    expect(activationFunction('reluSquared')!(-3)).toBe(0);
    expect(activationFunction('reluSquared')!(3)).toBe(9);
    // 1 / (1 + e^-ln 3) = 3/4.
    expect(activationFunction('sigmoid')!(Math.log(3))).toBeCloseTo(0.75, 12);
    expect(activationFunction('quickGelu')!(Math.log(3) / 1.702)).toBeCloseTo(
      (0.75 * Math.log(3)) / 1.702,
      12,
    );
    expect(activationFunction('none')!(-2.5)).toBe(-2.5);
    expect(activationFunction('unknown')).toBeUndefined();
  });

  it('norm a row to mean 0 and variance 1, then scale and shift it', () => {
    const row = [2, 4, 4, 4, 5, 5, 7, 9]; // mean 5, variance 4
    const plain = { scale: row.map(() => 1), bias: undefined, epsilon: 0 };
    expect([...layerNorm(row, plain)]).toEqual([-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]);
    const shifted = layerNorm(row, { scale: row.map(() => 3), bias: row.map(() => 1), epsilon: 0 });
    expect([...shifted]).toEqual([-3.5, -0.5, -0.5, -0.5, 1, 1, 4, 7]);
    // A variance of 4 and an epsilon of 5 make a deviation of 3.
    expect(layerNorm(row, { ...plain, epsilon: 5 })[7]).toBeCloseTo(4 / 3, 12);
    // The mean of 9 and 16 with an epsilon of 3.5 is 16.
    expect([...rmsNorm([3, 4], { scale: [2, 10], bias: [1, -1], epsilon: 3.5 })]).toEqual([2.5, 9]);
    expect([...rmsNorm([3, 4, 0, 0], { scale: [1, 1, 1, 1], bias: undefined, epsilon: 0 })]).toEqual([
      1.2, 1.6, 0, 0,
    ]);
  });

  it('have a softmax that sums to 1, whatever is added to all, and that gives nothing to what is hidden', () => {
    const logits = [Math.log(1), Math.log(2), Math.log(5)];
    for (const shift of [0, 1000, -1000]) {
      const found = softmax(logits.map((logit) => logit + shift));
      [0.125, 0.25, 0.625].forEach((expected, at) => expect(found[at]).toBeCloseTo(expected, 12));
    }
    expect([...softmax([0, NaN, 0, -Infinity])]).toEqual([0.5, 0, 0.5, 0]);
    expect([...softmax([NaN, NaN])]).toEqual([0, 0]);
  });
});

describe('the scores of an attention', () => {
  // Two heads of size 2 over two tokens.
  const query = { values: [1, 0, 0, 2, 0, 1, 1, 1], rows: 2, columns: 4, heads: 2 };
  const key = { values: [1, 2, 3, 4, 5, 6, 7, 8], rows: 2, columns: 4, heads: 2 };

  it('are the products of each head, scaled, with the mask added', () => {
    expect([...attentionScores(query, key, undefined, 0.5, [0, 1])]).toEqual([
      0.5, 2.5, 4, 8, 1, 3, 3.5, 7.5,
    ]);
    const causal = { values: [0, NaN, 0, 0], rows: 2, columns: 2, heads: 1 };
    expect([...attentionScores(query, key, causal, 1, [0])]).toEqual([1, NaN, 8, NaN]);
    const ofKeys = { values: [0, -1], rows: 1, columns: 2, heads: 1 };
    expect([...attentionScores(query, key, ofKeys, 1, [1])]).toEqual([2, 5, 7, 14]);
  });

  it('become probabilities head by head', () => {
    const scores = { values: [0, Math.log(3), Math.log(9), 0], rows: 1, columns: 4, heads: 2 };
    const expected = [0.25, 0.75, 0.9, 0.1];
    attentionProbabilities(scores, [0]).forEach((found, at) => expect(found).toBeCloseTo(expected[at]!, 12));
  });
});

describe('the difference of two computations', () => {
  it('is the largest one, over the largest number of the model', () => {
    expect(differenceOf([1, 2.5, -4], [1, 2, -5])).toEqual({ absolute: 1, relative: 0.2, mismatched: 0 });
    expect(differenceOf([0.5], [0])).toEqual({ absolute: 0.5, relative: 0.5, mismatched: 0 });
  });

  it('counts numbers that only one side has', () => {
    expect(differenceOf([NaN, 1, NaN], [NaN, NaN, 1]).mismatched).toBe(2);
    expect(differenceOf([NaN, 1, NaN], [NaN, NaN, 1], true).mismatched).toBe(1);
  });
});
