import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { barScale } from '../../src/core/barScale';
import type { AxisEntry } from './axes';
import type { Direction } from './place';
import { exactWeight } from './weights';

interface AttendedProps {
  /** What is pointed at, and its place among the rows or columns. */
  entry: AxisEntry;
  position: number;
  /** Whether it attends or is attended to. */
  direction: Direction;
  /** What it attends to, or what attends to it. */
  others: AxisEntry[];
  /** Exact weights of all of them; null while they are on their way. */
  weights: Float32Array | null;
  /** Whether a causal mask hides it: that is no weight. */
  isHidden: (other: number) => boolean;
  onPoint: (other: number | null) => void;
  onReveal: (other: number) => void;
}

const listed = 5;

/** What one token attends to most, or is most attended to from, as a table. */
export function Attended(props: AttendedProps): JSX.Element {
  const { entry, position, direction, others, weights, isHidden, onPoint, onReveal } = props;
  const strongest = weights?.length === others.length ? strongestOf(weights, listed, isHidden) : [];
  const scale = barScale(strongest.map((other) => weights![other]!));
  const title =
    direction === 'from'
      ? l10n.t('“{0}” (position {1}) attends to', entry.label, position)
      : l10n.t('“{0}” (position {1}) is attended to from', entry.label, position);
  return (
    <table class="attended">
      <caption>{title}</caption>
      <tbody>
        {strongest.map((other) => (
          <tr key={other} onMouseEnter={() => onPoint(other)} onMouseLeave={() => onPoint(null)}>
            <th scope="row">
              <Token entry={others[other]!} position={other} onPoint={onPoint} onReveal={onReveal} />
            </th>
            <td class="track">
              <span class="bar" style={{ width: `${(weights![other]! / scale) * 100}%` }} />
            </td>
            <td class="number">{exactWeight(weights![other]!)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface TokenProps extends Pick<AttendedProps, 'onPoint' | 'onReveal'> {
  entry: AxisEntry;
  position: number;
}

/** A token, as a link to its text where it has one. */
function Token({ entry, position, onPoint, onReveal }: TokenProps): JSX.Element {
  const shared = { dir: 'auto' as const, title: l10n.t('position {0}', position) };
  if (!entry.range) {
    return (
      <span class="mono" {...shared}>
        {entry.label}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="link mono"
      {...shared}
      onFocus={() => onPoint(position)}
      onBlur={() => onPoint(null)}
      onClick={() => onReveal(position)}
    >
      {entry.label}
    </button>
  );
}

/** Indices of the largest weights, in falling order. */
function strongestOf(weights: Float32Array, count: number, isHidden: (index: number) => boolean): number[] {
  const seen = [...weights.keys()].filter((index) => !isHidden(index));
  return seen.sort((a, b) => weights[b]! - weights[a]!).slice(0, count);
}
