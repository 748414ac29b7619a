import type { Theme } from '../shared/theme';
import type { Axes } from './axes';
import { linesMargin, rowHeight } from './drawLines';
import type { Line } from './lines';

/** CSS pixels of a label's room and of the lines between two columns. */
const labelRoom = 120;
const lineRoom = 320;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

function svg(width: number, height: number, { background, font }: Theme, content: string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" fill="${escaped(background)}"/>`,
    `<g font-family="${escaped(font)}" font-size="12">`,
    ...content,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Two columns of tokens and the lines between them, as many as show. */
export function linesSvg(axes: Axes, lines: Line[], colours: string[], theme: Theme): string {
  const rows = Math.max(axes.queries.length, axes.keys.length);
  const height = rows * rowHeight + 2 * linesMargin;
  const yOf = (row: number): number => linesMargin + (row + 0.5) * rowHeight;
  const [left, right] = [labelRoom, labelRoom + lineRoom];
  const middle = (left + right) / 2;
  const number = (value: number): string => String(Number(value.toFixed(3)));
  const paths = lines.map(({ query, key, weight, head }) => {
    const [from, to] = [yOf(query), yOf(key)];
    const stroke = `stroke="${escaped(colours[head]!)}" stroke-width="${number(0.75 + 4 * Math.sqrt(weight))}"`;
    const opacity = `stroke-opacity="${number(0.2 + 0.8 * Math.sqrt(weight))}"`;
    const path = `M${left} ${from}C${middle} ${from} ${middle} ${to} ${right} ${to}`;
    const title = `${axes.queries[query]!.label} → ${axes.keys[key]!.label} ${weight.toFixed(6)}`;
    return `<path d="${path}" fill="none" ${stroke} ${opacity}><title>${escaped(title)}</title></path>`;
  });
  const label = (text: string, x: number, row: number, anchor: string): string =>
    `<text x="${x}" y="${yOf(row)}" dy="0.35em" text-anchor="${anchor}" fill="${escaped(theme.foreground)}">${escaped(text)}</text>`;
  return svg(right + labelRoom, height, theme, [
    ...paths,
    ...axes.queries.map((entry, row) => label(entry.label, left - 6, row, 'end')),
    ...axes.keys.map((entry, row) => label(entry.label, right + 6, row, 'start')),
  ]);
}

/** Side of a cell, where a label has room beside it. */
const cell = 14;

/** A matrix with its labels. @param picture a pixel for each weight, as a data URL. */
export function matrixSvg(axes: Axes, picture: string, theme: Theme): string {
  const [across, down] = [axes.keys.length * cell, axes.queries.length * cell];
  const fill = `fill="${escaped(theme.foreground)}"`;
  const rows = axes.queries.map(({ label }, row) => {
    const y = labelRoom + (row + 0.5) * cell;
    return `<text x="${labelRoom - 4}" y="${y}" dy="0.35em" text-anchor="end" ${fill}>${escaped(label)}</text>`;
  });
  const columns = axes.keys.map(({ label }, column) => {
    const x = labelRoom + (column + 0.5) * cell;
    const turn = `transform="rotate(-90 ${x} ${labelRoom - 4})"`;
    return `<text x="${x}" y="${labelRoom - 4}" dy="0.35em" ${turn} ${fill}>${escaped(label)}</text>`;
  });
  const image = `<image x="${labelRoom}" y="${labelRoom}" width="${across}" height="${down}" preserveAspectRatio="none" image-rendering="pixelated" href="${picture}"/>`;
  return svg(labelRoom + across + 8, labelRoom + down + 8, theme, [image, ...rows, ...columns]);
}
