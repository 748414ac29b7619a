import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { percent } from '../../src/core/percent';
import { surpriseOf } from '../../src/core/surprise';
import type { ScoreResult, WordScore } from '../../src/protocol/words';

interface WordDetailsProps {
  /** The word that is pointed at or that the caret is in. */
  word: WordScore | undefined;
  result: ScoreResult;
  texts: string[];
  /** Show the attention beside that with the word masked. */
  onCompare: (word: WordScore) => void;
}

/** All numbers of one word, and of each of its pieces where it has several. */
export function WordDetails({ word, result, texts, onCompare }: WordDetailsProps): JSX.Element {
  if (!word)
    return <p class="details faint">{l10n.t('Point at a word for its numbers. A click goes there.')}</p>;
  const text = (texts[word.sequence] ?? '').slice(word.start, word.end);
  const indices = Array.from({ length: word.endToken - word.firstToken }, (_, at) => word.firstToken + at);
  return (
    <div class="details">
      <p role="status">
        <strong>{text}</strong>{' '}
        {l10n.t('{0} bits, probability {1}', bitsOf(word), percent(Math.exp(word.logProbability)))}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">{l10n.t('Token')}</th>
            <th scope="col">{l10n.t('Probability')}</th>
            <th scope="col">{l10n.t('Rank')}</th>
            <th scope="col">{l10n.t('Entropy')}</th>
            <th scope="col">{l10n.t('Expected')}</th>
          </tr>
        </thead>
        <tbody>
          {indices.map((index) => {
            const own = result.scores[index];
            if (!own) return null;
            const { logProbability, rank, entropy, expected } = own;
            return (
              <tr key={index}>
                <th scope="row" class="mono">
                  {result.tokens[index]!.token}
                </th>
                <td>{percent(Math.exp(logProbability))}</td>
                <td>{rank}</td>
                <td>{l10n.t('{0} bits', entropy.toFixed(1))}</td>
                <td>
                  <span class="mono">{expected.token}</span> {percent(expected.probability)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <button type="button" class="link" onClick={() => onCompare(word)}>
        {l10n.t('Attention with this word masked')}
      </button>
    </div>
  );
}

function bitsOf(word: WordScore): string {
  return surpriseOf(word.logProbability).toFixed(1);
}
