import type { EncodedToken } from '../../src/protocol/encoding';
import type { BoundaryLook, SourceRange } from '../../src/protocol/views';
import { isSameWord } from '../../src/core/maskPlan';
import { rangeOf } from '../shared/linking';

/** Where tokens begin in the text, and whether a word does. */
export function boundariesOf(tokens: EncodedToken[]): (SourceRange & { look: BoundaryLook })[] {
  return tokens.flatMap((token, index) => {
    const range = rangeOf(token);
    if (!range) return [];
    const before = tokens[index - 1];
    const isPiece = before !== undefined && !before.mask && isSameWord(before, token);
    return [{ ...range, look: token.unknown ? 'unknown' : isPiece ? 'piece' : 'word' }];
  });
}
