import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { surpriseOf } from '../../src/core/surprise';
import type { ScoreResult, WordScore } from '../../src/protocol/words';

interface SurpriseListProps {
  words: WordScore[];
  result: ScoreResult;
  texts: string[];
  onPoint: (index: number | null) => void;
  onReveal: (index: number, focus: boolean) => void;
}

/** How many words are listed. */
const listed = 10;

/** The words that surprise the model most; a click goes there. */
export function SurpriseList({ words, result, texts, onPoint, onReveal }: SurpriseListProps): JSX.Element {
  const ranked = [...words.entries()]
    .sort(([, a], [, b]) => a.logProbability - b.logProbability)
    .slice(0, listed);
  const scale = Math.max(...ranked.map(([, word]) => surpriseOf(word.logProbability))) || 1;
  return (
    <section class="surprising" aria-label={l10n.t('Most surprising')}>
      <h2>{l10n.t('Most surprising')}</h2>
      <ol>
        {ranked.map(([index, word]) => {
          const bits = surpriseOf(word.logProbability);
          const expected = result.scores[word.firstToken]!.expected.token;
          return (
            <li key={index}>
              <button
                type="button"
                class="row"
                title={l10n.t('Show in the editor')}
                onMouseEnter={() => onPoint(index)}
                onMouseLeave={() => onPoint(null)}
                onFocus={() => onPoint(index)}
                onBlur={() => onPoint(null)}
                onClick={() => onReveal(index, true)}
              >
                <span class="mono" dir="auto">
                  {(texts[word.sequence] ?? '').slice(word.start, word.end)}
                </span>
                <span class="track">
                  <span class="bar" style={{ width: `${(bits / scale) * 100}%` }} />
                </span>
                <span class="number">{l10n.t('{0} bits', bits.toFixed(1))}</span>
                <span class="faint">{l10n.t('expected {0}', expected)}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
