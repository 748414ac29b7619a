import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sigmoid, softmax, softmaxTopK } from '../../../src/core/topK';

const logits = fc.float32Array({ minLength: 1, maxLength: 200, noNaN: true, min: -80, max: 80 });

describe('softmaxTopK', () => {
  it('equals sorting the whole softmax', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 20 }), (values, k) => {
        const exponentials = Array.from(values, (value) => Math.exp(value));
        const sum = exponentials.reduce((total, each) => total + each, 0);
        const sorted = exponentials
          .map((each, index) => ({ index, probability: each / sum }))
          .sort((a, b) => values[b.index]! - values[a.index]! || a.index - b.index)
          .slice(0, k);
        const chosen = softmaxTopK(values, k);
        expect(chosen.map(({ index }) => index)).toEqual(sorted.map(({ index }) => index));
        chosen.forEach(({ probability }, i) => expect(probability).toBeCloseTo(sorted[i]!.probability, 10));
      }),
    );
  });

  it('sums to 1 over the whole distribution, however large the logits', () => {
    const choices = softmaxTopK(Float32Array.of(1e30, 1e30, -1e30), 3);
    expect(choices.map(({ probability }) => probability)).toEqual([0.5, 0.5, 0]);
  });

  it('never chooses a logit that is not a number', () => {
    expect(softmaxTopK(Float32Array.of(NaN, 0, NaN), 3)).toEqual([{ index: 1, probability: 1 }]);
  });

  it('gives nothing for k = 0', () => {
    expect(softmaxTopK(Float32Array.of(1, 2), 0)).toEqual([]);
  });
});

it('softmax gives equal logits equal shares, and logarithms the shares of their numbers', () => {
  expect([...softmax(Float32Array.of(1000, 1000, 1000, 1000))]).toEqual([0.25, 0.25, 0.25, 0.25]);
  const [three, one] = softmax(Float32Array.of(Math.log(3), 0));
  expect(three).toBeCloseTo(0.75, 7);
  expect(one).toBeCloseTo(0.25, 7);
  expect([...softmax(Float32Array.of(-800, 800))]).toEqual([0, 1]);
});

it('sigmoid has the values of its closed form', () => {
  const [zero, ofLn3, ofMinusLn3, large, small] = sigmoid(
    Float32Array.of(0, Math.log(3), -Math.log(3), 800, -800),
  );
  expect(zero).toBe(0.5);
  expect(ofLn3).toBeCloseTo(0.75, 7);
  expect(ofMinusLn3).toBeCloseTo(0.25, 7);
  expect([large, small]).toEqual([1, 0]);
});
