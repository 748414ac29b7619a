import type { TextRange } from '../protocol/encoding';

/** The lines of a text that are not blank, without the white space around them. */
export function linesOf(text: string): TextRange[] {
  const lines: TextRange[] = [];
  for (const { 0: line, index } of text.matchAll(/[^\r\n\u2028\u2029]+/g)) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const start = index + line.indexOf(trimmed);
    lines.push({ start, end: start + trimmed.length });
  }
  return lines;
}
