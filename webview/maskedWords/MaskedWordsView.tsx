import '../shared/bars.css';
import '../shared/predictionCards.css';
import './maskedWords.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { barScale } from '../../src/core/barScale';
import type { MaskedWordsResult, MaskedWordsViewRequests, SourceRange } from '../../src/protocol/views';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { NumberDropdown } from '../shared/ui';
import { JointPane } from './JointPane';
import { MaskCard } from './MaskCard';

const topKChoices = [3, 5, 10, 20, 50];

type Props = ViewProps<MaskedWordsResult, MaskedWordsViewRequests>;

/** What the model expects in each mask's place; a click fills it in. */
export function MaskedWordsView({ content, caret, host }: Props): JSX.Element {
  const { result, texts, stale, running } = content;
  const { masks } = result;
  const scale = barScale(
    masks.flatMap(({ predictions }) => predictions.map(({ probability }) => probability)),
  );
  const [place, setPlace] = useState(() => placeFrom(host.place));
  useEffect(() => host.keepPlace(place), [place]);
  const fill = (fills: { mask: number; text: string }[]): void => void host.request('fill', { fills });
  const point = (range: SourceRange | null): void =>
    void host.request('highlight', { ranges: range ? [range] : [] });
  return (
    <>
      <header class="summary">
        <h1>{masks.length === 1 ? l10n.t('1 masked word') : l10n.t('{0} masked words', masks.length)}</h1>
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
        <span class="faint">{l10n.t('bars from 0 to {0} %', scale * 100)}</span>
        <span class="push">
          <NumberDropdown
            label={l10n.t('Words for each')}
            value={result.topK}
            choices={topKChoices}
            onChange={(topK) => void host.request('setTopK', { topK })}
          />
        </span>
      </header>
      <div class="cards">
        {masks.map((mask, index) => (
          <MaskCard
            key={index}
            number={index + 1}
            mask={mask}
            text={texts[mask.sequence] ?? ''}
            pair={texts.length > 1}
            scale={scale}
            disabled={stale || running !== null}
            underCaret={
              caret !== null &&
              caret.sequence === mask.sequence &&
              mask.start <= caret.offset &&
              caret.offset <= mask.end
            }
            onFill={(text) => fill([{ mask: index, text }])}
            onPoint={(inside) => point(inside ? rangeOf(mask) : null)}
            onReveal={() => void host.request('reveal', { range: rangeOf(mask), focus: false })}
            onCompare={(text) => void host.request('compareAttention', { mask: index, text })}
          />
        ))}
      </div>
      {masks.length > 1 && (
        <JointPane
          result={result}
          open={place.together}
          disabled={stale || running !== null}
          onToggle={(together) => setPlace({ together })}
          ask={(signal) => host.request('fillJointly', null, { signal })}
          onFill={(texts) => fill(texts.map((text, mask) => ({ mask, text })))}
        />
      )}
    </>
  );
}

/** What the view keeps of itself; an older version may have kept something else. */
interface Place {
  /** The words for all masks together are open. */
  together: boolean;
}

function placeFrom(kept: unknown): Place {
  const { together } = (kept ?? {}) as Partial<Place>;
  return { together: together === true };
}

function rangeOf({ sequence, start, end }: SourceRange): SourceRange {
  return { sequence, start, end };
}
