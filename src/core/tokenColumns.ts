import type { EncodedToken } from '../protocol/encoding';
import type { TokenColumns } from '../protocol/inspections';

const absent = -1;

/** Tokens as columns, which cross to another process in a fraction of the time that objects take. */
export function columnsOfTokens(tokens: readonly EncodedToken[]): TokenColumns {
  // Several times as fast as `Int32Array.from` with a function.
  const column = (numberOf: (token: EncodedToken) => number): Int32Array =>
    new Int32Array(tokens.map(numberOf));
  return {
    token: tokens.map(({ token }) => token),
    id: column(({ id }) => id),
    segmentId: column(({ segmentId }) => segmentId),
    positionId: column(({ positionId }) => positionId),
    start: column(({ start }) => start ?? absent),
    end: column(({ end }) => end ?? absent),
    sequence: column(({ sequence }) => sequence ?? absent),
    word: column(({ word }) => word ?? absent),
    flags: new Uint8Array(tokens.map(flagsOf)),
  };
}

/** The tokens of columns, as `columnsOfTokens` took them. */
export function tokensOfColumns(columns: TokenColumns): EncodedToken[] {
  return columns.token.map((token, index) => {
    const flags = columns.flags[index]!;
    const sequence = columns.sequence[index]!;
    return {
      token,
      id: columns.id[index]!,
      segmentId: columns.segmentId[index]!,
      positionId: columns.positionId[index]!,
      attentionMask: (flags & 1) === 0 ? 0 : 1,
      special: (flags & 2) !== 0,
      start: orNull(columns.start[index]!),
      end: orNull(columns.end[index]!),
      sequence: sequence === absent ? null : sequence === 1 ? 1 : 0,
      word: orNull(columns.word[index]!),
      unknown: (flags & 4) !== 0,
      mask: (flags & 8) !== 0,
    };
  });
}

function flagsOf({ attentionMask, special, unknown, mask }: EncodedToken): number {
  return attentionMask | (special ? 2 : 0) | (unknown ? 4 : 0) | (mask ? 8 : 0);
}

function orNull(value: number): number | null {
  return value === absent ? null : value;
}
