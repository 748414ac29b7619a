import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { percent } from '../../src/core/percent';
import type { MaskPredictions, Prediction } from '../../src/protocol/inspections';
import { contextOf } from '../shared/context';

interface MaskCardProps {
  number: number;
  mask: MaskPredictions;
  /** The whole text that the mask stands in. */
  text: string;
  pair: boolean;
  /** The probability at the end of a bar's scale. */
  scale: number;
  disabled: boolean;
  underCaret: boolean;
  onFill: (text: string) => void;
  onPoint: (inside: boolean) => void;
  onReveal: () => void;
  /** Show the attention before and after a word is filled in. */
  onCompare: (text: string) => void;
}

/** One mask: where it stands, and what the model expects there, likeliest first. */
export function MaskCard(props: MaskCardProps): JSX.Element {
  const { number, mask, text, pair, scale, disabled, underCaret, onFill, onPoint, onReveal, onCompare } =
    props;
  const [first] = mask.predictions;
  const { before, after } = contextOf(text, mask);
  const name = l10n.t('Mask {0}', number);
  const part = mask.sequence === 0 ? l10n.t('first text') : l10n.t('second text');
  return (
    <section
      class={underCaret ? 'card caret' : 'card'}
      aria-label={name}
      onMouseEnter={() => onPoint(true)}
      onMouseLeave={() => onPoint(false)}
      onFocusCapture={() => onPoint(true)}
      onBlurCapture={() => onPoint(false)}
    >
      <h2>{pair ? `${name} · ${part}` : name}</h2>
      <button type="button" class="context" title={l10n.t('Show in the editor')} onClick={onReveal}>
        {before}
        <mark>{text.slice(mask.start, mask.end)}</mark>
        {after}
      </button>
      <p class="faint">{l10n.t('entropy {0} bits', mask.entropy.toFixed(1))}</p>
      <Predictions name={name} predictions={mask.predictions} {...{ scale, disabled, onFill }} />
      {first && (
        <p>
          <button type="button" class="link" onClick={() => onCompare(first.text)}>
            {l10n.t('Attention before and after “{0}” is filled in', first.token)}
          </button>
        </p>
      )}
      {mask.window && (
        <p class="window">
          {l10n.t(
            'The text is longer than the model reads at once. For this mask it read characters {0}–{1}.',
            mask.window.start,
            mask.window.end,
          )}
        </p>
      )}
    </section>
  );
}

interface PredictionsProps {
  name: string;
  predictions: Prediction[];
  scale: number;
  disabled: boolean;
  onFill: (text: string) => void;
}

/** Words as buttons over their bars: one tab stop, arrow keys between them. */
function Predictions({ name, predictions, scale, disabled, onFill }: PredictionsProps): JSX.Element {
  const [entered, setEntered] = useState(0);
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(entered + step, 0), predictions.length - 1);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  const tabStop = Math.min(entered, predictions.length - 1);
  return (
    <ol class="predictions" onKeyDown={onKeyDown} aria-label={name}>
      {predictions.map(({ id, token, text, probability }, index) => (
        <li key={index}>
          <button
            type="button"
            class="prediction"
            tabIndex={index === tabStop ? 0 : -1}
            aria-disabled={disabled}
            aria-label={l10n.t('{0}, {1}: fill in', token, percent(probability))}
            title={l10n.t('Fill in “{0}” (id {1})', text, id)}
            onFocus={() => setEntered(index)}
            onClick={() => {
              if (!disabled) onFill(text);
            }}
          >
            <span class="word mono" dir="auto">
              {token}
            </span>
            <span class="track">
              <span class="bar" style={{ width: `${Math.min(1, probability / scale) * 100}%` }} />
            </span>
            <span class="number">{percent(probability)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
