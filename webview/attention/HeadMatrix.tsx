import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AttentionBytes } from '../../src/protocol/attention';
import type { Theme } from '../shared/theme';
import { useWidth, useWindowHeight } from '../shared/useSize';
import type { Axes } from './axes';
import { drawMatrix, labelRoom } from './drawMatrix';
import { cellAfterKey, cellAt, fittingCell, labelAt, scrollTo, type MatrixLayout } from './layout';
import { measurePaint } from './measurePaint';
import { pictureOf } from './pictures';
import { highestZoom, type Cell, type Place } from './place';

interface HeadMatrixProps {
  label: string;
  /** Id of what is said of the pointed weight. */
  status: string;
  weights: AttentionBytes;
  /** When they arrived, in milliseconds of the performance timeline. */
  arrived: number;
  axes: Axes;
  isCausal: boolean;
  pointed: Partial<Cell> | null;
  caret: { query: number | null; key: number | null };
  place: Place;
  pixels: Uint32Array;
  theme: Theme;
  onPoint: (pointed: Partial<Cell> | null) => void;
  onPlace: (change: Partial<Place>) => void;
  /** Shows a row or a column in the text; `focus` moves the keyboard there, too. */
  onReveal: (pointed: Partial<Cell>, focus: boolean) => void;
}

const mostLabel = 96;
/** Labels leave room for the cells in a narrow view. */
const mostOfWidth = 0.35;
/** Two lines for the names of the axes. */
const leastTop = 38;
/** The matrix leaves room for what stands above and below it. */
const heightOfView = 0.75;
const leastHeight = 160;

/** Weights as a matrix: a row for each query, a column for each key. */
export function HeadMatrix(props: HeadMatrixProps): JSX.Element {
  const {
    label,
    weights,
    arrived,
    axes,
    isCausal,
    pointed,
    caret,
    place,
    pixels,
    theme,
    onPoint,
    onPlace,
    onReveal,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(scroller);
  const [scroll, setScroll] = useState({ x: 0, y: 0 });
  const byScroll = useRef({ firstKey: 0, firstQuery: 0, cell: 0 });

  const names = useMemo(() => ({ query: `${l10n.t('query')} ↓`, key: `${l10n.t('key')} →` }), []);
  const room = useMemo(() => labelRoom(axes, names, theme), [axes, theme]);
  const count = { queries: axes.queries.length, keys: axes.keys.length };
  const mostLeft = Math.min(mostLabel, Math.max(width * mostOfWidth, room.names));
  const left = Math.ceil(Math.min(Math.max(room.queries, room.names) + 10, mostLeft));
  const top = Math.ceil(Math.min(Math.max(room.keys + 10, leastTop), mostLabel));
  const cell = fittingCell(count.keys, width - left - 1) * place.zoom;
  const across = Math.ceil(count.keys * cell) + 1;
  const down = Math.ceil(count.queries * cell) + 1;
  const height = Math.min(top + down, Math.max(leastHeight, Math.floor(useWindowHeight() * heightOfView)));
  const layout: MatrixLayout = {
    ...count,
    ...{ left, top, cell, height },
    width: Math.min(width, left + across),
    scrollX: scroll.x,
    scrollY: scroll.y,
  };
  const rooms = { x: layout.width - left, y: height - top };

  // Where the view was before it was hidden, and where a zoom keeps what is under the pointer.
  useLayoutEffect(() => {
    const { firstKey, firstQuery } = place;
    // What a person scrolls must not be set back to where it was when the event came.
    const isScrolled = byScroll.current.firstKey === firstKey && byScroll.current.firstQuery === firstQuery;
    if (width === 0 || (isScrolled && byScroll.current.cell === cell)) return;
    byScroll.current = { firstKey, firstQuery, cell };
    scroller.current!.scrollTo(firstKey * cell, firstQuery * cell);
  }, [cell, width > 0, place.firstKey, place.firstQuery]);

  const longest = Math.max(count.queries, count.keys);
  // Beyond one pixel a weight the picture is only enlarged.
  const cells = Math.min(Math.floor(longest * cell * (window.devicePixelRatio || 1)), longest);
  const picture = useMemo(
    () => (cells > 0 && weights.bytes.length > 0 ? pictureOf(weights, cells, pixels) : null),
    [weights, pixels, cells],
  );
  useLayoutEffect(() => {
    if (width > 0) {
      drawMatrix(canvas.current!, { layout, axes, isCausal, weights: picture, pointed, caret, theme, names });
    }
  });
  useLayoutEffect(() => measurePaint('headlight.headPaint', arrived), [weights]);

  const keepScroll = (): void => {
    const { scrollLeft, scrollTop } = scroller.current!;
    setScroll({ x: scrollLeft, y: scrollTop });
    // A scroller rounds to whole pixels, so the same place comes back a little off.
    const moved = (first: number, now: number): boolean => Math.abs(first * cell - now) > 1;
    if (!moved(place.firstKey, scrollLeft) && !moved(place.firstQuery, scrollTop)) return;
    const first = { firstKey: scrollLeft / cell, firstQuery: scrollTop / cell };
    byScroll.current = { ...first, cell };
    onPlace(first);
  };

  /** Zooms by a factor and keeps the token at (x, y) of the cells' room in its place. */
  const zoomAt = (factor: number, x: number, y: number): void => {
    const zoom = Math.min(Math.max(place.zoom * factor, 1), highestZoom);
    const next = (cell / place.zoom) * zoom;
    const first = (start: number, at: number): number => Math.max(0, (start + at) / cell - at / next);
    onPlace({ zoom, firstKey: first(scroll.x, x), firstQuery: first(scroll.y, y) });
  };

  useEffect(() => {
    const element = scroller.current!;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = pointIn(element, event);
      zoomAt(Math.exp(-event.deltaY / 200), x - left, y - top);
    };
    // Preact would listen passively, and the whole window would zoom.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  });

  const choose = (chosen: Cell): void => {
    // The keyboard takes over from a pointer that rests on the matrix.
    onPoint(null);
    onPlace({
      cell: chosen,
      firstKey: scrollTo(chosen.key, cell, scroll.x, rooms.x) / cell,
      firstQuery: scrollTo(chosen.query, cell, scroll.y, rooms.y) / cell,
    });
  };
  const letGo = (): void => {
    onPoint(null);
    onPlace({ cell: null });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { cell: chosen } = place;
    const next = cellAfterKey(event.key, { query: 0, key: 0, ...chosen }, count);
    if (next) choose(chosen ? next : { query: 0, key: 0 });
    else if (event.key === 'Escape' && chosen) letGo();
    else if (event.key === 'Enter' && chosen) onReveal(chosen, true);
    else if (event.key === '+' || event.key === '=') zoomAt(1.5, rooms.x / 2, rooms.y / 2);
    else if (event.key === '-') zoomAt(1 / 1.5, rooms.x / 2, rooms.y / 2);
    else if (event.key === 'f') onPlace({ zoom: 1, firstKey: 0, firstQuery: 0 });
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      class="matrix"
      tabIndex={0}
      role="application"
      aria-label={label}
      aria-describedby={props.status}
      style={{ height: `${height}px` }}
      onScroll={keepScroll}
      onKeyDown={onKeyDown}
      onMouseMove={(event) => {
        const { x, y } = pointIn(scroller.current!, event);
        onPoint(cellAt(layout, x, y) ?? labelAt(layout, x, y));
      }}
      onMouseLeave={() => onPoint(null)}
      onClick={(event) => {
        const { x, y } = pointIn(scroller.current!, event);
        const chosen = cellAt(layout, x, y);
        const token = labelAt(layout, x, y);
        if (chosen) onPlace({ cell: chosen });
        else if (token) onReveal(token, false);
      }}
    >
      <canvas ref={canvas} aria-hidden="true" />
      <div class="spacer" style={{ width: `${left + across}px`, height: `${top + down}px` }} />
    </div>
  );
}

function pointIn(element: HTMLElement, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}
