import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTokens, groupsOfBoth } from '../../../src/core/tokenAlignment';
import { unreadParts } from '../../../src/core/unreadText';
import type { EncodedToken } from '../../../src/protocol/encoding';

function token(start: number, end: number, sequence: 0 | 1 = 0): EncodedToken {
  const id = { token: 't', id: 0, segmentId: 0, positionId: 0, attentionMask: 1 } as const;
  return { ...id, special: false, start, end, sequence, word: 0, unknown: false, mask: false };
}
const added: EncodedToken = { ...token(0, 0), special: true, start: null, end: null, sequence: null };

/** A text of so many characters cut at some of its places. */
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 11 })).map((places) => {
  const ends = [...places.sort((a, b) => a - b), 12];
  return ends.map((end, index) => token(ends[index - 1] ?? 0, end));
});

describe('groupsOfBoth', () => {
  it('are what whole tokenizations begin with, wherever one was cut off', () => {
    fc.assert(
      fc.property(cuts, cuts, fc.nat(12), (one, other, kept) => {
        const groups = groupsOfBoth(alignTokens(one.slice(0, kept), other));
        expect(groups).toEqual(alignTokens(one, other).slice(0, groups.length));
      }),
    );
    const letters = [token(0, 1), token(1, 2), token(2, 3)];
    expect(groupsOfBoth(alignTokens(letters.slice(0, 2), letters))).toHaveLength(1);
    expect(groupsOfBoth(alignTokens([], letters))).toEqual([]);
  });
});

describe('alignTokens', () => {
  it('groups what stands for the same text', () => {
    const one = [added, token(0, 3), token(4, 6), token(6, 8), token(10, 11), added];
    const other = [token(0, 3), token(4, 8), token(10, 11), token(12, 13)];
    expect(alignTokens(one, other)).toEqual([
      { sequence: 0, start: 0, end: 3, one: { start: 1, end: 2 }, other: { start: 0, end: 1 } },
      { sequence: 0, start: 4, end: 8, one: { start: 2, end: 4 }, other: { start: 1, end: 2 } },
      { sequence: 0, start: 10, end: 11, one: { start: 4, end: 5 }, other: { start: 2, end: 3 } },
      { sequence: 0, start: 12, end: 13, one: { start: 0, end: 0 }, other: { start: 3, end: 4 } },
    ]);
  });

  it('keeps the two texts of a pair apart, and bytes of one character together', () => {
    const one = [token(0, 2), token(0, 2), token(0, 1, 1)];
    expect(alignTokens(one, [token(0, 2), token(0, 1, 1)])).toEqual([
      { sequence: 0, start: 0, end: 2, one: { start: 0, end: 2 }, other: { start: 0, end: 1 } },
      { sequence: 1, start: 0, end: 1, one: { start: 2, end: 3 }, other: { start: 1, end: 2 } },
    ]);
  });

  it('ends a group exactly where both have a boundary', () => {
    fc.assert(
      fc.property(cuts, cuts, (one, other) => {
        const endsOf = (tokens: EncodedToken[]): number[] => tokens.map(({ end }) => end!);
        const shared = endsOf(one).filter((end) => endsOf(other).includes(end));
        expect(alignTokens(one, other).map(({ end }) => end)).toEqual(shared);
      }),
    );
  });
});

describe('unreadParts', () => {
  it('finds what is in no token and no white space', () => {
    const texts = [' ab\u0301 \u0000 c', 'd\u200b'];
    const tokens = [added, token(1, 2), token(2, 3), token(7, 8), token(0, 1, 1)];
    expect(unreadParts(texts, tokens)).toEqual([
      { sequence: 0, start: 3, end: 6 },
      { sequence: 1, start: 1, end: 2 },
    ]);
  });
});
