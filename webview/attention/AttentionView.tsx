import './attention.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { AttentionResult, HeadIndex } from '../../src/protocol/attention';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { AttentionViewRequests } from '../../src/protocol/views';
import { colourScale, parseColour, pixelsOf } from '../shared/colourScale';
import { rangeOf, tokenAt } from '../shared/linking';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { useTheme } from '../shared/theme';
import { Button, IconButton } from '../shared/ui';
import { WindowBar } from '../shared/windowBar';
import { Atlas } from './Atlas';
import { Attended } from './Attended';
import { HeadMatrix } from './HeadMatrix';
import { cellWithin, highestZoom, placeFrom, placeIn, placeWithin, type Cell, type Place } from './place';
import { Scale } from './Scale';
import { useAttention, useRow } from './useAttention';
import { exactWeight, roughWeight } from './weights';

/** What each head of each layer attends to: all of them as an atlas, one as a matrix. */
export function AttentionView({
  content,
  caret,
  host,
}: ViewProps<AttentionResult, AttentionViewRequests>): JSX.Element {
  const [kept, setKept] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setKept((place) => ({ ...place, ...changes }));
  useEffect(() => host.keepPlace(kept), [kept]);

  const { layers, heads } = content.result;
  const { layer, head } = placeWithin(kept, layers, heads, content.result.tokens.length);
  const { loaded, problem } = useAttention(host, content.result, { layer, head });
  const open = loaded?.index ?? { layer, head };
  const shown = loaded?.result ?? null;
  const tokens = shown?.tokens ?? none;
  const place = placeWithin(kept, layers, heads, tokens.length);
  useLayoutEffect(() => {
    if (shown) setKept((before) => placeIn(before, shown.tokens));
  }, [shown]);
  usePageScroll(shown !== null, kept.scrolled, change);

  const theme = useTheme();
  const scale = useMemo(() => colourScale(theme.kind, parseColour(theme.background)), [theme]);
  const pixels = useMemo(() => pixelsOf(scale), [scale]);

  const [hovered, setHovered] = useState<Partial<Cell> | null>(null);
  const pointed = cellWithin(hovered, tokens.length) ?? place.cell;
  const underCaret = caret && !content.stale ? tokenAt(tokens, caret) : null;
  const query = pointed?.query ?? place.cell?.query ?? underCaret;
  const row = useRow(host, shown?.trace, open, query);
  const pointedTokens = [pointed?.query, pointed?.key].flatMap((index) =>
    index === undefined ? [] : (rangeOf(tokens[index]) ?? []),
  );
  const ranges = JSON.stringify(pointedTokens);
  useEffect(() => void host.request('highlight', { ranges: pointedTokens }), [ranges]);

  const reveal = (index: number, focus: boolean): void => {
    const range = rangeOf(tokens[index]);
    if (range) void host.request('reveal', { range, focus });
  };
  const title = l10n.t('Layer {0}, head {1}', open.layer, open.head);
  return (
    <>
      <header class="summary">
        <h1>{summaryOf(content.result)}</h1>
        <ModelButton
          model={content.result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
      </header>
      <WindowBar result={content.result} onRead={(index) => void host.request('readWindow', { index })} />
      {problem !== null && (
        <div class="problem" role="alert">
          {problem}
          <Button onClick={() => void host.request('act', { action: 'runAgain' })}>
            {l10n.t('Run Again')}
          </Button>
        </div>
      )}
      {loaded && (
        <div class="panes">
          <div>
            <Atlas
              atlas={loaded.atlas}
              arrived={loaded.arrived}
              layers={loaded.result.layers}
              heads={loaded.result.heads}
              chosen={{ layer, head }}
              {...{ pixels, theme }}
              onChoose={(index: HeadIndex) => change(index)}
            />
            <Scale scale={scale} />
          </div>
          <section aria-label={title}>
            <header class="head-title">
              <h2>{title}</h2>
              <IconButton
                label={l10n.t('Zoom out')}
                disabled={place.zoom <= 1}
                onClick={() => change({ zoom: Math.max(1, place.zoom / 1.5) })}
              >
                −
              </IconButton>
              <IconButton
                label={l10n.t('Zoom in')}
                disabled={place.zoom >= highestZoom}
                onClick={() => change({ zoom: Math.min(highestZoom, place.zoom * 1.5) })}
              >
                +
              </IconButton>
            </header>
            <p class="weight" id="weight" role="status">
              {weightLine(tokens, pointed, row, loaded.head.bytes)}
            </p>
            <HeadMatrix
              label={l10n.t(
                '{0}: arrow keys move over the weights, + and − zoom, Enter goes to the text',
                title,
              )}
              weights={loaded.head}
              arrived={loaded.arrived}
              {...{ tokens, pointed, place, pixels, theme }}
              caret={underCaret}
              onPoint={setHovered}
              onPlace={change}
              onReveal={reveal}
            />
            {query !== null && tokens[query] && (
              <Attended
                {...{ tokens, query, row }}
                onPoint={(key) => setHovered(key === null ? null : { query, key })}
                onReveal={(key) => reveal(key, false)}
              />
            )}
          </section>
        </div>
      )}
    </>
  );
}

const none: EncodedToken[] = [];

function summaryOf({ tokens, layers, heads }: AttentionResult): string {
  return l10n.t('{0} tokens, {1} layers × {2} heads', tokens.length, layers, heads);
}

/** The pointed weight in words; the exact number as soon as it is there. */
function weightLine(
  tokens: EncodedToken[],
  pointed: Partial<Cell> | null,
  row: Float32Array | null,
  bytes: Uint8Array,
): JSX.Element | string {
  const { query, key } = pointed ?? {};
  if (query === undefined || key === undefined) {
    const index = query ?? key;
    if (index === undefined) return l10n.t('Point at a cell for its exact weight.');
    return l10n.t('“{0}”, position {1}', tokens[index]?.token ?? '', index);
  }
  const weight = row ? exactWeight(row[key]!) : roughWeight(bytes[query * tokens.length + key]!);
  return (
    <>
      <span class="mono">
        <bdi>{tokens[query]?.token}</bdi> → <bdi>{tokens[key]?.token}</bdi>
      </span>
      <strong>{weight}</strong>
    </>
  );
}

/** Scrolls the page to where it was, once there is something to scroll, and keeps where it is. */
function usePageScroll(ready: boolean, scrolled: number, change: (changes: Partial<Place>) => void): void {
  useEffect(() => {
    if (!ready) return;
    window.scrollTo(0, scrolled);
    const keep = (): void => change({ scrolled: window.scrollY });
    window.addEventListener('scroll', keep, { passive: true });
    return () => window.removeEventListener('scroll', keep);
  }, [ready]);
}
