import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { percent } from '../../src/core/percent';
import type { SourceRange } from '../../src/protocol/views';
import { contextOf } from '../shared/context';
import type { PictureProps } from './SentencesView';

/** The best answers, each where it stands in the text. */
export function Answers({ result, texts, point, reveal }: PictureProps<'answer'>): JSX.Element {
  const { answers, noAnswerScore, windows } = result;
  const sequence = texts.length > 1 ? 1 : 0;
  const text = texts[sequence]!;
  return (
    <>
      {windows > 1 && (
        <p class="notice">
          {l10n.t('The text is longer than the model reads at once: it was read in {0} windows.', windows)}
        </p>
      )}
      <ol class="answers" aria-label={l10n.t('Answers')}>
        {answers.map((answer) => {
          const { start, end, probability, score } = answer;
          const range: SourceRange = { sequence, start, end };
          const { before, after } = contextOf(text, range);
          return (
            <li key={`${start} ${end}`}>
              <button
                type="button"
                class="answer"
                title={l10n.t('Show in the editor')}
                onMouseEnter={() => point(range)}
                onMouseLeave={() => point(null)}
                onFocus={() => point(range)}
                onBlur={() => point(null)}
                onClick={() => reveal(range)}
              >
                <strong>{answer.text}</strong>
                <span class="number" title={l10n.t('Sum of logits {0}', score.toFixed(4))}>
                  {percent(probability)}
                </span>
                <span class="place">
                  {before}
                  <mark>{answer.text}</mark>
                  {after}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      <p class="faint">
        {l10n.t(
          'Sum of logits of the best answer {0}, of “no answer” {1}, which means something only in models that were trained on questions without one.',
          (answers[0]?.score ?? 0).toFixed(2),
          noAnswerScore.toFixed(2),
        )}
      </p>
    </>
  );
}
