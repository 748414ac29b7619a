import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bestSpans } from '../../../src/core/answerSpans';
import type { EncodedToken } from '../../../src/protocol/encoding';

function token(index: number, sequence: 0 | 1 | null): EncodedToken {
  const range = sequence === null ? { start: null, end: null } : { start: index * 2, end: index * 2 + 1 };
  return {
    ...{ token: 't', id: 5, segmentId: 0, positionId: index, attentionMask: 1, special: sequence === null },
    ...{ ...range, sequence, word: index, unknown: false, mask: false },
  };
}

describe('the best spans', () => {
  it('are those of all spans tried one by one', () => {
    const logit = fc.float({ min: -8, max: 8, noNaN: true });
    const scores = fc.array(fc.tuple(logit, logit), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, (pairs) => {
        const tokens = [
          token(90, null),
          token(91, 0),
          ...pairs.map((_, at) => token(at, 1)),
          token(92, null),
        ];
        // The highest scores stand where no answer may be.
        const padded = [[99, 99], [99, 99], ...pairs, [99, 99]] as [number, number][];
        const starts = Float32Array.from(padded, ([start]) => start);
        const ends = Float32Array.from(padded, ([, end]) => end);
        let best = -Infinity;
        for (let first = 0; first < pairs.length; first++)
          for (let last = first; last < pairs.length; last++)
            best = Math.max(best, starts[first + 2]! + ends[last + 2]!);
        const total = (of: Float32Array): number =>
          of.subarray(2, -1).reduce((sum, value) => sum + Math.exp(value), 0);
        const found = bestSpans([{ tokens, starts, ends }], 100);
        expect(found[0]!.score).toBeCloseTo(best, 5);
        expect(found[0]!.probability).toBeCloseTo(Math.exp(best) / total(starts) / total(ends), 5);
        expect(found).toHaveLength((pairs.length * (pairs.length + 1)) / 2);
        expect(found.reduce((sum, { probability }) => sum + probability, 0)).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  it('has a span that two windows share once, at its best', () => {
    const tokens = [token(0, null), token(1, 1)];
    const window = (score: number) => ({
      tokens,
      starts: Float32Array.of(0, score),
      ends: Float32Array.of(0, score),
    });
    expect(bestSpans([window(1), window(2)], 5).map(({ score }) => score)).toEqual([4]);
  });

  /** A window of text tokens alone, with some logits above the rest. */
  function scored(length: number, starts: Record<number, number>, ends: Record<number, number>) {
    const logits = (own: Record<number, number>): Float32Array =>
      Float32Array.from({ length }, (_, at) => own[at] ?? -10);
    const tokens = Array.from({ length }, (_, at) => token(at, 1));
    return { tokens, starts: logits(starts), ends: logits(ends) };
  }
  const places = (window: ReturnType<typeof scored>, count = 1): [number, number][] =>
    bestSpans([window], count).map(({ start, end }) => [start / 2, (end - 1) / 2]);

  it('are of at most 30 tokens', () => {
    expect(places(scored(60, { 10: 5 }, { 39: 5, 20: 1 }))).toEqual([[10, 39]]);
    expect(places(scored(60, { 10: 5 }, { 40: 5, 20: 1 }))).toEqual([[10, 20]]);
  });

  it('are looked for among the 20 best starts and ends, the first of equal ones, and no more are given than asked for', () => {
    const window = scored(25, {}, {});
    const all = bestSpans([window], Infinity);
    expect(all).toHaveLength((20 * 21) / 2);
    expect(Math.max(...all.map(({ end }) => end))).toBe(2 * 19 + 1);
    expect(places(scored(25, { 24: 3 }, { 24: 2, 3: 1 }), 1)).toEqual([[24, 24]]);
    expect(bestSpans([window], 7)).toHaveLength(7);
  });

  it('are never of tokens without a place in the text', () => {
    const window = scored(3, { 1: 5 }, { 1: 5 });
    window.tokens[1] = { ...window.tokens[1]!, end: window.tokens[1]!.start };
    expect(places(window, 10)).toEqual([
      [0, 0],
      [0, 2],
      [2, 2],
    ]);
  });

  it('keep the better of two windows, whichever comes first', () => {
    const [weak, strong] = [scored(1, { 0: 1 }, { 0: 1 }), scored(1, { 0: 2 }, { 0: 3 })];
    for (const windows of [
      [weak, strong],
      [strong, weak],
    ]) {
      expect(bestSpans(windows, 5).map(({ score }) => score)).toEqual([5]);
    }
  });
});
