import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { AttentionBytes, HeadIndex } from '../../src/protocol/attention';
import { prepareCanvas } from '../shared/canvas';
import type { Theme } from '../shared/theme';
import { useWidth } from '../shared/useSize';
import { rowsOf, tileAfterKey, tileAndGap } from './atlasLayout';
import { headName } from '../shared/headName';
import { headNumber } from './headNames';
import { measurePaint } from './measurePaint';
import { drawAtlas } from './pictures';
import { isSameHead } from './place';

interface AtlasProps {
  atlas: AttentionBytes;
  /** When it arrived, in milliseconds of the performance timeline. */
  arrived: number;
  layers: number;
  heads: number;
  /** CSS pixels. */
  largestTile: number;
  /** Heads in the order of a statistic, counted over all layers; null for a row of each layer. */
  order: number[] | null;
  /** The name of that order. */
  label: string;
  /** What is said of a head beside its name. */
  noteOf: (index: number) => string;
  chosen: HeadIndex;
  overlaid: HeadIndex[];
  pixels: Uint32Array;
  theme: Theme;
  /** @param overlay the head is to be laid over the open one, or taken away from it. */
  onChoose: (index: HeadIndex, overlay: boolean) => void;
}

/** Room for the numbers of layers and of heads, and the least for one of them. */
const labels = 20;
const labelDistance = 13;
/** In another order each tile has its number below it. */
const numberWidth = 30;
const numberHeight = 13;

/** Every head of every layer as one picture, with a button over each. One tab stop. */
export function Atlas(props: AtlasProps): JSX.Element {
  const { atlas, arrived, layers, heads, order, chosen, overlaid, pixels, theme, onChoose } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const margin = order ? 0 : labels;
  const room = width - margin;
  const columns = order ? Math.max(1, Math.min(heads, Math.floor((room + 3) / (numberWidth + 3)))) : heads;
  const { tile, gap } = tileAndGap(room, columns, props.largestTile);
  const caption = order ? numberHeight : 0;
  const rows = useMemo(
    () => rowsOf(order ?? [...Array(layers * heads).keys()], columns),
    [order, layers, columns],
  );
  const labelStep = Math.ceil(labelDistance / (tile + gap));
  useLayoutEffect(() => {
    if (room <= 0) return;
    const across = columns * (tile + gap) - gap;
    const down = rows.length * (tile + gap + caption) - gap;
    const context = prepareCanvas(canvas.current!, across, down);
    const tiles = rows.flatMap((row, y) =>
      row.map((index, x) => ({ index, x: x * (tile + gap), y: y * (tile + gap + caption) })),
    );
    drawAtlas(context, atlas, tiles, tile, pixels);
  }, [atlas, rows, tile, gap, pixels, theme, room > 0]);

  useLayoutEffect(() => measurePaint('headlight.atlasPaint', arrived), [atlas]);

  const headOf = (index: number): HeadIndex => ({ layer: Math.floor(index / heads), head: index % heads });
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = tileAfterKey(event.key, rows, chosen.layer * heads + chosen.head);
    if (next === null) return;
    event.preventDefault();
    const index = headOf(next);
    onChoose(index, false);
    frame.current?.querySelector<HTMLElement>(`[data-head="${headNumber(index)}"]`)?.focus();
  };
  const isLabelled = (index: number): boolean => index % labelStep === 0;
  return (
    <div
      ref={frame}
      class={gap < 3 ? 'atlas dense' : 'atlas'}
      role="grid"
      aria-label={props.label}
      onKeyDown={onKeyDown}
      style={{
        '--tile': `${tile}px`,
        '--gap': `${gap}px`,
        '--labels': `${margin}px`,
        '--caption': `${caption}px`,
      }}
    >
      {!order && (
        <div class="atlas-row heads" aria-hidden="true">
          <span class="atlas-label" />
          {[...Array(heads).keys()].map((head) => (
            <span key={head} class="atlas-label">
              {isLabelled(head) && head}
            </span>
          ))}
        </div>
      )}
      <canvas ref={canvas} aria-hidden="true" />
      {rows.map((row, y) => (
        <div
          key={y}
          class="atlas-row"
          role="row"
          aria-label={order ? l10n.t('Row {0}', y + 1) : l10n.t('Layer {0}', y)}
        >
          {!order && (
            <span class="atlas-label" aria-hidden="true">
              {isLabelled(y) && y}
            </span>
          )}
          {row.map((index) => {
            const head = headOf(index);
            return (
              <HeadTile
                key={index}
                head={head}
                note={props.noteOf(index)}
                isNumbered={order !== null}
                isChosen={isSameHead(head, chosen)}
                isOverlaid={overlaid.some((each) => isSameHead(each, head))}
                onChoose={onChoose}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

interface HeadTileProps extends Pick<AtlasProps, 'onChoose'> {
  head: HeadIndex;
  note: string;
  isNumbered: boolean;
  isChosen: boolean;
  isOverlaid: boolean;
}

function HeadTile(props: HeadTileProps): JSX.Element {
  const { head, note, isNumbered, isChosen, isOverlaid, onChoose } = props;
  return (
    <button
      type="button"
      class={isOverlaid ? 'tile overlaid' : 'tile'}
      role="gridcell"
      data-head={headNumber(head)}
      aria-label={headName(head)}
      aria-description={note || undefined}
      aria-selected={isChosen}
      title={[headName(head), note].filter(Boolean).join('\n')}
      tabIndex={isChosen ? 0 : -1}
      onClick={(event) => onChoose(head, event.ctrlKey || event.metaKey || event.shiftKey)}
    >
      {isNumbered && (
        <span class="tile-number" aria-hidden="true">
          {headNumber(head)}
        </span>
      )}
    </button>
  );
}
