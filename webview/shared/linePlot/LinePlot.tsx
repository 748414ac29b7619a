import './linePlot.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { shortNumber } from '../heatStrip/cells';
import { useWidth } from '../useSize';

export interface Line {
  name: string;
  values: ArrayLike<number>;
}

interface LinePlotProps {
  name: string;
  /** What is counted from left to right. */
  across: string;
  lines: Line[];
  /** What the first place is counted as. */
  first?: number;
}

const [height, left, bottom, top] = [140, 58, 18, 8];
/** The least distance between two labels. */
const labelDistance = 12;

/** A few lines of numbers over an index; the exact numbers are under the pointer, or by arrow keys. */
export function LinePlot({ name, across, lines, first = 0 }: LinePlotProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [at, setAt] = useState<number | null>(null);
  const count = Math.max(...lines.map(({ values }) => values.length));
  const [low, high] = rangeOf(lines);
  const room = Math.max(1, width - left - 6);
  const x = (index: number): number => left + (count > 1 ? (index / (count - 1)) * room : room / 2);
  const y = (value: number): number => top + ((high - value) / (high - low)) * (height - top - bottom);
  const hasZero = [low, high].every((end) => Math.abs(y(end) - y(0)) > labelDistance) && low < 0 && high > 0;
  const pointed = at === null ? null : Math.min(at, count - 1);
  const move = (by: number): void => setAt(Math.min(Math.max((pointed ?? -1) + by, 0), count - 1));
  return (
    <figure class="line-plot">
      <div
        ref={frame}
        role="application"
        tabIndex={0}
        aria-label={l10n.t('{0}: arrow keys move over the numbers', name)}
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowLeft: -1, Home: -count, End: count }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          move(by);
        }}
        onBlur={() => setAt(null)}
        onMouseLeave={() => setAt(null)}
        onMouseMove={({ offsetX }) =>
          setAt(Math.min(Math.max(Math.round(((offsetX - left) / room) * (count - 1)), 0), count - 1))
        }
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            {[low, ...(hasZero ? [0] : []), high].map((value) => (
              <g key={value} class="axis">
                <line x1={left} x2={width - 6} y1={y(value)} y2={y(value)} />
                <text x={left - 6} y={y(value)}>
                  {shortNumber(value)}
                </text>
              </g>
            ))}
            <text class="across" x={width - 6} y={height - 4}>
              {`${across} ${first + count - 1}`}
            </text>
            <text class="across start" x={left} y={height - 4}>
              {first}
            </text>
            {lines.map(({ name: line, values }, index) => (
              <path key={line} class={`line line-${index}`} d={pathOf(values, x, y)} />
            ))}
            {pointed !== null && (
              <line class="pointed" x1={x(pointed)} x2={x(pointed)} y1={top} y2={height - bottom} />
            )}
          </svg>
        )}
      </div>
      <figcaption role="status">
        <span>
          {name}
          {pointed !== null && ` · ${across} ${first + pointed}`}
        </span>
        {lines.map(({ name: line, values }, index) => (
          <span key={line} class={`key key-${index}`}>
            {line}
            {pointed !== null && pointed < values.length && `: ${shortNumber(values[pointed]!)}`}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function rangeOf(lines: Line[]): [number, number] {
  const all = lines.flatMap(({ values }) => Array.from(values)).filter(Number.isFinite);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return low < high ? [low, high] : [low - 1, high + 1];
}

function pathOf(values: ArrayLike<number>, x: (at: number) => number, y: (value: number) => number): string {
  return Array.from(values)
    .map((value, at) =>
      Number.isFinite(value) ? `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}` : '',
    )
    .join('');
}
