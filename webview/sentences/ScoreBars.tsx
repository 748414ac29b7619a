import type { JSX } from 'preact';
import { scoreText } from '../../src/core/sentencesText';
import type { LabelScore } from '../../src/protocol/sentences';

interface ScoreBarsProps {
  label: string;
  scores: LabelScore[];
  nameOf?: (label: string) => string;
}

/** Labels with their probabilities as bars from 0 to 1; without bars where a head gives plain numbers. */
export function ScoreBars({ label, scores, nameOf = (name) => name }: ScoreBarsProps): JSX.Element {
  return (
    <ul class="scores" aria-label={label}>
      {scores.map((score) => (
        <li key={score.id} title={`${nameOf(score.label)} · logit ${score.logit.toFixed(4)}`}>
          <span class="name">{nameOf(score.label)}</span>
          <span class="track" aria-hidden="true">
            {score.probability !== null && (
              <span class="bar" style={{ width: `${score.probability * 100}%` }} />
            )}
          </span>
          <span class="number">{scoreText(score)}</span>
        </li>
      ))}
    </ul>
  );
}
