import type { EncodedToken } from '../protocol/encoding';
import type { AlignedGroup } from '../protocol/inspections';

/**
 * Two tokenizations of one text, or pair, side by side: the smallest groups of neighbours such that no token of
 * either reaches over the end of a group. Tokens that were added to the text are in none.
 */
export function alignTokens(one: readonly EncodedToken[], other: readonly EncodedToken[]): AlignedGroup[] {
  const groups: AlignedGroup[] = [];
  for (const sequence of [0, 1] as const) {
    const [left, right] = [placesIn(one, sequence), placesIn(other, sequence)];
    let [at, beside] = [0, 0];
    while (at < left.length || beside < right.length) {
      const start = Math.min(left[at]?.start ?? Infinity, right[beside]?.start ?? Infinity);
      const firsts = [at, beside];
      let [end, grown] = [start, true];
      const reaches = (place: Place | undefined): boolean =>
        place !== undefined && (place.start < end || (place.start === start && end === start));
      while (grown) {
        grown = false;
        for (; reaches(left[at]); at++, grown = true) end = Math.max(end, left[at]!.end);
        for (; reaches(right[beside]); beside++, grown = true) end = Math.max(end, right[beside]!.end);
      }
      groups.push({
        ...{ sequence, start, end },
        one: indicesOf(left, firsts[0]!, at),
        other: indicesOf(right, firsts[1]!, beside),
      });
    }
  }
  return groups;
}

/**
 * The groups of two tokenizations of which either was cut off: those before the last in which both have tokens. That one
 * may miss some of them, and what comes after it has them of one side only.
 */
export function groupsOfBoth(groups: readonly AlignedGroup[]): AlignedGroup[] {
  const last = groups.findLastIndex(({ one, other }) => one.end > one.start && other.end > other.start);
  return groups.slice(0, Math.max(0, last));
}

/** Both have one token, or neither cuts what the other does not. */
export function isCutAlike({ one, other }: AlignedGroup): boolean {
  return one.end - one.start === 1 && other.end - other.start === 1;
}

interface Place {
  index: number;
  start: number;
  end: number;
}

function placesIn(tokens: readonly EncodedToken[], sequence: 0 | 1): Place[] {
  return tokens.flatMap((token, index) =>
    token.sequence === sequence && token.start !== null && token.end !== null
      ? [{ index, start: token.start, end: token.end }]
      : [],
  );
}

function indicesOf(places: readonly Place[], first: number, end: number): { start: number; end: number } {
  if (first === end) return { start: 0, end: 0 };
  return { start: places[first]!.index, end: places[end - 1]!.index + 1 };
}
