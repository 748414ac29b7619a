import * as l10n from '@vscode/l10n';
import { Fragment, type JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { JudgedPattern, MaskedToken } from '../../src/protocol/masking';

interface PatternRowProps {
  epoch: number;
  tokens: EncodedToken[];
  pattern: JudgedPattern;
  vocabulary: Record<number, string>;
  onPoint: (token: EncodedToken | null) => void;
  onReveal: (token: EncodedToken) => void;
}

/** What the model reads in an epoch: masked tokens stand out. One tab stop; arrow keys go from target to target. */
export function PatternRow(props: PatternRowProps): JSX.Element {
  const { epoch, tokens, pattern, vocabulary, onPoint, onReveal } = props;
  const [entered, setEntered] = useState(0);
  const byPosition = new Map(pattern.masked.map((each, at) => [each.position, { ...each, at }]));
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(entered + step, 0), pattern.masked.length - 1);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  const { loss } = pattern;
  return (
    <li>
      <span class="faint">
        {l10n.t('Epoch {0}', epoch + 1)} ·{' '}
        {loss === null ? l10n.t('nothing masked') : l10n.t('loss {0}', loss.toFixed(3))}
      </span>
      <p class="mono pattern" dir="auto" onKeyDown={onKeyDown} onMouseLeave={() => onPoint(null)}>
        {tokens.map((token, position) => {
          const target = byPosition.get(position);
          if (!target) return <span key={position}>{`${token.token} `}</span>;
          return (
            <Fragment key={position}>
              <button
                type="button"
                class={`target ${target.action}`}
                tabIndex={target.at === Math.min(entered, pattern.masked.length - 1) ? 0 : -1}
                title={describe(token, target, vocabulary)}
                aria-label={describe(token, target, vocabulary)}
                onMouseEnter={() => onPoint(token)}
                onFocus={() => {
                  setEntered(target.at);
                  onPoint(token);
                }}
                onBlur={() => onPoint(null)}
                onClick={() => onReveal(token)}
              >
                {token.token}
                {target.action === 'random' && <small>{vocabulary[target.id]}</small>}
              </button>{' '}
            </Fragment>
          );
        })}
      </p>
    </li>
  );
}

function describe(
  { token }: EncodedToken,
  { action, id }: MaskedToken,
  words: Record<number, string>,
): string {
  switch (action) {
    case 'mask':
      return l10n.t('{0}, shown as the mask', token);
    case 'random':
      return l10n.t('{0}, shown as {1} by chance', token, words[id] ?? '');
    case 'keep':
      return l10n.t('{0}, to be predicted although it is shown', token);
  }
}
