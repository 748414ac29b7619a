import type { TensorPicture, TensorResult } from '../../../src/protocol/tensor';
import { cutToWidth, prepareCanvas } from '../canvas';
import type { Theme } from '../theme';
import type { Cell } from './cells';

/** Where the parts of a heat strip lie, in CSS pixels. */
export interface StripLayout {
  /** Width of the tokens' labels. */
  labels: number;
  /** Width of the picture. */
  picture: number;
  rowHeight: number;
  width: number;
  height: number;
}

/** Everything that a heat strip depends on. */
export interface Strip {
  layout: StripLayout;
  tensor: TensorResult;
  pointed: Cell | null;
  caret: number | null;
  pixels: Uint32Array;
  theme: Theme;
}

const fontSize = 11;
const [leastRow, mostRow] = [3, 18];
const singleRow = 28;
const wantedHeight = 300;
const mostLabels = 96;
/** Width of the bars of the norms, and the room before them. */
const [bars, barGap] = [44, 8];
const mostBar = 6;
/** The least distance between two labels. */
const labelDistance = 12;

/** The layout of a tensor's strip in some width. */
export function stripLayout(tensor: TensorResult, width: number, theme: Theme): StripLayout {
  const { rows } = tensor;
  const hasLabels = isByToken(tensor);
  const rowHeight =
    rows === 1 ? singleRow : Math.min(mostRow, Math.max(leastRow, Math.floor(wantedHeight / rows)));
  const labels = hasLabels ? labelsWidth(tensor, theme) : 0;
  const rest = hasLabels ? bars + barGap : 0;
  return { labels, picture: Math.max(1, width - labels - rest), rowHeight, width, height: rows * rowHeight };
}

/** The place under a point; null beside the picture and its labels. */
export function cellAt(
  { labels, picture, rowHeight }: StripLayout,
  tensor: TensorResult,
  x: number,
  y: number,
): Cell | null {
  const row = Math.floor(y / rowHeight);
  const cell = Math.floor(((x - labels) / picture) * tensor.cells);
  if (row < 0 || row >= tensor.rows) return null;
  return { row, cell: Math.min(Math.max(cell, 0), tensor.cells - 1) };
}

/** Draws the numbers, the labels of the tokens and the bars of their norms. */
export function drawStrip(canvas: HTMLCanvasElement, strip: Strip): void {
  const { layout, tensor, theme } = strip;
  const { labels, picture, width, height } = layout;
  const context = prepareCanvas(canvas, width, height);
  context.imageSmoothingEnabled = false;
  context.drawImage(narrowed(imageOf(tensor, strip.pixels), picture), labels, 0, picture, height);
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.strokeRect(labels + 0.5, 0.5, picture - 1, height - 1);
  for (let head = 1; head < tensor.heads; head++) {
    const x = Math.round(labels + (head / tensor.heads) * picture) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
  if (isByToken(tensor)) {
    drawLabels(context, strip);
    drawNorms(context, strip);
  }
  drawPointed(context, strip);
}

function isByToken({ rows, tokens }: TensorResult): boolean {
  return rows > 1 && rows === tokens.length;
}

function labelsWidth({ tokens }: TensorResult, theme: Theme): number {
  const context = document.createElement('canvas').getContext('2d')!;
  // A pointed token is bold.
  context.font = `bold ${fontSize}px ${theme.font}`;
  const widest = Math.max(...tokens.map(({ token }) => context.measureText(token).width));
  return Math.min(mostLabels, Math.ceil(widest) + 8);
}

/** One pixel for each number. */
export function imageOf({ bytes, rows, cells }: TensorPicture, pixels: Uint32Array): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = cells;
  canvas.height = rows;
  const image = new ImageData(cells, rows);
  const target = new Uint32Array(image.data.buffer);
  for (let index = 0; index < target.length; index++) target[index] = pixels[bytes[index]!]!;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

/**
 * An image no wider than it is drawn: where there are more numbers than pixels, neighbours of a row are mixed rather
 * than dropped. Its height stays, since rows would be mixed, too, where they are made taller with smoothing.
 * @param most CSS pixels.
 */
export function narrowed(image: HTMLCanvasElement, most: number): HTMLCanvasElement {
  const width = Math.max(1, Math.floor(most));
  if (image.width <= width) return image;
  const narrow = document.createElement('canvas');
  [narrow.width, narrow.height] = [width, image.height];
  narrow.getContext('2d')!.drawImage(image, 0, 0, width, image.height);
  return narrow;
}

function drawLabels(
  context: CanvasRenderingContext2D,
  { layout, tensor, pointed, caret, theme }: Strip,
): void {
  const { labels, rowHeight } = layout;
  const step = Math.ceil(labelDistance / rowHeight);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const draw = (row: number): void => {
    const token = tensor.tokens[row]!;
    const isMarked = row === pointed?.row || row === caret;
    context.font = `${isMarked ? 'bold ' : ''}${fontSize}px ${theme.font}`;
    const y = (row + 0.5) * rowHeight;
    if (isMarked) {
      // Over its neighbours, where rows are low.
      context.fillStyle = theme.background;
      context.fillRect(0, y - labelDistance / 2, labels - 2, labelDistance);
    }
    context.fillStyle = token.special && !isMarked ? theme.faint : theme.foreground;
    context.fillText(cutToWidth(context, token.token, labels - 8), labels - 6, y);
  };
  for (let row = 0; row < tensor.rows; row += step) draw(row);
  if (caret !== null) draw(caret);
  if (pointed) draw(pointed.row);
}

function drawNorms(context: CanvasRenderingContext2D, { layout, tensor, theme }: Strip): void {
  const { labels, picture, rowHeight } = layout;
  const largest = Math.max(...tensor.norms) || 1;
  const thickness = Math.min(mostBar, Math.max(1, rowHeight - 2));
  context.fillStyle = theme.faint;
  tensor.norms.forEach((norm, row) => {
    const y = row * rowHeight + (rowHeight - thickness) / 2;
    context.fillRect(labels + picture + barGap, y, (norm / largest) * bars, thickness);
  });
}

function drawPointed(context: CanvasRenderingContext2D, { layout, tensor, pointed, theme }: Strip): void {
  if (!pointed) return;
  const { labels, picture, rowHeight } = layout;
  const cellWidth = picture / tensor.cells;
  const frame = (x: number, width: number): void => {
    const y = pointed.row * rowHeight;
    context.strokeStyle = theme.background;
    context.lineWidth = 3;
    context.strokeRect(x, y + 0.5, width, rowHeight - 1);
    context.strokeStyle = theme.focus;
    context.lineWidth = 1;
    context.strokeRect(x, y + 0.5, width, rowHeight - 1);
  };
  frame(labels + pointed.cell * cellWidth - 0.5, Math.max(cellWidth, 3) + 1);
}
