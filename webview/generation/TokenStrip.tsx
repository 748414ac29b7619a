import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { percent } from '../../src/core/percent';
import { surpriseLevel, surpriseOf } from '../../src/core/surprise';
import type { GeneratedToken } from '../../src/protocol/generation';

interface TokenStripProps {
  tokens: GeneratedToken[];
  step: number;
  onStep: (step: number) => void;
}

/** Generated tokens, the less probable the stronger marked. One tab stop, arrow keys between steps. */
export function TokenStrip({ tokens, step, onStep }: TokenStripProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (way === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(step + way, 0), tokens.length - 1);
    onStep(next);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div class="steps" role="group" aria-label={l10n.t('Tokens, step by step')} onKeyDown={onKeyDown}>
      {tokens.map(({ token, logProbability }, index) => (
        <button
          key={index}
          type="button"
          class={`word mono level-${surpriseLevel(surpriseOf(logProbability))}${index === step ? ' pointed' : ''}`}
          tabIndex={index === step ? 0 : -1}
          aria-pressed={index === step}
          title={percent(Math.exp(logProbability))}
          onClick={() => onStep(index)}
        >
          {token}
        </button>
      ))}
    </div>
  );
}
