import type { TextRange } from '../protocol/encoding';

/** One edit, as `vscode.TextDocumentContentChangeEvent` describes it. */
export interface TextChange {
  rangeOffset: number;
  rangeLength: number;
  text: string;
}

/**
 * Where a range is after an edit. Text typed at its edges stays outside; an edit across an edge is taken in,
 * so that asking again covers what replaced the old text.
 */
export function trackRange(range: TextRange, change: TextChange): TextRange {
  const from = change.rangeOffset;
  const to = from + change.rangeLength;
  const shift = change.text.length - change.rangeLength;
  if (to <= range.start) return { start: range.start + shift, end: range.end + shift };
  if (from >= range.end) return range;
  return { start: Math.min(range.start, from), end: Math.max(range.end, to) + shift };
}
