import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { weightToByte } from '../../src/core/weightBytes';
import { css, isLight, type Rgb } from '../shared/colourScale';
import { Tabs } from '../shared/ui';
import { isMasked, type Axes, type AxisEntry } from './axes';
import type { Cell, Direction, Place } from './place';
import { exactWeight } from './weights';

interface HeadTextProps {
  label: string;
  axes: Axes;
  texts: string[];
  isCausal: boolean;
  /** What is pointed at, on the side that the direction names. */
  pointed: number | null;
  /** Exact weights of it over the other side; null while they are on their way. */
  weights: Float32Array | null;
  caret: number | null;
  place: Place;
  scale: Rgb[];
  onPoint: (pointed: Partial<Cell> | null) => void;
  onPlace: (change: Partial<Place>) => void;
  onReveal: (pointed: Partial<Cell>, focus: boolean) => void;
}

/** The text itself, each token coloured by the attention that it gets from, or gives to, the one that is pointed at. */
export function HeadText(props: HeadTextProps): JSX.Element {
  const { label, axes, texts, isCausal, pointed, weights, caret, place, scale } = props;
  const { onPoint, onPlace, onReveal } = props;
  const { direction } = place;
  const frame = useRef<HTMLDivElement>(null);
  const sideOf = (index: number): Partial<Cell> => (direction === 'from' ? { query: index } : { key: index });
  const [own, others] = direction === 'from' ? [axes.queries, axes.keys] : [axes.keys, axes.queries];
  // A token is coloured as one of the other side, and pointed at as one of its own.
  const otherOf = new Map(others.map((entry, index) => [entry.tokens[0]!, index]));
  const entries = [...new Map([...others, ...own].map((entry) => [entry.tokens[0]!, entry])).values()].sort(
    (a, b) => a.tokens[0]! - b.tokens[0]!,
  );
  const ownOf = new Map(own.map((entry, index) => [entry.tokens[0]!, index]));

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = (direction === 'from' ? place.cell?.query : place.cell?.key) ?? null;
    if (step !== undefined) {
      const next = at === null ? 0 : Math.min(Math.max(at + step, 0), own.length - 1);
      onPoint(null);
      onPlace({ cell: sideOf(next) });
    } else if (event.key === 'Escape' && place.cell) {
      onPoint(null);
      onPlace({ cell: null });
    } else if (event.key === 'Enter' && at !== null) onReveal(sideOf(at), true);
    else return;
    event.preventDefault();
  };

  const styleOf = (entry: AxisEntry): { colours: Rgb | null; note: string; masked: boolean } => {
    const other = otherOf.get(entry.tokens[0]!);
    const at = pointed === null ? undefined : own[pointed];
    if (other === undefined || !at || weights?.length !== others.length)
      return { colours: null, note: '', masked: false };
    const [query, key] = direction === 'from' ? [at, entry] : [entry, at];
    if (isCausal && isMasked(query, key))
      return { colours: null, note: l10n.t('hidden by the causal mask'), masked: true };
    const weight = weights[other]!;
    return { colours: scale[weightToByte(weight)]!, note: exactWeight(weight), masked: false };
  };
  return (
    <>
      <Tabs
        label={l10n.t('Direction')}
        value={direction}
        choices={[
          { value: 'from' as Direction, label: l10n.t('Attention from the token') },
          { value: 'to' as Direction, label: l10n.t('Attention to the token') },
        ]}
        onChange={(next) => onPlace({ direction: next, cell: turned(place.cell) })}
      />
      <div
        ref={frame}
        class="heat-text"
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby="weight"
        dir="auto"
        onKeyDown={onKeyDown}
        onMouseLeave={() => onPoint(null)}
      >
        {entries.map((entry, index) => {
          const { colours, note, masked } = styleOf(entry);
          const at = ownOf.get(entry.tokens[0]!);
          const isPointed = at !== undefined && at === pointed;
          const classes = ['heat', entry.special && 'special', masked && 'masked', isPointed && 'pointed'];
          if (at !== undefined && at === caret) classes.push('caret');
          return (
            <>
              {gapBefore(entries, index, texts)}
              <span
                key={entry.tokens[0]}
                class={classes.filter(Boolean).join(' ')}
                title={note || undefined}
                style={
                  colours
                    ? { background: css(colours), color: isLight(colours) ? '#000000' : '#ffffff' }
                    : undefined
                }
                onMouseEnter={() => onPoint(at === undefined ? null : sideOf(at))}
                onClick={() => at !== undefined && onPlace({ cell: sideOf(at) })}
              >
                {entry.range
                  ? texts[entry.range.sequence]!.slice(entry.range.start, entry.range.end)
                  : entry.label}
              </span>
            </>
          );
        })}
      </div>
    </>
  );
}

/** What stands between two tokens in the text; a line between two texts. */
function gapBefore(entries: AxisEntry[], index: number, texts: string[]): string {
  const [before, here] = [entries[index - 1], entries[index]!];
  if (!before) return '';
  if (!before.range || !here.range) return ' ';
  if (before.range.sequence !== here.range.sequence) return '\n';
  const { sequence, end } = before.range;
  return texts[sequence]!.slice(end, Math.max(end, here.range.start));
}

/** The pinned token on the other side. */
function turned(cell: Partial<Cell> | null): Partial<Cell> | null {
  if (!cell) return null;
  const at = cell.query ?? cell.key;
  return cell.query === undefined ? { query: at } : { key: at };
}
