import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteToWeight, poolWeights, quantiseWeights, weightToByte } from '../../../src/core/weightBytes';

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
        const pooled = new Uint8Array(cells * cells);
        poolWeights(Float32Array.from(values), size, cells, pooled, 0);
        const cellOf = (index: number): number => Math.floor((index * cells) / size);
        for (let cell = 0; cell < cells * cells; cell++) {
          const inside = values.filter(
            (_, at) => cellOf(Math.floor(at / size)) * cells + cellOf(at % size) === cell,
          );
          expect(pooled[cell]).toBe(weightToByte(Math.fround(Math.max(...inside))));
        }
      }),
    );
  });

  it('changes nothing where there is a cell for each token', () => {
    const weights = Float32Array.from([0, 0.25, 1, 0.5]);
    const [pooled, plain] = [new Uint8Array(6), new Uint8Array(6)];
    poolWeights(weights, 2, 2, pooled, 1);
    quantiseWeights(weights, plain, 1);
    expect(pooled).toEqual(plain);
    expect([...plain]).toEqual([0, 0, 128, 255, 180, 0]);
  });
});
