import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AttentionEdges } from '../../src/protocol/attention';
import type { Theme } from '../shared/theme';
import { useWidth, useWindowHeight } from '../shared/useSize';
import type { Axes } from './axes';
import { drawLines, linesMargin, rowAt, rowHeight } from './drawLines';
import { linesOf, pointedLines, readableWeight, tokenAfterKey } from './lines';
import type { Cell, Place } from './place';

interface HeadLinesProps {
  label: string;
  /** Id of what is said of the pointed weight. */
  status: string;
  axes: Axes;
  /** The strongest edges of each head that is drawn, the open one first. */
  edges: AttentionEdges[];
  /** Of each head, the exact weights of what is pointed at. */
  parts: (Float32Array | null)[];
  colours: string[];
  pointed: Partial<Cell> | null;
  caret: { query: number | null; key: number | null };
  place: Place;
  theme: Theme;
  onPoint: (pointed: Partial<Cell> | null) => void;
  onPlace: (change: Partial<Place>) => void;
  onReveal: (pointed: Partial<Cell>, focus: boolean) => void;
}

const mostLabel = 0.34;
const heightOfView = 0.7;
/** The slider goes by square roots, as the colours do. */
const steps = 255;

/** Two columns of tokens, and between them a line for each of the strongest weights. */
export function HeadLines(props: HeadLinesProps): JSX.Element {
  const { label, axes, edges, parts, colours, pointed, caret, place, theme, onPoint, onPlace, onReveal } =
    props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = Math.min(useWidth(scroller), 720);
  const [scroll, setScroll] = useState(0);
  const rows = Math.max(axes.queries.length, axes.keys.length);
  const full = rows * rowHeight + 2 * linesMargin;
  const height = Math.min(full, Math.max(160, Math.floor(useWindowHeight() * heightOfView)));

  const automatic = useMemo(() => readableWeight(edges, rows), [edges, rows]);
  const least = place.least ?? automatic;
  const lines = useMemo(() => linesOf(edges, least), [edges, least]);
  const room = useMemo(() => labelWidth(axes, theme), [axes, theme]);
  const column = Math.min(room + 14, width * mostLabel);
  const layout = { width, height, left: column, right: width - column, scroll };
  useLayoutEffect(() => {
    if (width === 0) return;
    const over = pointed ? pointedLines(pointed, parts) : null;
    drawLines(canvas.current!, { layout, axes, lines, pointedLines: over, pointed, caret, colours, theme });
  });

  /** The token under a point: left of the middle a query, right of it a key. */
  const tokenAt = ({ clientX, clientY }: MouseEvent): Partial<Cell> | null => {
    const box = scroller.current!.getBoundingClientRect();
    const isQuery = clientX - box.left < width / 2;
    const row = rowAt(clientY - box.top, scroll, (isQuery ? axes.queries : axes.keys).length);
    return row === null ? null : isQuery ? { query: row } : { key: row };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = tokenAfterKey(event.key, place.cell, axes);
    if (next) {
      onPoint(null);
      onPlace({ cell: next });
      const y = (next.query ?? next.key)! * rowHeight;
      const top = Math.min(Math.max(scroll, y + 2 * rowHeight - height), y);
      scroller.current!.scrollTo(0, top);
    } else if (event.key === 'Escape' && place.cell) {
      onPoint(null);
      onPlace({ cell: null });
    } else if (event.key === 'Enter' && place.cell) onReveal(place.cell, true);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <label class="threshold">
        <span>{l10n.t('Lines from weight {0} on: {1}', least.toFixed(3), lines.length)}</span>
        <input
          type="range"
          min={0}
          max={steps}
          value={Math.round(Math.sqrt(least) * steps)}
          aria-valuetext={least.toFixed(3)}
          onInput={(event) => onPlace({ least: (Number(event.currentTarget.value) / steps) ** 2 })}
        />
        {place.least !== null && (
          <button type="button" class="link" onClick={() => onPlace({ least: null })}>
            {l10n.t('As many as can be read')}
          </button>
        )}
      </label>
      <div
        ref={scroller}
        class="lines"
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby={props.status}
        style={{ height: `${height}px` }}
        onScroll={() => setScroll(scroller.current!.scrollTop)}
        onKeyDown={onKeyDown}
        onMouseMove={(event) => onPoint(tokenAt(event))}
        onMouseLeave={() => onPoint(null)}
        onClick={(event) => {
          const token = tokenAt(event);
          if (token) onPlace({ cell: token });
        }}
      >
        <canvas ref={canvas} aria-hidden="true" />
        <div class="spacer" style={{ height: `${full}px` }} />
      </div>
    </>
  );
}

function labelWidth({ queries, keys }: Axes, theme: Theme): number {
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = `bold 12px ${theme.font}`;
  return Math.max(0, ...[...queries, ...keys].map(({ label }) => context.measureText(label).width));
}
