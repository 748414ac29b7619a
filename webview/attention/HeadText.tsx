import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { weightToByte } from '../../src/core/weightBytes';
import { css, isLight, type Rgb } from '../shared/colourScale';
import { Tabs } from '../shared/ui';
import { isMasked, type Axes, type AxisEntry } from './axes';
import type { Cell, Direction, Place } from './place';
import { exactWeight } from './weights';

interface HeadTextProps {
  label: string;
  /** Id of what is said of the pointed weight. */
  status: string;
  axes: Axes;
  texts: string[];
  isCausal: boolean;
  /** Whether one text attends to another. */
  isCross: boolean;
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
  const { label, axes, texts, isCausal, isCross, pointed, weights, caret, place, scale } = props;
  const { onPoint, onPlace, onReveal } = props;
  const { direction } = place;
  const sideOf = (index: number): Partial<Cell> => (direction === 'from' ? { query: index } : { key: index });
  const [own, others] = direction === 'from' ? [axes.queries, axes.keys] : [axes.keys, axes.queries];
  // Within a stack a token is coloured as one of the other side, and pointed at as one of its own.
  const paragraphs = isCross ? [own, others] : [inTextOrder(own, others)];
  const placeIn = (list: AxisEntry[], entry: AxisEntry): number | null => {
    const at = list.findIndex((each) => each === entry || (!isCross && each.tokens[0] === entry.tokens[0]));
    return at < 0 ? null : at;
  };

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

  const lookOf = (entry: AxisEntry): { colours: Rgb | null; note: string; masked: boolean } => {
    const other = placeIn(others, entry);
    const at = pointed === null ? undefined : own[pointed];
    if (other === null || !at || weights?.length !== others.length)
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
        class="heat-text"
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby={props.status}
        onKeyDown={onKeyDown}
        onMouseLeave={() => onPoint(null)}
      >
        {paragraphs.map((entries, index) => (
          <p key={index} dir="auto">
            {entries.map((entry, place) => {
              const at = placeIn(own, entry);
              return (
                <>
                  {gapBefore(entries, place, texts)}
                  <Piece
                    {...{ entry, texts }}
                    {...lookOf(entry)}
                    isPointed={at !== null && at === pointed}
                    isCaret={at !== null && at === caret}
                    onEnter={() => onPoint(at === null ? null : sideOf(at))}
                    onClick={() => at !== null && onPlace({ cell: sideOf(at) })}
                  />
                </>
              );
            })}
          </p>
        ))}
      </div>
    </>
  );
}

interface PieceProps {
  entry: AxisEntry;
  texts: string[];
  /** The colour of its weight; null for none. */
  colours: Rgb | null;
  note: string;
  masked: boolean;
  isPointed: boolean;
  isCaret: boolean;
  onEnter: () => void;
  onClick: () => void;
}

/** A token or word as it stands in the text, in the colour of its weight. */
function Piece(props: PieceProps): JSX.Element {
  const { entry, texts, colours, note, masked, isPointed, isCaret, onEnter, onClick } = props;
  const { range, label, special } = entry;
  const classes = [special && 'special', masked && 'masked', isPointed && 'pointed', isCaret && 'caret'];
  return (
    <span
      class={['heat', ...classes].filter(Boolean).join(' ')}
      title={note || undefined}
      style={
        colours ? { background: css(colours), color: isLight(colours) ? '#000000' : '#ffffff' } : undefined
      }
      onMouseEnter={onEnter}
      onClick={onClick}
    >
      {range ? texts[range.sequence]!.slice(range.start, range.end) : label}
    </span>
  );
}

/** What attends and what is attended to in one text, each once. */
function inTextOrder(own: AxisEntry[], others: AxisEntry[]): AxisEntry[] {
  const all = new Map([...others, ...own].map((entry) => [entry.tokens[0]!, entry]));
  return [...all.values()].sort((a, b) => a.tokens[0]! - b.tokens[0]!);
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
