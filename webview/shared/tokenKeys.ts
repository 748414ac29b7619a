import type { Line } from './tokenLines';

/** Where a key takes the focus in cells that are broken into lines; null for other keys. */
export function targetOfKey(
  { key, ctrlKey, metaKey }: { key: string; ctrlKey: boolean; metaKey: boolean },
  index: number,
  lines: Line[],
): number | null {
  const count = lines.at(-1)?.end ?? 0;
  const row = lines.findIndex(({ start, end }) => start <= index && index < end);
  const line = lines[row];
  if (!line) return null;
  const whole = ctrlKey || metaKey;
  switch (key) {
    case 'ArrowRight':
      return Math.min(index + 1, count - 1);
    case 'ArrowLeft':
      return Math.max(index - 1, 0);
    case 'ArrowDown':
      return sameColumn(lines[row + 1]);
    case 'ArrowUp':
      return sameColumn(lines[row - 1]);
    case 'Home':
      return whole ? 0 : line.start;
    case 'End':
      return (whole ? count : line.end) - 1;
    default:
      return null;
  }

  /** The cell as far along in another line as this one is in its own. */
  function sameColumn(other: Line | undefined): number {
    if (!other) return index;
    const along = (index - line!.start) / Math.max(1, line!.end - line!.start);
    return Math.min(other.start + Math.round(along * (other.end - other.start)), other.end - 1);
  }
}
