import * as l10n from '@vscode/l10n';
import { Fragment, type JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import { columnsOf } from '../../src/core/columns';
import { breakLines, type Line } from './lines';
import { targetOfKey } from './keys';
import { TokenCell } from './TokenCell';

interface TokenFigureProps {
  tokens: EncodedToken[];
  maximumLength: number | null;
  pointed: number | null;
  underCaret: number | null;
  onPoint: (index: number | null) => void;
  onReveal: (index: number, focus: boolean) => void;
}

/** Columns that a cell has beside its text, and between two cells. */
const padding = 1.5;
const gap = 0.5;

/** The input figure: tokens in reading order, under each of them what the model gets. One tab stop. */
export function TokenFigure(props: TokenFigureProps): JSX.Element {
  const { tokens, maximumLength, pointed, underCaret, onPoint, onReveal } = props;
  const figure = useRef<HTMLDivElement>(null);
  const available = useColumns(figure);
  const cut = maximumLength !== null && tokens.length > maximumLength ? maximumLength : null;
  const widths = useMemo(() => tokens.map(widthOf), [tokens]);
  const lines = useMemo(() => breakLines(widths, available, gap, cut), [widths, available, cut]);
  const [entered, setEntered] = useState(0);
  const tabStop = Math.min(pointed ?? underCaret ?? entered, tokens.length - 1);

  const cellOf = (index: number): HTMLElement | null =>
    figure.current?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;
  useEffect(() => {
    if (underCaret !== null) cellOf(underCaret)?.scrollIntoView({ block: 'nearest' });
  }, [underCaret]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const index = indexOf(event.target);
    if (index === null) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return onReveal(index, event.key === 'Enter');
    }
    if (event.key === 'Escape') return onPoint(null);
    const target = targetOfKey(event, index, lines);
    if (target === null) return;
    event.preventDefault();
    setEntered(target);
    cellOf(target)?.focus();
  };

  return (
    <div
      ref={figure}
      class="figure"
      role="listbox"
      aria-label={l10n.t('Tokens')}
      aria-orientation="horizontal"
      onKeyDown={onKeyDown}
      onFocusCapture={(event) => onPoint(indexOf(event.target))}
      onBlurCapture={() => onPoint(null)}
      onMouseOver={(event) => {
        const index = indexOf(event.target);
        if (index !== null) onPoint(index);
      }}
      onMouseLeave={() => onPoint(null)}
      onClick={(event) => {
        const index = indexOf(event.target);
        if (index !== null) onReveal(index, false);
      }}
    >
      {lines.map((line) => (
        <Fragment key={line.start}>
          {line.start === cut && <Cut read={cut} unread={tokens.length - cut} />}
          <FigureLine
            line={line}
            tokens={tokens}
            widths={widths}
            {...{ cut, pointed, underCaret, tabStop }}
          />
        </Fragment>
      ))}
    </div>
  );
}

interface FigureLineProps {
  line: Line;
  tokens: EncodedToken[];
  widths: number[];
  cut: number | null;
  pointed: number | null;
  underCaret: number | null;
  tabStop: number;
}

function FigureLine({
  line,
  tokens,
  widths,
  cut,
  pointed,
  underCaret,
  tabStop,
}: FigureLineProps): JSX.Element {
  const unread = cut !== null && line.start >= cut;
  return (
    <div class={unread ? 'line unread' : 'line'} role="presentation">
      <div class="labels" aria-hidden="true">
        <span>{l10n.t('Token')}</span>
        <span>{l10n.t('Id')}</span>
        <span>{l10n.t('Segment')}</span>
        <span>{l10n.t('Position')}</span>
        <span>{l10n.t('Attention')}</span>
      </div>
      <div class="cells" role="presentation">
        {tokens.slice(line.start, line.end).map((token, offset) => {
          const index = line.start + offset;
          return (
            <TokenCell
              key={index}
              index={index}
              token={token}
              columns={widths[index]!}
              pointed={index === pointed}
              underCaret={index === underCaret}
              tabStop={index === tabStop}
            />
          );
        })}
      </div>
    </div>
  );
}

function Cut({ read, unread }: { read: number; unread: number }): JSX.Element {
  return (
    <p class="cut" role="presentation">
      {l10n.t('The model reads the first {0} tokens; the {1} after this line are not read.', read, unread)}
    </p>
  );
}

function widthOf({ token, id, positionId }: EncodedToken): number {
  return Math.max(columnsOf(token), String(id).length, String(positionId).length) + padding;
}

function indexOf(target: EventTarget | null): number | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  return cell ? Number(cell.dataset['index']) : null;
}

/** How many columns of the cells' font fit beside the labels, kept up to date. */
function useColumns(figure: { current: HTMLDivElement | null }): number {
  const [columns, setColumns] = useState(60);
  useEffect(() => {
    const element = figure.current!;
    const measure = (): void => {
      const style = getComputedStyle(element);
      const column = parseFloat(style.getPropertyValue('font-size')) * columnPerEm(style.fontFamily);
      const labels = element.querySelector('.labels')?.getBoundingClientRect().width ?? 0;
      setColumns(Math.max(12, Math.floor((element.clientWidth - labels) / column)));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return columns;
}

/** The width of `0` in a font, in parts of its size: what `ch` is in CSS. */
function columnPerEm(fontFamily: string): number {
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = `100px ${fontFamily}`;
  return context.measureText('0').width / 100;
}
