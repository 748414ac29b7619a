/** A stretch of tokens, [start, end). */
export interface Line {
  start: number;
  end: number;
}

/** Wide in a monospaced font: Chinese, Japanese, Korean, full-width forms, pictographs. */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff00-\uff60]/u;
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** How many columns of a monospaced font a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += zeroWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/**
 * Breaks a row of cells into lines no wider than `available`, always between two cells and always at `cut`.
 * @param gap the space between two cells.
 */
export function breakLines(widths: number[], available: number, gap: number, cut: number | null): Line[] {
  const lines: Line[] = [];
  let start = 0;
  let used = 0;
  widths.forEach((width, index) => {
    const next = index === start ? width : used + gap + width;
    if (index > start && (next > available || index === cut)) {
      lines.push({ start, end: index });
      start = index;
      used = width;
    } else {
      used = next;
    }
  });
  if (widths.length > 0) lines.push({ start, end: widths.length });
  return lines;
}
