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
    const side = fc
      .integer({ min: 1, max: 12 })
      .chain((length) =>
        fc.record({ length: fc.constant(length), cells: fc.integer({ min: 1, max: length }) }),
      );
    const cases = fc.tuple(side, side).chain(([queries, keys]) => {
      const length = queries.length * keys.length;
      return fc.tuple(
        fc.constant(queries),
        fc.constant(keys),
        fc.array(weight, { minLength: length, maxLength: length }),
      );
    });
    fc.assert(
      fc.property(cases, ([queries, keys, values]) => {
        const pooled = new Float32Array(queries.cells * keys.cells);
        poolByMaximum(
          Float32Array.from(values),
          { queries: queries.length, keys: keys.length },
          { queries: queries.cells, keys: keys.cells },
          pooled,
        );
        const cellOf = (index: number, { length, cells }: { length: number; cells: number }): number =>
          Math.floor((index * cells) / length);
        for (let cell = 0; cell < pooled.length; cell++) {
          const inside = values.filter((_, at) => {
            const [query, key] = [Math.floor(at / keys.length), at % keys.length];
            return cellOf(query, queries) * keys.cells + cellOf(key, keys) === cell;
          });
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
    const [size, cells] = [
      { queries: 3, keys: 3 },
      { queries: 2, keys: 2 },
    ];
    poolByMaximum(weights, size, cells, pooled);
    poolByMaximum(bytes, size, cells, pooledBytes);
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
