import type { EncodedToken } from '../protocol/encoding';
import type { SourceRange } from '../protocol/views';

/**
 * The stretches of a text, or pair, that are in no token although they are more than white space: what normalisation
 * dropped, as control characters and, in uncased models, combining marks.
 * @param tokens all of the text's.
 */
export function unreadParts(texts: readonly string[], tokens: readonly EncodedToken[]): SourceRange[] {
  return texts.flatMap((text, index) => {
    const sequence = index as 0 | 1;
    const parts: SourceRange[] = [];
    let read = 0;
    const unread = (end: number): void => {
      const gap = text.slice(read, end);
      const start = read + (gap.length - gap.trimStart().length);
      if (gap.trim() !== '') parts.push({ sequence, start, end: start + gap.trim().length });
    };
    for (const token of tokens) {
      if (token.sequence !== sequence || token.start === null || token.end === null) continue;
      unread(token.start);
      read = Math.max(read, token.end);
    }
    unread(text.length);
    return parts;
  });
}
