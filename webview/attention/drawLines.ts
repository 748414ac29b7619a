import { cutToWidth, prepareCanvas } from '../shared/canvas';
import type { Theme } from '../shared/theme';
import type { Axes, AxisEntry } from './axes';
import type { Line } from './lines';
import type { Cell } from './place';

/** Where two columns of tokens and the lines between them lie, in CSS pixels. */
export interface LinesLayout {
  width: number;
  height: number;
  /** The lines run from here to there; labels stand on both sides. */
  left: number;
  right: number;
  scroll: number;
}

/** Height of a token's row. */
export const rowHeight = 18;
/** Above and below the rows. */
export const linesMargin = 4;

export interface LinesPicture {
  layout: LinesLayout;
  axes: Axes;
  /** The weakest first. */
  lines: Line[];
  /** Drawn over the others, which are faint meanwhile; null when nothing is pointed at. */
  pointedLines: Line[] | null;
  pointed: Partial<Cell> | null;
  caret: { query: number | null; key: number | null };
  /** A colour for each head. */
  colours: string[];
  theme: Theme;
}

/** Heads are told apart by dashes, too. */
const dashes = [[], [6, 3], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2, 1, 2]];

/** The row under a point; null beside the rows. */
export function rowAt(y: number, scroll: number, count: number): number | null {
  const row = Math.floor((y + scroll - linesMargin) / rowHeight);
  return row >= 0 && row < count ? row : null;
}

/** Draws two columns of tokens, queries and keys, with lines as wide as weights. */
export function drawLines(canvas: HTMLCanvasElement, picture: LinesPicture): void {
  const { layout, lines, pointedLines } = picture;
  const context = prepareCanvas(canvas, layout.width, layout.height);
  strokeLines(context, picture, lines, pointedLines ? 0.12 : 1);
  if (pointedLines) strokeLines(context, picture, pointedLines, 1);
  drawColumn(context, picture, 'query');
  drawColumn(context, picture, 'key');
}

function strokeLines(
  context: CanvasRenderingContext2D,
  { layout: { left, right, height, scroll }, colours }: LinesPicture,
  lines: Line[],
  opacity: number,
): void {
  const middle = (left + right) / 2;
  const yOf = (row: number): number => linesMargin + (row + 0.5) * rowHeight - scroll;
  context.save();
  for (const { query, key, weight, head } of lines) {
    const [from, to] = [yOf(query), yOf(key)];
    if (Math.max(from, to) < 0 || Math.min(from, to) > height) continue;
    context.globalAlpha = opacity * (0.2 + 0.8 * Math.sqrt(weight));
    context.lineWidth = 0.75 + 4 * Math.sqrt(weight);
    context.strokeStyle = colours[head]!;
    context.setLineDash(dashes[head % dashes.length]!);
    context.beginPath();
    context.moveTo(left, from);
    context.bezierCurveTo(middle, from, middle, to, right, to);
    context.stroke();
  }
  context.restore();
}

function drawColumn(
  context: CanvasRenderingContext2D,
  { layout, axes, pointed, pointedLines, caret, theme }: LinesPicture,
  side: 'query' | 'key',
): void {
  const { left, right, width, height, scroll } = layout;
  const entries = side === 'query' ? axes.queries : axes.keys;
  const room = (side === 'query' ? left : width - right) - 12;
  const reached = new Set(
    (pointedLines ?? []).filter(({ weight }) => weight > 0.05).map((line) => line[side]),
  );
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const first = Math.max(0, Math.floor((scroll - linesMargin) / rowHeight));
  const end = Math.min(entries.length, Math.ceil((scroll + height) / rowHeight));
  for (let row = first; row < end; row++) {
    const isPointed = pointed?.[side] === row;
    const y = linesMargin + (row + 0.5) * rowHeight - scroll;
    context.font = `${isPointed || reached.has(row) ? 'bold' : 'normal'} 12px ${theme.font}`;
    const entry = entries[row]!;
    const text = cutToWidth(context, entry.label, room);
    const wide = context.measureText(text).width;
    const x = side === 'query' ? left - 6 - wide : right + 6;
    if (isPointed || caret[side] === row) {
      context.strokeStyle = isPointed ? theme.focus : theme.faint;
      context.lineWidth = 1;
      context.strokeRect(x - 2.5, y - rowHeight / 2 + 1.5, wide + 5, rowHeight - 3);
    }
    context.fillStyle = colourOf(entry, isPointed || reached.has(row), theme);
    context.fillText(text, x, y);
  }
}

function colourOf({ special }: AxisEntry, stands: boolean, theme: Theme): string {
  return special && !stands ? theme.faint : theme.foreground;
}
