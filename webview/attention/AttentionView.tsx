import './attention.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { tokensOfStack } from '../../src/core/attention/units';
import type { AttentionResult, HeadIndex, StackShape } from '../../src/protocol/attention';
import type { AttentionViewRequests, ComparedAttention, SourceRange } from '../../src/protocol/views';
import { colourScale, parseColour, pixelsOf } from '../shared/colourScale';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { useTheme } from '../shared/theme';
import { Button } from '../shared/ui';
import { useIsWide } from '../shared/useSize';
import { WindowBar } from '../shared/windowBar';
import { AlikeHeads, AtlasPane, OrderMenu } from './AtlasPane';
import { axesOf, entryAt } from './axes';
import { ComparedHead, CompareMenu, isComparable } from './Compared';
import { Controls } from './Controls';
import { GeneratedText } from '../shared/GeneratedText';
import { shownName } from './headNames';
import { HeadPane } from './HeadPane';
import { StrideMenu } from './StrideMenu';
import {
  isSameHead,
  mostOverlaid,
  placeFrom,
  placeIn,
  placeWithin,
  shapeOf,
  sourceOf,
  type Cell,
  type Place,
} from './place';
import { useAttention } from './useAttention';
import { useTypedHead } from './useTypedHead';

/** From this width on, as panels have it, everything is in reach at once. */
const wide = 560;

/** What each head of each layer attends to: all of them as an atlas, one as a picture. */
export function AttentionView({
  content,
  caret,
  host,
}: ViewProps<ComparedAttention, AttentionViewRequests>): JSX.Element {
  const { result } = content;
  const { other, readTexts: texts } = result;
  const [kept, setKept] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setKept((place) => ({ ...place, ...changes }));
  useEffect(() => host.keepPlace(kept), [kept]);
  const { opened } = result;
  useEffect(() => {
    if (opened && opened.opening !== kept.opening) change({ ...opened, reduction: 'head' });
  }, [opened]);

  const place = placeWithin(kept, result.stacks);
  const isPair = result.tokens.some(({ sequence }) => sequence === 1);
  const question = {
    trace: result.trace,
    stack: place.stack,
    source: sourceOf(place),
    shape: shapeOf(place, isPair),
  };
  const { loaded, problem } = useAttention(host, result, texts, question, shownName(place.reduction, place));
  useLayoutEffect(() => {
    if (loaded)
      setKept((before) => placeIn(before, [...loaded.result.tokens, ...(loaded.result.target ?? [])]));
  }, [loaded?.result]);
  usePageScroll(loaded !== null, kept.scrolled, change);

  const theme = useTheme();
  const scale = useMemo(() => colourScale(theme.kind, parseColour(theme.background)), [theme]);
  const pixels = useMemo(() => pixelsOf(scale), [scale]);
  const axes = useMemo(
    () =>
      loaded
        ? axesOf(tokensOfStack(loaded.result, loaded.question.stack), loaded.texts, loaded.question.shape)
        : { queries: [], keys: [] },
    [loaded?.result, loaded?.question],
  );

  const [hovered, setHovered] = useState<Partial<Cell> | null>(null);
  /** Whether the editor holds what was read up to the end of a range: what was generated is not in it. */
  const isInEditor = ({ sequence, end }: Pick<SourceRange, 'sequence' | 'end'>): boolean => {
    const read = loaded?.texts[sequence];
    return read !== undefined && content.texts[sequence]?.slice(0, end) === read.slice(0, end);
  };
  const caretIn = (side: keyof typeof axes): number | null => {
    if (!loaded || content.stale || !caret) return null;
    const tokens = tokensOfStack(loaded.result, loaded.question.stack)[side];
    const entry = entryAt(axes[side], tokens, caret);
    const range = axes[side][entry ?? -1]?.range;
    return range && isInEditor(range) ? entry : null;
  };
  const under = { query: caretIn('queries'), key: caretIn('keys') };
  const rangesOf = ({ query, key }: Partial<Cell>): SourceRange[] =>
    [axes.queries[query ?? -1]?.range, axes.keys[key ?? -1]?.range].filter(
      (range): range is SourceRange => !!range && isInEditor(range),
    );
  const ranges = rangesOf(hovered ?? place.cell ?? {});
  useEffect(() => void host.request('highlight', { ranges }), [JSON.stringify(ranges)]);

  const choose = ({ layer, head }: HeadIndex, overlay: boolean): void => {
    if (!overlay) return change({ layer, head });
    const others = kept.overlaid.filter((each) => !isSameHead(each, { layer, head }));
    const isNew = others.length === kept.overlaid.length;
    change({
      overlaid: isNew ? [...others, { layer, head }].slice(-mostOverlaid) : others,
      picture: 'lines',
    });
  };
  useTypedHead(place.layers, place.heads, (index) => choose(index, false));
  const isWide = useIsWide(wide);
  const comparedTrace =
    loaded && other && isComparable(loaded.result, other.result, loaded.question.stack)
      ? other.result.trace
      : null;
  const orderMenu = (
    <OrderMenu
      order={place.order}
      isCompared={comparedTrace !== null}
      onOrder={(order) => change({ order })}
    />
  );
  const controls = (
    <>
      <Controls {...{ place, isPair }} stacks={result.stacks} onPlace={change} />
      <CompareMenu
        isComparing={other !== null || result.otherProblem !== null}
        onCompare={(what) => void host.request('compareWith', { what })}
      />
    </>
  );
  const walkThrough = (
    <button
      type="button"
      class="link"
      onClick={() => {
        const { stack, layer, head, cell } = place;
        void host.request('openForward', {
          role: stack === 'cross' ? 'crossAttentionProbabilities' : 'attentionProbabilities',
          stack: stack === 'encoder' ? 'encoder' : 'decoder',
          ...{ layer, head },
          ...(stack === 'encoder' && cell && { token: cell.query }),
        });
      }}
    >
      {l10n.t('Walk through from Here')}
    </button>
  );
  return (
    <>
      <header class="summary">
        <h1>{summaryOf(result, place)}</h1>
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
        {isWide && walkThrough}
      </header>
      <WindowBar result={result} onRead={(index) => void host.request('readWindow', { index })}>
        <StrideMenu
          {...result}
          onStride={(stride) => void host.request('readWindow', { index: 0, stride })}
        />
      </WindowBar>
      <GeneratedText
        result={result}
        onGenerate={(generates) => void host.request('generate', { generates })}
      />
      {isWide ? (
        controls
      ) : (
        <details class="options">
          <summary>{l10n.t('Options')}</summary>
          {controls}
          {orderMenu}
        </details>
      )}
      {result.otherProblem !== null && (
        <div class="problem" role="alert">
          {result.otherProblem}
        </div>
      )}
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
          <AtlasPane
            {...{ host, place, scale, pixels, theme }}
            trace={loaded.question.trace}
            other={comparedTrace}
            menu={isWide ? orderMenu : null}
            shape={shapeOfStack(loaded.result, loaded.question.stack)}
            atlas={loaded.atlas}
            arrived={loaded.arrived}
            onPlace={change}
            onChoose={choose}
          />
          <div class="heads">
            <HeadPane
              {...{ host, loaded, axes, place, hovered, scale, pixels, theme }}
              caret={under}
              onPoint={setHovered}
              onPlace={change}
              onReveal={(pointed, focus) => {
                const [range] = rangesOf(pointed);
                if (range) void host.request('reveal', { range, focus });
              }}
            />
            {!isWide && walkThrough}
            {other && (
              <ComparedHead
                {...{ host, scale, pixels, theme }}
                run={other}
                comparedWith={result.comparedWith}
                hasDivergences={comparedTrace !== null}
                place={kept}
                onPlace={change}
              />
            )}
          </div>
          {!isWide && (
            <AlikeHeads
              {...{ host, place }}
              trace={loaded.question.trace}
              shape={shapeOfStack(loaded.result, loaded.question.stack)}
              onPlace={change}
              onChoose={choose}
            />
          )}
        </div>
      )}
    </>
  );
}

function shapeOfStack({ stacks }: AttentionResult, stack: StackShape['stack']): StackShape {
  return stacks.find((each) => each.stack === stack)!;
}

function summaryOf({ tokens, target }: AttentionResult, { layers, heads }: StackShape): string {
  if (target) {
    return l10n.t(
      '{0} source and {1} target tokens, {2} layers × {3} heads',
      tokens.length,
      target.length,
      layers,
      heads,
    );
  }
  return l10n.t('{0} tokens, {1} layers × {2} heads', tokens.length, layers, heads);
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
