/** A stretch of tokens, [start, end). */
export interface Line {
  start: number;
  end: number;
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
