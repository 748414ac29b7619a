import type { EncodedToken } from '../../src/protocol/encoding';
import type { SourcePosition, SourceRange } from '../../src/protocol/views';

/** The part of the source text that a token stands for; null for tokens that the tokenizer added. */
export function rangeOf(token: EncodedToken | undefined): SourceRange | null {
  if (!token || token.sequence === null || token.start === null || token.end === null) return null;
  return { sequence: token.sequence, start: token.start, end: token.end };
}

/** The token that a caret stands in or before; at the very end of a word, the one it stands behind. */
export function tokenAt(tokens: EncodedToken[], { sequence, offset }: SourcePosition): number | null {
  const holds = (token: EncodedToken, slack: number): boolean =>
    token.sequence === sequence && token.start! <= offset && offset < token.end! + slack;
  const inside = tokens.findIndex((token) => holds(token, 0));
  const index = inside >= 0 ? inside : tokens.findIndex((token) => holds(token, 1));
  return index < 0 ? null : index;
}
