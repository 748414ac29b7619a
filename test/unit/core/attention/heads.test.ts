import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparedQueries,
  jensenShannon,
  planeOf,
  rowEntropies,
} from '../../../../src/core/attention/headDistances';
import { headMeter } from '../../../../src/core/attention/headStatistics';
import { tokensOf } from './tokens';

/** A matrix by a rule for each weight. */
const matrix = (size: number, weight: (query: number, key: number) => number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, at) => weight(Math.floor(at / size), at % size));

describe('statistics of a head', () => {
  const tokens = tokensOf('[CLS] the light-house [SEP]');
  const measure = headMeter(tokens, tokens, 'encoder');

  it('know a head that looks at the token before', () => {
    const found = measure(matrix(5, (query, key) => Number(key === Math.max(0, query - 1))));
    expect(found).toMatchObject({ previousToken: 1, nextToken: 0, sameToken: 1 / 5, entropy: 0, broad: 0 });
    // The first attends to itself, the four others one token away.
    expect(found.distance).toBeCloseTo(4 / 5, 10);
    // Of the two tokens of the split word, the second looks at the first.
    expect(found.sameWord).toBe(1 / 2);
    expect(found.firstToken).toBe(1 / 4);
    expect(found.separator).toBe(0);
    expect(found.crossSentence).toBeNaN();
  });

  it('know a head that looks at itself, and one that looks at the separator', () => {
    expect(measure(matrix(5, (query, key) => Number(query === key)))).toMatchObject({
      sameToken: 1,
      distance: 0,
      sameWord: 0,
      separator: 1 / 5,
    });
    expect(measure(matrix(5, (_, key) => Number(key === 4)))).toMatchObject({
      separator: 1,
      distance: 2,
      nextToken: 1 / 4,
    });
  });

  it('know an even head: its entropy is the logarithm of the number of keys', () => {
    const found = measure(matrix(5, () => 1 / 5));
    expect(found.entropy).toBeCloseTo(Math.log2(5), 5);
    expect(found.broad).toBeCloseTo(1, 6);
    for (const name of ['previousToken', 'nextToken', 'sameToken', 'firstToken', 'sameWord'] as const)
      expect(found[name]).toBeCloseTo(1 / 5, 6);
    // Mean of |i - j| over a 5 by 5 square: (n² - 1)/(3n).
    expect(found.distance).toBeCloseTo(24 / 15, 5);
  });

  it('count a causal head by the keys that each query may see', () => {
    const found = headMeter(
      tokens,
      tokens,
      'decoder',
    )(matrix(5, (query, key) => (key <= query ? 1 / (query + 1) : 0)));
    expect(found.broad).toBeCloseTo(1, 6);
    expect(found.nextToken).toBeNaN();
  });

  it('measure across the texts of a pair from its own tokens', () => {
    const pair = tokensOf('[CLS] a b [SEP] c [SEP]');
    const across = matrix(6, (query, key) => {
      if (query === 4) return key === 1 || key === 2 ? 0.5 : 0;
      return Number(key === 4);
    });
    expect(headMeter(pair, pair, 'encoder')(across).crossSentence).toBe(1);
    const within = matrix(6, (query, key) => Number(key === query));
    expect(headMeter(pair, pair, 'encoder')(within).crossSentence).toBe(0);
  });

  it('say nothing of positions between two stacks', () => {
    const source = tokensOf('[CLS] a b [SEP]');
    const target = tokensOf('c d');
    const even = new Float32Array(8).fill(1 / 4);
    const found = headMeter(target, source, 'cross')(even);
    expect(found.previousToken).toBeNaN();
    expect(found.distance).toBeNaN();
    expect(found.broad).toBeCloseTo(1, 6);
    expect(found.firstToken).toBe(1 / 4);
    expect(found.separator).toBe(1 / 4);
  });
});

describe('distances between heads', () => {
  const rows = [0, 1];
  const head = (...weights: number[]): Parameters<typeof jensenShannon>[0] => {
    const values = Float32Array.from(weights);
    return { weights: values, entropies: rowEntropies(values, 2, rows) };
  };

  it('are 1 bit for heads that share nothing and 0 for equal ones', () => {
    expect(jensenShannon(head(1, 0, 1, 0), head(0, 1, 0, 1), 2, rows)).toBe(1);
    expect(jensenShannon(head(0.5, 0.5, 1, 0), head(0.5, 0.5, 1, 0), 2, rows)).toBe(0);
  });

  it('follow the definition by relative entropies', () => {
    const weight = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(weight, weight, weight, weight, (a, b, c, d) => {
        const relative = (p: number[], q: number[]): number =>
          p.reduce((sum, each, index) => sum + each * Math.log2(each / q[index]!), 0);
        const divergence = (p: number, q: number): number => {
          const middle = [(p + q) / 2, 1 - (p + q) / 2];
          return (relative([p, 1 - p], middle) + relative([q, 1 - q], middle)) / 2;
        };
        const expected = (divergence(a, c) + divergence(b, d)) / 2;
        const found = jensenShannon(head(a, 1 - a, b, 1 - b), head(c, 1 - c, d, 1 - d), 2, rows);
        expect(found).toBeCloseTo(expected, 5);
      }),
    );
  });

  it('compare every query of a few heads, and evenly spaced ones of many', () => {
    expect(comparedQueries(120, 20, 20)).toEqual([...Array(20).keys()]);
    const some = comparedQueries((384 * 383) / 2, 512, 512);
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan(10);
    expect(Math.max(...some)).toBeLessThan(512);
  });

  it('are those between the points, for points of a plane', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
          minLength: 2,
          maxLength: 12,
        }),
        (points) => {
          const squared = Float64Array.from(
            points.flatMap(([ax, ay]) => points.map(([bx, by]) => (ax - bx) ** 2 + (ay - by) ** 2)),
          );
          const { x, y, shown } = planeOf(squared, points.length);
          points.forEach((_, a) => {
            points.forEach((__, b) => {
              const found = (x[a]! - x[b]!) ** 2 + (y[a]! - y[b]!) ** 2;
              expect(Math.abs(found - squared[a * points.length + b]!)).toBeLessThan(0.05);
            });
          });
          expect(shown).toBeCloseTo(1, 4);
        },
      ),
      { numRuns: 50 },
    );
  });
});
