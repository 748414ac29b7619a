import * as l10n from '@vscode/l10n';
import uPlot from 'uplot';
import { placesToDraw, type XAxis } from '../../src/core/curves';
import { pointsToDraw } from '../../src/core/decimate';
import type { Theme } from '../shared/theme';
import type { Curve, Mark } from './charts';
import { placeLabels } from './markLabels';
import type { Range } from './range';

/** Height of the curves with their axes, in CSS pixels. */
export const plotHeight = 300;

export interface Axes {
  x: XAxis;
  logX: boolean;
  logY: boolean;
}

/** What is drawn; read anew at each drawing. */
export interface Drawn {
  curves: Curve[];
  /** Of each run. */
  colours: string[];
  marks: Mark[];
  pin: number | null;
  theme: Theme;
}

/** Dashes of a split, so that it is not told by colour: training solid, validation dashed, test dotted. */
export const dashes = { train: [], validation: [6, 4], test: [2, 3] };

/** The series of uPlot that draw a curve, in their order: what is seen best first. */
type Layer = 'smoothed' | 'raw' | 'high' | 'low';

export function layersOf({ smoothed, deviation }: Curve): Layer[] {
  return [
    ...(smoothed ? ['smoothed' as const] : []),
    'raw',
    ...(deviation ? ['high' as const, 'low' as const] : []),
  ];
}

/** The part of the x axis that curves take up; of an axis of logarithms, that above 0. */
export function fullRange(curves: Curve[], logX: boolean): Range {
  let [min, max] = [Infinity, -Infinity];
  for (const { x } of curves)
    for (const place of x) {
      if (logX && !(place > 0)) continue;
      if (place < min) min = place;
      if (place > max) max = place;
    }
  if (min < max) return { min, max };
  if (min > max) return logX ? { min: 1, max: 10 } : { min: 0, max: 1 };
  // One place alone lies in the middle.
  return logX ? { min: min / 2, max: min * 2 } : { min: min - 1, max: max + 1 };
}

/**
 * What is drawn of curves over one x: of each column of pixels the points that make the picture, so that drawing costs
 * the same however many points there are. null where a curve has no point, or one that has no place on the scale.
 */
export function joined(
  curves: Curve[],
  range: Range,
  columns: number,
  { logX, logY }: Axes,
): uPlot.AlignedData {
  const tables = curves.flatMap((curve): [number[], (number | null)[]][] => {
    const { x, raw, smoothed, deviation } = curve;
    const centre = smoothed ?? raw;
    const choose = (values: Float64Array): Uint32Array =>
      pointsToDraw(x, values, { ...range, columns, log: logX }, logY);
    const ofCentre = choose(centre);
    const shown = (
      indices: Uint32Array,
      valueAt: (index: number) => number,
    ): [number[], (number | null)[]] => [
      Array.from(indices, (index) => x[index]!),
      Array.from(indices, (index) => {
        const value = valueAt(index);
        return Number.isFinite(value) && (!logY || value > 0) ? value : null;
      }),
    ];
    const layers: Record<Layer, () => [number[], (number | null)[]]> = {
      smoothed: () => shown(ofCentre, (index) => smoothed![index]!),
      raw: () => shown(smoothed ? choose(raw) : ofCentre, (index) => raw[index]!),
      high: () => shown(ofCentre, (index) => centre[index]! + deviation![index]!),
      low: () => shown(ofCentre, (index) => centre[index]! - deviation![index]!),
    };
    return layersOf(curve).map((layer) => layers[layer]());
  });
  if (tables.length === 0) return [[]];
  return tables.length === 1 ? tables[0]! : uPlot.join(tables as uPlot.AlignedData[]);
}

/** @param drawn the latest of what is drawn. */
export function plotOptions(axes: Axes, width: number, drawn: { readonly current: Drawn }): uPlot.Options {
  const { curves, theme } = drawn.current;
  const axis: uPlot.Axis = {
    stroke: theme.faint,
    font: `11px ${theme.font}`,
    grid: { stroke: `color-mix(in srgb, ${theme.foreground} 12%, transparent)`, width: 1 },
    ticks: { show: false },
  };
  const series: uPlot.Series[] = [{ label: xName(axes.x) }];
  const bands: uPlot.Band[] = [];
  curves.forEach((curve, index) => {
    const colour = (): string => drawn.current.colours[drawn.current.curves[index]?.run ?? 0]!;
    for (const layer of layersOf(curve)) {
      if (layer === 'low')
        bands.push({ series: [series.length - 1, series.length], fill: () => `${colour()}30` });
      series.push(layerSeries(curve, layer, colour));
    }
  });
  return {
    width,
    height: plotHeight,
    scales: {
      x: { time: axes.x === 'wall', distr: axes.logX ? 3 : 1, range: (_, min, max) => [min, max] },
      y: { distr: axes.logY ? 3 : 1 },
    },
    // Dates take two lines.
    axes: [
      axes.x === 'wall' ? { ...axis, size: 44 } : { ...axis, size: 28, values: tickTexts },
      { ...axis, size: 64, values: tickTexts },
    ],
    series,
    bands,
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    legend: { show: false },
    hooks: { draw: [(plot) => drawOver(plot, drawn.current)] },
  };
}

/** Ticks with all their digits: the plot's own round to three places, to which small learning rates are all 0. */
function tickTexts(_: uPlot, ticks: (number | null)[]): string[] {
  return ticks.map((tick) => {
    if (tick === null) return '';
    const value = Number(tick.toPrecision(6));
    const isSmall = value !== 0 && Math.abs(value) < 1e-4;
    return isSmall ? value.toExponential() : value.toLocaleString(undefined, { maximumSignificantDigits: 6 });
  });
}

function layerSeries({ label, split, smoothed }: Curve, layer: Layer, stroke: () => string): uPlot.Series {
  const dash = dashes[split];
  if (layer === 'high' || layer === 'low')
    return { label, stroke, width: 0, points: { show: false }, spanGaps: true };
  const isBehind = layer === 'raw' && smoothed !== null;
  return {
    label,
    stroke,
    dash,
    width: isBehind ? 1 : layer === 'smoothed' ? 2 : 1.5,
    alpha: isBehind ? 0.35 : 1,
    spanGaps: true,
    points: isBehind ? { show: false } : { size: 4 },
  };
}

export function xName(x: XAxis): string {
  switch (x) {
    case 'step':
      return l10n.t('Step');
    case 'epoch':
      return l10n.t('Epoch');
    case 'wall':
      return l10n.t('Time');
    case 'relative':
      return l10n.t('Seconds since the start');
  }
}

/** What stands beside a mark; where there are many, the sign alone. */
function markLabel(kind: Mark['kind'], isShort: boolean): string {
  const [sign, word] = {
    best: ['★', l10n.t('best')],
    overfit: ['⤴', l10n.t('overfitting')],
    restart: ['↻', l10n.t('restart')],
  }[kind] as [string, string];
  return isShort ? sign : `${sign} ${word}`;
}

/** A mark that is in sight, in pixels of the canvas. */
export interface PlacedMark extends Mark {
  at: number;
  label: string;
  left: number;
  row: number;
}

/** The marks in sight with their labels. @param widthOf a text, in the pixels of the canvas. */
export function placedMarks(plot: uPlot, marks: Mark[], widthOf: (text: string) => number): PlacedMark[] {
  const { left, width } = plot.bbox;
  const seen = marks
    .map((mark) => ({ ...mark, at: plot.valToPos(mark.place, 'x', true) }))
    .filter(({ at }) => at >= left && at <= left + width);
  const labelled = seen.map((mark) => ({ ...mark, label: markLabel(mark.kind, seen.length > 6) }));
  const places = placeLabels(
    labelled.map(({ at, label }) => ({ at, width: widthOf(label) })),
    left + width,
    3 * uPlot.pxRatio,
  );
  return labelled.map((mark, index) => ({ ...mark, ...places[index]! }));
}

/** The places of points that are no finite number, as far as they are in sight and apart. */
export function crossesOf(plot: uPlot, { notFinite }: Curve): number[] {
  const { min, max } = plot.scales.x as { min: number; max: number };
  const positionOf = (place: number): number => plot.valToPos(place, 'x', true);
  const far = (place: number): number => plot.posToVal(positionOf(place) + 2 * uPlot.pxRatio, 'x', true);
  return placesToDraw(notFinite, min, max, far).map(positionOf);
}

/** Lines at steps worth to know, the line that is pinned, and a cross at the foot for each point that is not finite. */
function drawOver(plot: uPlot, { curves, colours, marks, pin, theme }: Drawn): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const line = (at: number): void => {
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
  };
  ctx.save();
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px ${theme.font}`;
  ctx.textAlign = 'start';
  for (const { run, kind, at, label, left, row } of placedMarks(
    plot,
    marks,
    (text) => ctx.measureText(text).width,
  )) {
    ctx.strokeStyle = colours[run]!;
    ctx.setLineDash(kind === 'best' ? [] : [3 * ratio, 3 * ratio]);
    line(at);
    ctx.fillStyle = theme.foreground;
    ctx.fillText(label, left, bbox.top + (12 + markRow * row) * ratio);
  }
  ctx.setLineDash([]);
  for (const curve of curves) {
    ctx.fillStyle = colours[curve.run]!;
    for (const at of crossesOf(plot, curve))
      ctx.fillText('✕', at - 4 * ratio, bbox.top + bbox.height - 4 * ratio);
  }
  const at = pin === null ? -1 : plot.valToPos(pin, 'x', true);
  if (at >= bbox.left && at <= bbox.left + bbox.width) {
    ctx.strokeStyle = theme.foreground;
    line(at);
  }
  ctx.restore();
}

/** Height of a row of labels of marks, in CSS pixels. */
export const markRow = 14;
