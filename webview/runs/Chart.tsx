import 'uplot/dist/uPlot.min.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { messageOf } from '../../src/core/errors';
import { useTheme } from '../shared/theme';
import { useWidth } from '../shared/useSize';
import { ChartText } from './ChartText';
import type { ChartData, Mark } from './charts';
import { Legend } from './Legend';
import { pngOf, svgOf } from './picture';
import { fullRange, joined, plotOptions, xName, type Axes, type Drawn } from './plot';
import { centredRange, pannedRange, zoomedRange, type Range } from './range';
import { placeText, pointAt, pointText, readoutTable } from './readout';

interface ChartProps {
  chart: ChartData;
  axes: Axes;
  /** Of each run. */
  colours: string[];
  marks: Mark[];
  zoom: Range | null;
  pin: number | null;
  hidden: string[];
  onZoom: (zoom: Range | null) => void;
  onPin: (pin: number | null) => void;
  onHide: (hidden: string[]) => void;
  onRecolour: (run: number, colour: string) => void;
  onCopy: (text: string) => void;
  onSave: (name: string, content: string | Uint8Array) => void;
}

/** The curves of one metric over training, with the exact values at the crosshair in its legend. */
export function Chart(props: ChartProps): JSX.Element {
  const { chart, axes, colours, marks, zoom, pin, hidden, onZoom, onPin, onCopy, onSave } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  /** The x of the crosshair. */
  const [pointed, setPointed] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  /** Why a picture could not be saved. */
  const [failure, setFailure] = useState('');
  const width = useWidth(box);
  const theme = useTheme();
  const curves = useMemo(() => chart.curves.filter(({ key }) => !hidden.includes(key)), [chart, hidden]);
  const full = useMemo(() => fullRange(curves, axes.logX), [curves, axes.logX]);
  const range = zoom ?? full;
  const data = useMemo(
    () => joined(curves, range, Math.max(1, Math.round(width * uPlot.pxRatio)), axes),
    [curves, range, width, axes],
  );
  // A plot outlives its curves: new points are put into the plot that is there.
  const drawn = useRef<Drawn>(null!);
  drawn.current = { curves, colours, marks, pin, theme };
  const latest = useRef<Latest>(null!);
  latest.current = { ...props, full, range };
  const shape = JSON.stringify([
    curves.map(({ key, smoothed, deviation }) => [key, smoothed !== null, deviation !== null]),
    axes,
  ]);

  useEffect(() => {
    if (!box.current || width === 0) return;
    const own = new uPlot(plotOptions(axes, width, drawn), data, box.current);
    plot.current = own;
    own.hooks.setCursor = [
      ({ cursor: { idx, left } }: uPlot) =>
        setPointed(idx == null || left! < 0 ? null : (own.data[0][idx] ?? null)),
    ];
    own.hooks.setSelect = [
      ({ select: { left, width: selected } }: uPlot) => {
        if (selected < 3) return;
        own.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        latest.current.onZoom({ min: own.posToVal(left, 'x'), max: own.posToVal(left + selected, 'x') });
      },
    ];
    const unhook = followMouse(own, latest);
    return () => {
      unhook();
      own.destroy();
      plot.current = null;
    };
    // New points of the same curves are put into the plot that is there, below.
  }, [shape, width, theme]);
  useEffect(() => {
    const own = plot.current;
    if (!own) return;
    own.setData(data, false);
    // Draws, too.
    own.setScale('x', range);
    // The crosshair stays with its point. The plot takes its new scale in a microtask.
    queueMicrotask(() => {
      if (plot.current !== own || pointed === null) return;
      own.setCursor({ left: own.valToPos(pointed, 'x'), top: Math.max(0, own.cursor.top ?? 0) });
    });
  }, [data, shape, theme]);
  useEffect(() => plot.current?.redraw(false), [colours, marks, pin]);

  const at = pin ?? pointed;
  const goTo = (place: number | undefined): void => {
    const own = plot.current;
    if (!own || place === undefined) return;
    if (place < range.min || place > range.max) {
      onZoom(centredRange(range, full, place, axes.logX));
      setPointed(place);
    } else own.setCursor({ left: own.valToPos(place, 'x'), top: 10 });
    if (pin !== null) onPin(place);
    const values = curves.flatMap((curve) => {
      const point = pointAt(curve, place);
      return point ? [`${curve.label} ${pointText(point, place, axes.x)}`] : [];
    });
    setSaid([`${xName(axes.x)} ${placeText(place, axes.x)}`, ...values].join('; '));
  };
  const move = (by: -1 | 1): void => {
    const places = Array.from(plot.current?.data[0] ?? []);
    if (at === null) goTo(by > 0 ? places[0] : places.at(-1));
    else goTo(by > 0 ? places.find((place) => place > at) : places.findLast((place) => place < at));
  };
  const zoomBy = (factor: number): void => {
    const isSeen = at !== null && at >= range.min && at <= range.max;
    onZoom(zoomedRange(range, full, factor, isSeen ? at : middleOf(range, axes.logX), axes.logX));
  };
  const panBy = (by: number): void => {
    if (zoom) onZoom(pannedRange(range, full, by, axes.logX));
  };
  const copy = (): void => {
    if (at !== null) onCopy(readoutTable(curves, at, xName(axes.x), axes.x));
  };
  const onKey = (event: KeyboardEvent): void => {
    const act: Record<string, () => void> = {
      '+': () => zoomBy(0.5),
      '=': () => zoomBy(0.5),
      '-': () => zoomBy(2),
      '0': () => onZoom(null),
      Escape: () => (pin === null ? onZoom(null) : onPin(null)),
      Enter: () => onPin(pin === null ? pointed : null),
      ' ': () => onPin(pin === null ? pointed : null),
      c: copy,
      Home: () => goTo(full.min),
      End: () => goTo(full.max),
      ArrowLeft: () => (event.shiftKey ? panBy(-0.1) : move(-1)),
      ArrowRight: () => (event.shiftKey ? panBy(0.1) : move(1)),
    };
    if (!act[event.key]) return;
    event.preventDefault();
    act[event.key]!();
  };
  const savePng = async (): Promise<void> => {
    if (!plot.current) return;
    try {
      onSave(`${fileName(chart.metric)}.png`, await pngOf(plot.current, chart.metric, drawn.current));
      setFailure('');
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  const saveSvg = (): void => {
    if (plot.current)
      onSave(`${fileName(chart.metric)}.svg`, svgOf(plot.current, chart.metric, drawn.current));
  };
  return (
    <section class="chart" aria-label={chart.metric}>
      <header>
        <h2>{chart.metric}</h2>
        <button type="button" class="link" onClick={() => void savePng()}>
          {l10n.t('Save as PNG…')}
        </button>
        <button type="button" class="link" onClick={saveSvg}>
          {l10n.t('Save as SVG…')}
        </button>
      </header>
      {failure && (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
      <LeftOut count={chart.without} />
      <div
        ref={box}
        class="plot"
        role="application"
        tabIndex={0}
        aria-label={l10n.t(
          'Curves of {0}. Arrow keys move from point to point, Enter pins, C copies the values; + and - zoom, Shift and arrow keys pan, 0 shows all.',
          chart.metric,
        )}
        onKeyDown={onKey}
      />
      <p class="unseen" role="status">
        {said}
      </p>
      <Legend
        {...{ axes, colours, hidden, at }}
        curves={chart.curves}
        isPinned={pin !== null}
        onHide={props.onHide}
        onRecolour={props.onRecolour}
        onCopy={copy}
        onUnpin={() => onPin(null)}
      />
      <ChartText {...{ curves, axes, zoom }} />
    </section>
  );
}

/** How many curves have no place on the x axis. */
export function LeftOut({ count }: { count: number }): JSX.Element | null {
  if (count === 0) return null;
  return (
    <p class="faint">{l10n.t('Curves left out, since their logs do not tell this x axis: {0}', count)}</p>
  );
}

/** What the mouse goes by. */
interface Latest extends ChartProps {
  full: Range;
  /** What is on show of it. */
  range: Range;
}

/** Click pins, dragging with Shift and the wheel pan, the wheel with Ctrl zooms, a double-click shows all. */
function followMouse(plot: uPlot, latest: { readonly current: Latest }): () => void {
  const { over } = plot;
  let drag: { from: number; range: Range } | null = null;
  let downAt = 0;
  const logX = (): boolean => latest.current.axes.logX;
  const onDown = (event: MouseEvent): void => {
    downAt = event.clientX;
    if (!event.shiftKey || event.button !== 0) return;
    // Without Shift the plot itself selects what to zoom to.
    event.stopImmediatePropagation();
    event.preventDefault();
    drag = { from: event.clientX, range: latest.current.range };
  };
  const onMove = (event: MouseEvent): void => {
    if (!drag || !latest.current.zoom) return;
    const by = (drag.from - event.clientX) / over.clientWidth;
    latest.current.onZoom(pannedRange(drag.range, latest.current.full, by, logX()));
  };
  const onUp = (): void => void (drag = null);
  const onClick = (event: MouseEvent): void => {
    const { idx } = plot.cursor;
    const place = idx == null ? undefined : plot.data[0][idx];
    if (place === undefined || Math.abs(event.clientX - downAt) > 2) return;
    latest.current.onPin(place === latest.current.pin ? null : place);
  };
  const onDouble = (event: MouseEvent): void => {
    event.stopImmediatePropagation();
    latest.current.onZoom(null);
  };
  const onWheel = (event: WheelEvent): void => {
    const { zoom, onZoom, range, full } = latest.current;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey) {
      const centre = plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x');
      onZoom(zoomedRange(range, full, event.deltaY > 0 ? 1.25 : 0.8, centre, logX()));
    } else if (zoom && Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY)))
      onZoom(pannedRange(range, full, sideways / over.clientWidth, logX()));
    else return;
    event.preventDefault();
  };
  over.addEventListener('mousedown', onDown, true);
  over.addEventListener('click', onClick);
  over.addEventListener('dblclick', onDouble, true);
  over.addEventListener('wheel', onWheel, { passive: false });
  document.addEventListener('mousemove', onMove);
  document.addEventListener('mouseup', onUp);
  // What listens on the plot itself goes with it.
  return () => {
    document.removeEventListener('mousemove', onMove);
    document.removeEventListener('mouseup', onUp);
  };
}

function middleOf({ min, max }: Range, isLog: boolean): number {
  return isLog ? Math.sqrt(min * max) : (min + max) / 2;
}

function fileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}
