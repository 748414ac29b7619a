import type { JSX } from 'preact';
import { scoreText } from '../../src/core/sentencesText';
import type { LabelScore } from '../../src/protocol/sentences';
import { useVirtualRows } from '../shared/virtualRows';

/** As in sentences.css. */
const rowHeight = 24;

/** More labels scroll, and only those in sight are drawn. */
const visibleLabels = 30;

interface ScoreBarsProps {
  label: string;
  scores: LabelScore[];
  nameOf?: (label: string) => string;
}

/** Labels with their probabilities as bars from 0 to 1; without bars where a head gives plain numbers. */
export function ScoreBars({ label, scores, nameOf = (name) => name }: ScoreBarsProps): JSX.Element {
  const { start, end, before, after, onScroll } = useVirtualRows(scores.length, rowHeight, visibleLabels);
  const scrolls = scores.length > visibleLabels;
  return (
    <div
      class={scrolls ? 'scrolled' : undefined}
      role={scrolls ? 'region' : undefined}
      aria-label={scrolls ? label : undefined}
      tabIndex={scrolls ? 0 : undefined}
      onScroll={onScroll}
    >
      <ul
        class="scores"
        aria-label={label}
        style={{ paddingTop: `${before}px`, paddingBottom: `${after}px` }}
      >
        {scores.slice(start, end).map((score, at) => (
          <li
            key={score.id}
            title={`${nameOf(score.label)} · logit ${score.logit.toFixed(4)}`}
            aria-setsize={scores.length}
            aria-posinset={start + at + 1}
          >
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
    </div>
  );
}
