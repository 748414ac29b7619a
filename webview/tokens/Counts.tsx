import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { unreadParts } from '../../src/core/unreadText';
import type { TokensResult } from '../../src/protocol/inspections';
import type { SourceRange } from '../../src/protocol/views';
import { codePointsOf } from './describe';

interface CountsProps {
  result: TokensResult;
  texts: string[];
  onPoint: (range: SourceRange | null) => void;
  onReveal: (range: SourceRange, focus: boolean) => void;
}

/** Stretches of text that are listed one by one. */
const mostListed = 20;

/** Words, pieces of a word, what is unknown, and what the tokenizer left out of the text. */
export function Counts({ result, texts, onPoint, onReveal }: CountsProps): JSX.Element {
  const { counts, tokens } = result;
  const isWhole = tokens.length === counts.tokens;
  const unread = useMemo(() => (isWhole ? unreadParts(texts, tokens) : []), [result, texts]);
  const characters = useMemo(() => texts.reduce((sum, text) => sum + [...text].length, 0), [texts]);
  return (
    <>
      <p class="counts">
        <span>{counts.words === 1 ? l10n.t('1 word') : l10n.t('{0} words', counts.words)}</span>
        {counts.words > 0 && (
          <span title={l10n.t('Fertility: tokens for each word (Ács 2019; Rust et al. 2021)')}>
            {l10n.t('{0} tokens for each word', (counts.ofText / counts.words).toFixed(2))}
          </span>
        )}
        {counts.ofText > 0 && (
          <span>{l10n.t('{0} characters for each token', (characters / counts.ofText).toFixed(2))}</span>
        )}
        {counts.unknown > 0 && (
          <span class="warning">
            {counts.unknown === 1 ? l10n.t('1 unknown') : l10n.t('{0} unknown', counts.unknown)}
          </span>
        )}
      </p>
      {unread.length > 0 && (
        <details class="unread-parts">
          <summary>{l10n.t('Left out by the tokenizer: {0}', unread.length)}</summary>
          <ul>
            {unread.slice(0, mostListed).map((range) => (
              <li key={`${range.sequence}:${range.start}`}>
                <button
                  type="button"
                  class="link mono"
                  onMouseEnter={() => onPoint(range)}
                  onMouseLeave={() => onPoint(null)}
                  onClick={() => onReveal(range, false)}
                >
                  {codePointsOf(texts[range.sequence]!.slice(range.start, range.end))}
                </button>{' '}
                {l10n.t('characters {0}–{1}', range.start, range.end)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
