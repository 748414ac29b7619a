import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor, shuffle, xoshiro128 } from '../../../../src/core/masking/random';

/** The reference code's algorithm in whole numbers of any size. */
function naive(state: bigint[], count: number): number[] {
  const word = (value: bigint): bigint => value & 0xffffffffn;
  const rotate = (value: bigint, by: bigint): bigint => word(value << by) | (value >> (32n - by));
  return Array.from({ length: count }, () => {
    const result = word(rotate(word(state[1]! * 5n), 7n) * 9n);
    const shifted = word(state[1]! << 9n);
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11n);
    return Number(result);
  });
}

describe('xoshiro128**', () => {
  it('gives the numbers of the reference code', () => {
    const random = xoshiro128([1, 2, 3, 4]);
    const drawn = Array.from({ length: 1000 }, () => random.next());
    expect(drawn.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
    expect(drawn).toEqual(naive([1n, 2n, 3n, 4n], 1000));
  });

  it('is another for each seed and place, and the same for the same', () => {
    const first = (...place: [number, ...number[]]): number => randomFor(...place).next();
    const places = Array.from({ length: 10_000 }, (_, at) => first(at % 10, ((at / 10) % 10) | 0, at));
    expect(new Set(places).size).toBeGreaterThan(9_990);
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    expect(first(1, 2, 2 ** 32 + 3)).not.toBe(first(1, 2, 3));
  });

  it('draws evenly', () => {
    const counts = new Array<number>(10).fill(0);
    for (let at = 0; at < 100_000; at++) counts[randomFor(7, at).below(10)]!++;
    // Chi-squared with 9 degrees of freedom: 27.9 once in a thousand.
    const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(27.9);
  });

  it('shuffles without loss', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
        expect(shuffle([...items], randomFor(seed)).sort()).toEqual([...items].sort());
      }),
    );
  });
});
