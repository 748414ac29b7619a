import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { AttentionBytes, HeadIndex } from '../../src/protocol/attention';
import { prepareCanvas } from '../shared/canvas';
import type { Theme } from '../shared/theme';
import { useWidth } from '../shared/useSize';
import { measurePaint } from './measurePaint';
import { drawAtlas } from './pictures';

interface AtlasProps {
  atlas: AttentionBytes;
  /** When it arrived, in milliseconds of the performance timeline. */
  arrived: number;
  layers: number;
  heads: number;
  chosen: HeadIndex;
  pixels: Uint32Array;
  theme: Theme;
  onChoose: (index: HeadIndex) => void;
}

/** Room for the numbers of layers and of heads, and the least for one of them. */
const labels = 20;
const labelDistance = 13;
const smallestTile = 4;
const largestTile = 64;

/** Tiles as large as fit; small ones stand closer. */
function tileAndGap(room: number, heads: number): { tile: number; gap: number } {
  const fitting = (gap: number): number => Math.floor((room + gap) / heads) - gap;
  const gap = fitting(3) < 10 ? 1 : 3;
  return { tile: Math.min(largestTile, Math.max(smallestTile, fitting(gap))), gap };
}

/** Every head of every layer as one picture, with a button over each. One tab stop. */
export function Atlas({
  atlas,
  arrived,
  layers,
  heads,
  chosen,
  pixels,
  theme,
  onChoose,
}: AtlasProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useWidth(frame) - labels;
  const { tile, gap } = tileAndGap(room, heads);
  const labelStep = Math.ceil(labelDistance / (tile + gap));
  const [width, height] = [heads, layers].map((count) => count * (tile + gap) - gap) as [number, number];
  useLayoutEffect(() => {
    if (room <= 0) return;
    const context = prepareCanvas(canvas.current!, width, height);
    drawAtlas(context, atlas, { layers, heads, tile, gap }, pixels);
  }, [atlas, layers, heads, tile, gap, pixels, theme, room > 0]);

  useLayoutEffect(() => measurePaint('headlight.atlasPaint', arrived), [atlas]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const next = headAfterKey(event.key, chosen, layers, heads);
    if (!next) return;
    event.preventDefault();
    onChoose(next);
    frame.current?.querySelector<HTMLElement>(`[data-head="${next.layer}.${next.head}"]`)?.focus();
  };
  const indices = (count: number): number[] => [...Array(count).keys()];
  return (
    <div
      ref={frame}
      class={gap < 3 ? 'atlas dense' : 'atlas'}
      role="grid"
      aria-label={l10n.t('Heads by layer')}
      onKeyDown={onKeyDown}
      style={{ '--tile': `${tile}px`, '--gap': `${gap}px`, '--labels': `${labels}px` }}
    >
      <div class="atlas-row heads" aria-hidden="true">
        <span class="atlas-label" />
        {indices(heads).map((head) => (
          <span key={head} class="atlas-label">
            {head % labelStep === 0 && head}
          </span>
        ))}
      </div>
      <canvas ref={canvas} aria-hidden="true" />
      {indices(layers).map((layer) => (
        <div key={layer} class="atlas-row" role="row" aria-label={l10n.t('Layer {0}', layer)}>
          <span class="atlas-label" aria-hidden="true">
            {layer % labelStep === 0 && layer}
          </span>
          {indices(heads).map((head) => {
            const isChosen = layer === chosen.layer && head === chosen.head;
            return (
              <button
                key={head}
                type="button"
                class="tile"
                role="gridcell"
                data-head={`${layer}.${head}`}
                aria-label={l10n.t('Layer {0}, head {1}', layer, head)}
                aria-selected={isChosen}
                title={l10n.t('Layer {0}, head {1}', layer, head)}
                tabIndex={isChosen ? 0 : -1}
                onClick={() => onChoose({ layer, head })}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

function headAfterKey(
  key: string,
  { layer, head }: HeadIndex,
  layers: number,
  heads: number,
): HeadIndex | null {
  switch (key) {
    case 'ArrowRight':
      return { layer, head: Math.min(head + 1, heads - 1) };
    case 'ArrowLeft':
      return { layer, head: Math.max(head - 1, 0) };
    case 'ArrowDown':
      return { layer: Math.min(layer + 1, layers - 1), head };
    case 'ArrowUp':
      return { layer: Math.max(layer - 1, 0), head };
    case 'Home':
      return { layer, head: 0 };
    case 'End':
      return { layer, head: heads - 1 };
    default:
      return null;
  }
}
