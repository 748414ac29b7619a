import { cutToWidth, prepareCanvas } from '../shared/canvas';
import type { Theme } from '../shared/theme';
import { isMasked, type Axes, type AxisEntry } from './axes';
import { labelHeight, visibleEntries, type MatrixLayout } from './layout';
import type { Cell } from './place';

/** Everything that a picture of one head depends on. */
export interface MatrixPicture {
  layout: MatrixLayout;
  axes: Axes;
  /** Whether a mask hides from each token what comes after it. */
  isCausal: boolean;
  /** One pixel for each weight, or for the largest of several; null before there is room for any. */
  weights: HTMLCanvasElement | null;
  /** What the pointer or the keyboard is on. */
  pointed: Partial<Cell> | null;
  /** The row and the column that the editor's caret is in. */
  caret: { query: number | null; key: number | null };
  theme: Theme;
  names: AxisNames;
}

/** A character by itself, as Chinese tokens are: it is read standing, where longer labels are turned. */
const isCharacter = (label: string): boolean => [...label].length === 1;

const fontSize = 11;

/** Names of the axes, with the way that they run. */
export interface AxisNames {
  query: string;
  key: string;
}

/** Room for the labels beside and above the cells, where there is enough: widths of tokens and of the axes' names. */
export function labelRoom(
  { queries, keys }: Axes,
  names: AxisNames,
  theme: Theme,
): { queries: number; keys: number; names: number } {
  const context = document.createElement('canvas').getContext('2d')!;
  // A pointed token is bold.
  context.font = fontOf(theme, 'bold');
  const widest = (texts: string[]): number =>
    Math.max(0, ...texts.map((text) => context.measureText(text).width));
  const labels = (entries: AxisEntry[]): number => widest(entries.map(({ label }) => label));
  return {
    queries: labels(queries),
    keys: labels(keys),
    names: widest([names.query, names.key]) + labelHeight,
  };
}

/** Draws one head: cells, the labels of the tokens that show, and the cross of the pointed cell. */
export function drawMatrix(canvas: HTMLCanvasElement, picture: MatrixPicture): void {
  const { layout, weights, theme } = picture;
  const { left, top, width, height, cell, queries, keys, scrollX, scrollY } = layout;
  const context = prepareCanvas(canvas, width, height);
  context.font = fontOf(theme);
  context.textBaseline = 'middle';

  context.save();
  context.beginPath();
  context.rect(left, top, width - left, height - top);
  context.clip();
  if (weights) {
    context.imageSmoothingEnabled = false;
    context.drawImage(weights, left - scrollX, top - scrollY, keys * cell, queries * cell);
  }
  if (picture.isCausal) drawMask(context, picture);
  drawCross(context, picture);
  context.restore();

  drawQueryLabels(context, picture);
  drawKeyLabels(context, picture);
  drawNames(context, picture);
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  const right = Math.min(width, left + keys * cell - scrollX);
  const bottom = Math.min(height, top + queries * cell - scrollY);
  context.strokeRect(left - 0.5, top - 0.5, right - left + 0.5, bottom - top + 0.5);
}

function fontOf({ font }: Theme, weight = 'normal'): string {
  return `${weight} ${fontSize}px ${font}`;
}

/** Pixels between two lines of the mask. */
const hatching = 5;

/** Hatches what the causal mask hides: not a weight that is 0, but none. */
function drawMask(context: CanvasRenderingContext2D, { layout, axes, theme }: MatrixPicture): void {
  const { left, top, width, height, cell, keys, scrollX, scrollY } = layout;
  const { first, end } = visibleEntries(axes.queries.length, cell, scrollY, height - top);
  const right = Math.min(width, left + keys * cell - scrollX);
  context.save();
  context.beginPath();
  for (let query = first; query < end; query++) {
    const masked = axes.keys.findIndex((key) => isMasked(axes.queries[query]!, key));
    if (masked < 0) continue;
    const start = Math.max(left, left + masked * cell - scrollX);
    if (start < right) context.rect(start, top + query * cell - scrollY, right - start, cell);
  }
  context.clip();
  context.beginPath();
  // The lines stay with the cells when they are scrolled.
  const shift = (scrollX + scrollY) % hatching;
  for (let at = left - height - shift; at < right + hatching; at += hatching) {
    context.moveTo(at, top);
    context.lineTo(at + height, top + height);
  }
  context.globalAlpha = 0.45;
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

/** Thin lines along the pointed row and column, and a frame around the cell. */
function drawCross(context: CanvasRenderingContext2D, { layout, pointed, theme }: MatrixPicture): void {
  const { left, top, cell, scrollX, scrollY, width, height } = layout;
  const frame = (x: number, y: number, across: number, down: number): void => {
    context.strokeStyle = theme.background;
    context.lineWidth = 3;
    context.strokeRect(x, y, across, down);
    context.strokeStyle = theme.focus;
    context.lineWidth = 1;
    context.strokeRect(x, y, across, down);
  };
  const { query, key } = pointed ?? {};
  // A frame of its own pixel on each side, however small the cell is.
  const x = key === undefined ? left - 1 : Math.floor(left + key * cell - scrollX) - 0.5;
  const y = query === undefined ? top - 1 : Math.floor(top + query * cell - scrollY) - 0.5;
  const side = Math.max(Math.ceil(cell), 2) + 1;
  if (query !== undefined && key !== undefined) {
    frame(x, y, side, side);
  } else if (query !== undefined) {
    frame(left, y, width, side);
  } else if (key !== undefined) {
    frame(x, top, side, height);
  }
}

function drawQueryLabels(context: CanvasRenderingContext2D, picture: MatrixPicture): void {
  const { layout, axes, pointed, caret } = picture;
  const { left, top, height, cell, queries, scrollY } = layout;
  const { first, end, step } = visibleEntries(queries, cell, scrollY, height - top);
  context.save();
  context.beginPath();
  context.rect(0, top - labelHeight / 2, left, height);
  context.clip();
  const draw = (index: number): void => {
    const y = top + (index + 0.5) * cell - scrollY;
    const mark = { isPointed: pointed?.query === index, isCaret: caret.query === index };
    drawLabel(context, axes.queries[index]!, mark, picture.theme, 'right', left - 6, y, left - 8);
  };
  for (let index = first - (first % step); index < end; index += step) draw(index);
  if (pointed?.query !== undefined) draw(pointed.query);
  context.restore();
}

function drawKeyLabels(context: CanvasRenderingContext2D, picture: MatrixPicture): void {
  const { layout, axes, pointed, caret, theme } = picture;
  const { left, top, width, cell, keys, scrollX } = layout;
  const { first, end, step } = visibleEntries(keys, cell, scrollX, width - left);
  context.save();
  context.beginPath();
  context.rect(left - labelHeight / 2, 0, width, top);
  context.clip();
  const draw = (index: number): void => {
    const x = left + (index + 0.5) * cell - scrollX;
    const entry = axes.keys[index]!;
    const mark = { isPointed: pointed?.key === index, isCaret: caret.key === index };
    context.save();
    if (isCharacter(entry.label)) {
      const width = context.measureText(entry.label).width;
      drawLabel(context, entry, mark, theme, 'left', x - width / 2, top - labelHeight / 2 - 1, cell + width);
    } else {
      context.translate(x, top - 5);
      context.rotate(-Math.PI / 2);
      drawLabel(context, entry, mark, theme, 'left', 0, 0, top - 8);
    }
    context.restore();
  };
  for (let index = first - (first % step); index < end; index += step) draw(index);
  if (pointed?.key !== undefined) draw(pointed.key);
  context.restore();
}

/** A label at (x, y), its start or its end, cut to the room there is. A pointed one stands out, and covers others. */
function drawLabel(
  context: CanvasRenderingContext2D,
  { label, special }: AxisEntry,
  { isPointed, isCaret }: { isPointed: boolean; isCaret: boolean },
  theme: Theme,
  align: 'left' | 'right',
  x: number,
  y: number,
  room: number,
): void {
  context.font = fontOf(theme, isPointed ? 'bold' : 'normal');
  const text = cutToWidth(context, label, room);
  const width = context.measureText(text).width;
  const start = align === 'right' ? x - width : x;
  if (isPointed || isCaret) {
    context.fillStyle = isPointed ? theme.focus : theme.faint;
    context.fillRect(start - 3, y - labelHeight / 2, width + 6, labelHeight);
    context.fillStyle = theme.background;
    context.fillRect(start - 2, y - labelHeight / 2 + 1, width + 4, labelHeight - 2);
  }
  context.textAlign = 'left';
  context.fillStyle = special && !isPointed ? theme.faint : theme.foreground;
  context.fillText(text, start, y);
}

/** What the rows and the columns are, in the corner between their labels, clear of both. */
function drawNames(context: CanvasRenderingContext2D, { layout, theme, names }: MatrixPicture): void {
  const right = layout.left - labelHeight;
  context.font = fontOf(theme);
  context.fillStyle = theme.faint;
  context.textAlign = 'right';
  context.fillText(names.key, right, layout.top - 30);
  context.fillText(names.query, right, layout.top - 16);
}
