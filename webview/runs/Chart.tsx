import 'uplot/dist/uPlot.min.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { placesToDraw, type XAxis } from '../../src/core/curves';
import type { RunNotice } from '../../src/core/runNotices';
import { useTheme, type Theme } from '../shared/theme';
import { useWidth } from '../shared/useSize';
import { Button } from '../shared/ui';
import type { ChartData, Curve } from './charts';
import { runColour } from './colours';

const height = 300;

export interface Mark {
  run: number;
  notice: Extract<RunNotice, { kind: 'best' | 'overfit' | 'restart' }>;
}

interface ChartProps {
  chart: ChartData;
  x: XAxis;
  logX: boolean;
  logY: boolean;
  /** Drawn over the curves where x is the step. */
  marks: Mark[];
  onSave: (name: string, content: string | Uint8Array) => void;
}

/** The curves of one metric over training, with the exact values under the pointer in its legend. */
export function Chart({ chart, x, logX, logY, marks, onSave }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  // A plot outlives its curves: new points are put into the plot that is there.
  const curves = useRef(chart.curves);
  curves.current = chart.curves;
  const [zoomed, setZoomed] = useState(false);
  const width = useWidth(box);
  const theme = useTheme();
  const data = useMemo(() => joined(chart.curves, logX, logY), [chart, logX, logY]);
  const shape = JSON.stringify([
    chart.curves.map(({ label, smoothed }) => [label, smoothed !== null]),
    x,
    logX,
    logY,
    marks,
  ]);

  useEffect(() => {
    if (!box.current || width === 0) return;
    const before = plot.current;
    const range = before && zoomed ? { min: before.scales.x!.min!, max: before.scales.x!.max! } : null;
    before?.destroy();
    const own = new uPlot(options({ chart, x, logX, logY, marks, curves, theme, width }), data, box.current);
    plot.current = own;
    own.hooks.setScale = [
      (self: uPlot, key: string) => {
        if (key !== 'x') return;
        const [first, last] = [self.data[0][0], self.data[0].at(-1)];
        setZoomed(self.scales.x!.min! > first! || self.scales.x!.max! < last!);
      },
    ];
    if (range) own.setScale('x', range);
    return () => {
      own.destroy();
      plot.current = null;
    };
    // New points of the same curves are put into the plot that is there, below.
  }, [shape, width, theme]);
  useEffect(() => plot.current?.setData(data, !zoomed), [data]);

  const zoom = (factor: number, shift = 0): void => {
    const own = plot.current;
    if (!own) return;
    const { min, max } = own.scales.x as { min: number; max: number };
    const [middle, half] = [(min + max) / 2 + shift * (max - min), ((max - min) / 2) * factor];
    own.setScale('x', { min: middle - half, max: middle + half });
  };
  const reset = (): void => plot.current?.setData(plot.current.data, true);
  const onKey = (event: KeyboardEvent): void => {
    const own = plot.current;
    if (!own) return;
    const act: Record<string, () => void> = {
      '+': () => zoom(0.5),
      '=': () => zoom(0.5),
      '-': () => zoom(2),
      '0': reset,
      Escape: reset,
      ArrowLeft: () => (event.shiftKey ? zoom(1, -0.1) : step(own, -1)),
      ArrowRight: () => (event.shiftKey ? zoom(1, 0.1) : step(own, 1)),
    };
    if (!act[event.key]) return;
    event.preventDefault();
    act[event.key]!();
  };
  const picture = (): void =>
    plot.current?.ctx.canvas.toBlob(async (blob) => {
      if (blob) onSave(`${fileName(chart.metric)}.png`, new Uint8Array(await blob.arrayBuffer()));
    });
  return (
    <section class="chart" aria-label={chart.metric}>
      <header>
        <h2>{chart.metric}</h2>
        {zoomed && (
          <Button secondary onClick={reset}>
            {l10n.t('Show All')}
          </Button>
        )}
        <button type="button" class="link" onClick={picture}>
          {l10n.t('Save as PNG…')}
        </button>
      </header>
      {chart.without > 0 && (
        <p class="faint">
          {l10n.t('{0} curves are left out: their logs do not tell this x axis.', chart.without)}
        </p>
      )}
      <div
        ref={box}
        class="plot"
        role="application"
        tabIndex={0}
        aria-label={l10n.t(
          'Curves of {0}. Arrow keys move from point to point, + and - zoom, Shift and arrow keys pan, 0 shows all.',
          chart.metric,
        )}
        onKeyDown={onKey}
        onWheel={(event) => {
          if (!event.ctrlKey) return;
          event.preventDefault();
          zoom(event.deltaY > 0 ? 1.25 : 0.8);
        }}
      />
    </section>
  );
}

/** Moves the crosshair to the next point on either side. */
function step(plot: uPlot, by: -1 | 1): void {
  const index = Math.min(plot.data[0].length - 1, Math.max(0, (plot.cursor.idx ?? (by > 0 ? -1 : 1)) + by));
  plot.setCursor({ left: plot.valToPos(plot.data[0][index]!, 'x'), top: 10 });
}

/** All curves over one x: null where a curve has no point, or one that has no place on the scale. */
function joined(curves: Curve[], logX: boolean, logY: boolean): uPlot.AlignedData {
  const tables = curves.flatMap(({ x, raw, smoothed }): [number[], (number | null)[]][] => {
    const kept = Array.from(x.keys()).filter((index) => !logX || x[index]! > 0);
    const places = kept.map((index) => x[index]!);
    const shown = (values: Float64Array): (number | null)[] =>
      kept.map((index) => {
        const value = values[index]!;
        return Number.isFinite(value) && (!logY || value > 0) ? value : null;
      });
    return [
      ...(smoothed ? [[places, shown(smoothed)] as [number[], (number | null)[]]] : []),
      [places, shown(raw)],
    ];
  });
  if (tables.length === 0) return [[]];
  return tables.length === 1 ? tables[0]! : uPlot.join(tables as uPlot.AlignedData[]);
}

interface Drawn extends Omit<ChartProps, 'onSave'> {
  /** Those of the latest data. */
  curves: { readonly current: Curve[] };
  theme: Theme;
  width: number;
}

function options({ chart, x, logX, logY, marks, curves, theme, width }: Drawn): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: theme.faint,
    font: `11px ${theme.font}`,
    grid: { stroke: `color-mix(in srgb, ${theme.foreground} 12%, transparent)`, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    scales: {
      x: { time: x === 'wall', distr: logX ? 3 : 1 },
      y: { distr: logY ? 3 : 1 },
    },
    axes: [axis, { ...axis, size: 64 }],
    series: [{ label: xName(x) }, ...chart.curves.flatMap((curve) => seriesOf(curve, theme))],
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    legend: { live: true },
    hooks: { draw: [(plot) => drawMarks(plot, curves.current, x === 'step' ? marks : [], theme)] },
  };
}

/** A curve in the colour of its run: training solid, validation dashed, test dotted; behind a smoothed one what was written. */
function seriesOf({ label, run, split, smoothed }: Curve, theme: Theme): uPlot.Series[] {
  const stroke = runColour(run, theme);
  const dash = { train: undefined, validation: [6, 4], test: [2, 3] }[split];
  // All digits that the log has.
  const value = (_: uPlot, number: number | null): string => (number === null ? '–' : String(number));
  const raw: uPlot.Series = { label, stroke, width: 1.5, dash, spanGaps: true, value, points: { size: 4 } };
  if (!smoothed) return [raw];
  return [
    { ...raw, label: l10n.t('{0}, smoothed', label), width: 2 },
    { ...raw, width: 1, alpha: 0.35, points: { show: false } },
  ];
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

/** Lines at steps worth to know, and a cross at the top for each point that is no finite number. */
function drawMarks(plot: uPlot, curves: Curve[], marks: Mark[], theme: Theme): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px ${theme.font}`;
  const inside = (at: number): boolean => at >= bbox.left && at <= bbox.left + bbox.width;
  marks.forEach(({ run, notice }, row) => {
    const at = plot.valToPos(notice.step, 'x', true);
    if (!inside(at)) return;
    ctx.strokeStyle = ctx.fillStyle = runColour(run, theme);
    ctx.setLineDash(notice.kind === 'best' ? [] : [3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    const sign = { best: '★', overfit: '⤴', restart: '↻' }[notice.kind];
    ctx.fillText(
      sign,
      Math.min(at + 3 * ratio, bbox.left + bbox.width - 14 * ratio),
      bbox.top + (12 + 13 * (row % 4)) * ratio,
    );
  });
  ctx.setLineDash([]);
  const { min, max } = plot.scales.x as { min: number; max: number };
  const positionOf = (place: number): number => plot.valToPos(place, 'x', true);
  const far = (place: number): number => plot.posToVal(positionOf(place) + 2 * ratio, 'x', true);
  for (const { notFinite, run } of curves) {
    ctx.fillStyle = runColour(run, theme);
    for (const place of placesToDraw(notFinite, min, max, far))
      ctx.fillText('✕', positionOf(place) - 4 * ratio, bbox.top + bbox.height - 4 * ratio);
  }
  ctx.restore();
}

function fileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}
