import '../shared/bars.css';
import '../shared/predictionCards.css';
import '../shared/surprise.css';
import './generation.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { percent } from '../../src/core/percent';
import type { Generated } from '../../src/protocol/generation';
import type { GenerationResult, GenerationViewRequests } from '../../src/protocol/views';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { NumberDropdown } from '../shared/ui';
import { placeIn, type Place } from './place';
import { Predictions } from './Predictions';
import { TokenStrip } from './TokenStrip';

const beamChoices = [1, 2, 4, 8];

/** What a model generates: the texts, the tokens of one of them, and the distribution that one was chosen from. */
export function GenerationView({
  content,
  host,
}: ViewProps<GenerationResult, GenerationViewRequests>): JSX.Element {
  const { result, texts } = content;
  const { generated, kind, cut, beams, gap, masked } = result;
  const [place, setPlace] = useState(() => placeIn(host.place, result));
  // The same text comes again after a reload of the window; of another one the view begins anew.
  useEffect(() => setPlace(placeIn(host.place, result)), [result]);
  const { chosen, step } = place;
  const goTo = (change: Partial<Place>): void => {
    const next = { ...placeIn(place, result), ...change };
    host.keepPlace(next);
    setPlace(next);
  };
  const { tokens, ended } = generated[chosen] ?? generated[0]!;
  // Another text may have fewer tokens.
  const at = Math.min(step, tokens.length - 1);
  const token = tokens[at];
  return (
    <>
      <header class="summary">
        <h1>{kind === 'decoder' ? l10n.t('Continuation') : l10n.t('Generated Text')}</h1>
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
        <span class="push">
          <NumberDropdown
            label={l10n.t('Beams')}
            value={beams}
            choices={beamChoices}
            onChange={(wanted) => void host.request('setBeams', { beams: wanted })}
          />
        </span>
      </header>
      {cut && (
        <p class="notice">
          {kind === 'decoder'
            ? l10n.t('The text is longer than the model reads: its end was read.')
            : l10n.t('The text is longer than the model reads: its beginning was read.')}
        </p>
      )}
      {gap !== null && (
        <p class="notice">
          {l10n.t('The model reads from left to right, so it saw the text up to the gap only.')}
        </p>
      )}
      <Texts
        {...{ generated, chosen }}
        before={kind === 'decoder' ? textBefore(texts[0]!, gap) : ''}
        onChoose={(index) => goTo({ chosen: index })}
      />
      {token && (
        <>
          <TokenStrip tokens={tokens} step={at} onStep={(index) => goTo({ step: index })} />
          {!ended && (
            <p class="faint">
              {l10n.t('It stopped after {0} tokens, before the model ended it.', tokens.length)}
            </p>
          )}
          <div class="cards">
            <section class="card" aria-label={l10n.t('Step {0}', at + 1)}>
              <h2>{l10n.t('Step {0}: {1}', at + 1, token.token)}</h2>
              <p class="faint">
                {l10n.t(
                  'rank {0} · {1} · entropy {2} bits',
                  token.rank,
                  percent(Math.exp(token.logProbability)),
                  token.entropy.toFixed(1),
                )}
              </p>
              <Predictions predictions={token.predictions} chosen={token.id} />
            </section>
            {masked && (
              <section class="card" aria-label={l10n.t('Both sides of the gap')}>
                <h2>{l10n.t('{0} sees both sides of the gap', masked.model)}</h2>
                <p class="faint">{l10n.t('entropy {0} bits', masked.mask.entropy.toFixed(1))}</p>
                <Predictions predictions={masked.mask.predictions} chosen={null} />
              </section>
            )}
          </div>
        </>
      )}
    </>
  );
}

interface TextsProps {
  generated: Generated[];
  chosen: number;
  /** The end of the text that goes on. */
  before: string;
  onChoose: (index: number) => void;
}

/** The generated texts, the best first; one of them is looked at. */
function Texts({ generated, chosen, before, onChoose }: TextsProps): JSX.Element {
  return (
    <ol class="texts" aria-label={l10n.t('Generated texts')}>
      {generated.map(({ text, score }, index) => (
        <li key={index}>
          <button type="button" class="text" aria-pressed={index === chosen} onClick={() => onChoose(index)}>
            <span dir="auto">
              <span class="faint">{before}</span>
              <strong>{text}</strong>
            </span>
            <span class="number faint" title={l10n.t('Mean log probability of its tokens')}>
              {score.toFixed(3)}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Characters of the text before that are shown. */
const reach = 60;

function textBefore(text: string, gap: GenerationResult['gap']): string {
  const before = (gap === null ? text : text.slice(0, gap.start)).trimEnd();
  return before.length > reach ? `…${before.slice(-reach)}` : before;
}
