import * as l10n from '@vscode/l10n';
import uPlot from 'uplot';
import type { Theme } from '../shared/theme';
import { crossesOf, dashes, layersOf, markRow, placedMarks, plotHeight, type Drawn } from './plot';

/** Heights of the title and of a row of the legend, and the space around, in CSS pixels. */
const [titleHeight, rowHeight, space] = [28, 18, 8];

interface Rows {
  width: number;
  height: number;
  entries: { colour: string; dash: number[]; label: string; y: number }[];
}

/** Where the legend stands below the curves. */
function rowsOf(plot: uPlot, { curves, colours }: Drawn): Rows {
  const top = titleHeight + plotHeight + space;
  return {
    width: plot.width + 2 * space,
    height: top + curves.length * rowHeight + space,
    entries: curves.map(({ run, split, label }, index) => ({
      colour: colours[run]!,
      dash: dashes[split],
      label,
      y: top + (index + 0.5) * rowHeight,
    })),
  };
}

/** The chart with its title and legend as a PNG, as fine as the screen. */
export async function pngOf(plot: uPlot, title: string, drawn: Drawn): Promise<Uint8Array> {
  const { width, height, entries } = rowsOf(plot, drawn);
  const { theme } = drawn;
  const canvas = document.createElement('canvas');
  const ratio = uPlot.pxRatio;
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  context.drawImage(plot.ctx.canvas, space, titleHeight, plot.width, plotHeight);
  context.fillStyle = theme.foreground;
  context.textBaseline = 'middle';
  context.font = `600 13px ${theme.font}`;
  context.fillText(title, space, titleHeight / 2);
  context.font = `12px ${theme.font}`;
  for (const { colour, dash, label, y } of entries) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(space, y);
    context.lineTo(space + 24, y);
    context.stroke();
    context.fillText(label, space + 32, y);
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (!blob)
    throw new Error(l10n.t('The picture is too large for a PNG. Hide some curves, or save it as SVG.'));
  return new Uint8Array(await blob.arrayBuffer());
}

/** What uPlot keeps of an axis beside what it says of it: the places of its ticks and their texts. */
interface TickedAxis extends uPlot.Axis {
  _splits?: number[];
  _values?: (string | null)[];
}

/** The chart with its title and legend as an SVG. */
export function svgOf(plot: uPlot, title: string, drawn: Drawn): string {
  const { width, height, entries } = rowsOf(plot, drawn);
  const { theme, curves, colours, marks } = drawn;
  const ratio = uPlot.pxRatio;
  const [left, top, wide, high] = [plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height].map(
    (pixels) => pixels / ratio,
  ) as [number, number, number, number];
  const series: string[] = [];
  let index = 1;
  for (const curve of curves) {
    const layers = layersOf(curve);
    const at = (layer: (typeof layers)[number]): number => index + layers.indexOf(layer);
    const stroke = `stroke="${colours[curve.run]}"`;
    const dash = dashes[curve.split].length > 0 ? ` stroke-dasharray="${dashes[curve.split].join(' ')}"` : '';
    if (curve.deviation) {
      const [upper, lower] = [pointsOf(plot, at('high')), pointsOf(plot, at('low')).reverse()];
      series.push(
        `<path d="${pathOf([...upper, ...lower])}Z" fill="${colours[curve.run]}" fill-opacity="0.19"/>`,
      );
    }
    const raw = `<path d="${pathOf(pointsOf(plot, at('raw')))}" fill="none" ${stroke}`;
    if (curve.smoothed) {
      series.push(`${raw} stroke-opacity="0.35"/>`);
      series.push(
        `<path d="${pathOf(pointsOf(plot, at('smoothed')))}" fill="none" ${stroke}${dash} stroke-width="2"/>`,
      );
    } else series.push(`${raw}${dash} stroke-width="1.5"/>`);
    for (const cross of crossesOf(plot, curve))
      series.push(textOf('✕', cross / ratio, top + high - 8, colours[curve.run]!, 'middle'));
    index += layers.length;
  }
  plot.ctx.save();
  plot.ctx.font = `${11 * ratio}px ${theme.font}`;
  const placed = placedMarks(plot, marks, (text) => plot.ctx.measureText(text).width);
  plot.ctx.restore();
  for (const { at, label, left: x, row, run, kind } of placed) {
    const dash = kind === 'best' ? '' : ' stroke-dasharray="3 3"';
    series.push(lineOf(at / ratio, top, at / ratio, top + high, `stroke="${colours[run]}"${dash}`));
    series.push(textOf(label, x / ratio, top + 8 + markRow * row, theme.foreground));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${escaped(theme.font)}" font-size="11">`,
    `<rect width="100%" height="100%" fill="${theme.background}"/>`,
    `<text x="${space}" y="${titleHeight / 2}" fill="${theme.foreground}" font-size="13" font-weight="600" dominant-baseline="central">${escaped(title)}</text>`,
    `<g transform="translate(${space} ${titleHeight})">`,
    ...axesOf(plot, theme, { left, top, wide, high }),
    `<clipPath id="curves"><rect x="${left}" y="${top}" width="${wide}" height="${high}"/></clipPath>`,
    '<g clip-path="url(#curves)" stroke-linejoin="round">',
    ...series,
    '</g></g>',
    ...entries.flatMap(({ colour, dash, label, y }) => [
      lineOf(
        space,
        y,
        space + 24,
        y,
        `stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(' ')}"`,
      ),
      textOf(label, space + 32, y, theme.foreground),
    ]),
    '</svg>\n',
  ].join('\n');
}

function axesOf(
  plot: uPlot,
  theme: Theme,
  { left, top, wide, high }: { left: number; top: number; wide: number; high: number },
): string[] {
  const [xAxis, yAxis] = plot.axes as [TickedAxis, TickedAxis];
  const grid = `stroke="${theme.foreground}" stroke-opacity="0.12"`;
  const ticks = (axis: TickedAxis): { value: number; text: string }[] =>
    (axis._splits ?? []).map((value, index) => ({ value, text: String(axis._values?.[index] ?? '') }));
  return [
    ...ticks(xAxis).flatMap(({ value, text }) => {
      const x = left + plot.valToPos(value, 'x');
      const lines = text
        .split('\n')
        .map((line, row) => textOf(line, x, top + high + 14 + 13 * row, theme.faint, 'middle'));
      return [lineOf(x, top, x, top + high, grid), ...lines];
    }),
    ...ticks(yAxis).flatMap(({ value, text }) => {
      const y = top + plot.valToPos(value, 'y');
      return [lineOf(left, y, left + wide, y, grid), textOf(text, left - 8, y, theme.faint, 'end')];
    }),
  ];
}

type Point = readonly [x: number, y: number];

/** The points that the plot has of a series: those that make the picture, pixel by pixel. */
function pointsOf(plot: uPlot, series: number): Point[] {
  const [left, top] = [plot.bbox.left / uPlot.pxRatio, plot.bbox.top / uPlot.pxRatio];
  return Array.from(plot.data[0]).flatMap((place, index): Point[] => {
    const value = plot.data[series]![index];
    return value == null ? [] : [[left + plot.valToPos(place, 'x'), top + plot.valToPos(value, 'y')]];
  });
}

function pathOf(points: Point[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

function lineOf(x1: number, y1: number, x2: number, y2: number, style: string): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((each) => each.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" ${style}/>`;
}

function textOf(text: string, x: number, y: number, colour: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colour}" text-anchor="${anchor}" dominant-baseline="central">${escaped(text)}</text>`;
}

/** A text within XML, without the characters that XML cannot hold. */
export function escaped(text: string): string {
  const allowed = text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '');
  return allowed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
