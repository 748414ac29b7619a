import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { tokensOfStack } from '../../src/core/attention/units';
import type { AttentionResult, AttentionStack } from '../../src/protocol/attention';
import type { AttentionViewRequests, ComparedRun, ComparedWith } from '../../src/protocol/views';
import type { Rgb } from '../shared/colourScale';
import type { Theme } from '../shared/theme';
import { axesOf } from './axes';
import { shownName } from './headNames';
import { HeadPane } from './HeadPane';
import { placeWithin, shapeOf, sourceOf, type Cell, type Place } from './place';
import { useAttention, type AttentionHost } from './useAttention';

interface ComparedHeadProps {
  host: AttentionHost;
  run: ComparedRun;
  comparedWith: ComparedWith | null;
  /** Whether divergences from it can be told. */
  hasDivergences: boolean;
  place: Place;
  scale: Rgb[];
  pixels: Uint32Array;
  theme: Theme;
  onPlace: (change: Partial<Place>) => void;
}

/** The same head of the run that is compared with. Its tokens are not those of the editor's text on show. */
export function ComparedHead({
  host,
  run,
  comparedWith,
  hasDivergences,
  place: kept,
  onPlace,
  ...look
}: ComparedHeadProps): JSX.Element | null {
  const { result, texts } = run;
  const place = placeWithin(kept, result.stacks);
  const isPair = result.tokens.some(({ sequence }) => sequence === 1);
  const question = {
    trace: result.trace,
    stack: place.stack,
    source: sourceOf(place),
    shape: shapeOf(place, isPair),
  };
  const { loaded } = useAttention(host, result, texts, question, shownName(place.reduction, place));
  const axes = useMemo(
    () =>
      loaded &&
      axesOf(tokensOfStack(loaded.result, loaded.question.stack), loaded.texts, loaded.question.shape),
    [loaded?.result, loaded?.question],
  );
  const [hovered, setHovered] = useState<Partial<Cell> | null>(null);
  if (!loaded || !axes) return null;
  return (
    <div class="compared">
      <p class="notes">
        {comparedWith?.kind === 'masked'
          ? l10n.t('{0}: “{1}” masked', result.model, maskedWord(comparedWith))
          : l10n.t('{0}: “{1}”', result.model, excerpt(texts[0] ?? ''))}
      </p>
      {!hasDivergences && (
        <p class="notes">
          {l10n.t('There are not as many heads or tokens as here, so that divergences cannot be told.')}
        </p>
      )}
      <HeadPane
        {...{ host, loaded, axes, place, hovered, onPlace, ...look }}
        isCompared
        caret={{ query: null, key: null }}
        onPoint={setHovered}
        onReveal={() => {}}
      />
    </div>
  );
}

/** Whether each head of a stack can be compared with the same of another run, weight by weight. */
export function isComparable(here: AttentionResult, there: AttentionResult, stack: AttentionStack): boolean {
  const [own, other] = [here, there].map((result) => {
    const shape = result.stacks.find((each) => each.stack === stack);
    const { queries, keys } = tokensOfStack(result, stack);
    return shape && [shape.layers, shape.heads, queries.length, keys.length].join();
  });
  return own !== undefined && own === other;
}

function maskedWord({ texts, word }: Extract<ComparedWith, { kind: 'masked' }>): string {
  return (texts[word.sequence] ?? '').slice(word.start, word.end);
}

const mostLetters = 60;

function excerpt(text: string): string {
  const letters = [...text];
  return letters.length > mostLetters ? `${letters.slice(0, mostLetters).join('')}…` : text;
}

type Comparison = Exclude<AttentionViewRequests['compareWith']['params']['what'], ComparedWith>;

interface CompareMenuProps {
  isComparing: boolean;
  onCompare: (what: Comparison) => void;
}

/** The way to compare, and out of it. */
export function CompareMenu({ isComparing, onCompare }: CompareMenuProps): JSX.Element {
  const items: [Comparison, string][] = [
    ['model', l10n.t('Another model…')],
    ['selection', l10n.t('The selected text')],
    ...(isComparing ? [['nothing', l10n.t('Nothing')] as [Comparison, string]] : []),
  ];
  return (
    <div class="controls compare">
      <span>{l10n.t('Compare with')}</span>
      {items.map(([what, name]) => (
        <button key={what} type="button" class="link" onClick={() => onCompare(what)}>
          {name}
        </button>
      ))}
    </div>
  );
}
