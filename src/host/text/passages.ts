import type { TextRange } from '../../protocol/encoding';

/** What is needed of `vscode.TextDocument` to find a paragraph. */
export interface Lines {
  readonly lineCount: number;
  lineAt(line: number): { readonly isEmptyOrWhitespace: boolean };
}

/** First and last line of the paragraph (lines without a blank one between them) at a line; null on a blank line. */
export function paragraphAt(lines: Lines, line: number): { first: number; last: number } | null {
  if (lines.lineAt(line).isEmptyOrWhitespace) return null;
  let first = line;
  let last = line;
  while (first > 0 && !lines.lineAt(first - 1).isEmptyOrWhitespace) first--;
  while (last < lines.lineCount - 1 && !lines.lineAt(last + 1).isEmptyOrWhitespace) last++;
  return { first, last };
}

/** The two parts of a selection with blank lines at just one place between its texts; else the selection itself. */
export function splitAtBlankLine(text: string, offset: number): TextRange[] {
  const parts = [...text.matchAll(/\S[^]*?(?=\s*$|[^\S\n]*\r?\n[^\S\n]*\r?\n)/g)].map((match) => ({
    start: offset + match.index,
    end: offset + match.index + match[0].length,
  }));
  return parts.length === 2 ? parts : [{ start: offset, end: offset + text.length }];
}
