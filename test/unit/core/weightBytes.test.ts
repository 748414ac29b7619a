import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteToWeight, poolByMaximum, quantiseWeights, weightToByte } from '../../../src/core/weightBytes';

const weight = fc.float({ min: 0, max: 1, noNaN: true });

describe('weights as bytes', () => {
  it('has 0 and 1 at its ends, and cuts what no softmax gives', () => {
    expect([0, 1, -1, 2, NaN, Infinity].map(weightToByte)).toEqual([0, 255, 0, 255, 0, 255]);
    expect([byteToWeight(0), byteToWeight(255)]).toEqual([0, 1]);
  });

  it('keeps the order of weights', () => {
    fc.assert(
      fc.property(weight, weight, (a, b) => {
        if (a <= b) expect(weightToByte(a)).toBeLessThanOrEqual(weightToByte(b));
      }),
    );
  });

  it('is exact to half a step of the square root', () => {
    fc.assert(
      fc.property(weight, (each) => {
        const error = Math.abs(Math.sqrt(byteToWeight(weightToByte(each))) - Math.sqrt(each));
        expect(error).toBeLessThanOrEqual(0.5 / 255 + 1e-9);
      }),
    );
  });

  it('tells an even weight of 512 tokens from nothing', () => {
    expect(weightToByte(1 / 512)).toBe(11); // sqrt(1/512) * 255 = 11.27
  });
});

describe('pooling by maximum', () => {
  it('agrees with the largest weight of each cell', () => {
    const sizes = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.tuple(
          fc.constant(size),
          fc.integer({ min: 1, max: size }),
          fc.array(weight, { minLength: size * size, maxLength: size * size }),
        ),
      );
    fc.assert(
      fc.property(sizes, ([size, cells, values]) => {
        const pooled = new Float32Array(cells * cells);
        poolByMaximum(Float32Array.from(values), size, cells, pooled);
        const cellOf = (index: number): number => Math.floor((index * cells) / size);
        for (let cell = 0; cell < cells * cells; cell++) {
          const inside = values.filter(
            (_, at) => cellOf(Math.floor(at / size)) * cells + cellOf(at % size) === cell,
          );
          expect(pooled[cell]).toBe(Math.fround(Math.max(...inside)));
        }
      }),
    );
  });

  it('pools bytes as the weights that they stand for', () => {
    const weights = Float32Array.from([0, 0.25, 1, 0.5, 0.1, 0, 0, 0, 0.3]);
    const bytes = new Uint8Array(9);
    quantiseWeights(weights, bytes, 0);
    const [pooled, pooledBytes, expected] = [new Float32Array(4), new Uint8Array(4), new Uint8Array(4)];
    poolByMaximum(weights, 3, 2, pooled);
    poolByMaximum(bytes, 3, 2, pooledBytes);
    quantiseWeights(pooled, expected, 0);
    expect(pooledBytes).toEqual(expected);
  });
});

describe('a list of weights', () => {
  it('is written from an offset on', () => {
    const target = new Uint8Array(5);
    quantiseWeights(Float32Array.from([0.25, 1, 0.5]), target, 1);
    expect([...target]).toEqual([0, 128, 255, 180, 0]);
  });
});
