import type { TextRange } from '../protocol/encoding';

/** What is needed of `vscode.TextDocument` to find a paragraph. */
export interface Lines {
  readonly lineCount: number;
  lineAt(line: number): { readonly text: string };
}

/** What starts a paragraph of its own without a blank line before it: an item of a list, a heading. */
const start = /^\s*([-*+]|\d+[.)]|#{1,6})\s/;
const heading = /^\s*#{1,6}\s/;

/** First and last line of the paragraph at a line: lines without a blank one between them; null on a blank line. */
export function paragraphAt(lines: Lines, line: number): { first: number; last: number } | null {
  const textOf = (at: number): string => lines.lineAt(at).text;
  const joins = (at: number): boolean =>
    textOf(at).trim() !== '' && !start.test(textOf(at)) && !heading.test(textOf(at - 1));
  if (textOf(line).trim() === '') return null;
  let first = line;
  let last = line;
  while (first > 0 && textOf(first - 1).trim() !== '' && joins(first)) first--;
  while (last < lines.lineCount - 1 && joins(last + 1)) last++;
  return { first, last };
}

/** The two parts of a selection with blank lines at just one place between its texts; else the selection itself. */
export function splitAtBlankLine(text: string, offset: number): TextRange[] {
  const parts: TextRange[] = [];
  let position = offset;
  let blankBefore = true;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed) {
      const start = position + line.indexOf(trimmed);
      const end = start + trimmed.length;
      if (blankBefore) parts.push({ start, end });
      else parts.at(-1)!.end = end;
    }
    blankBefore = !trimmed;
    position += line.length + 1;
  }
  return parts.length === 2 ? parts : [{ start: offset, end: offset + text.length }];
}
