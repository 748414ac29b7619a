import type { JSX } from 'preact';
import { barScale } from '../../src/core/barScale';
import { percent } from '../../src/core/percent';
import type { Prediction } from '../../src/protocol/inspections';

interface PredictionsProps {
  predictions: Prediction[];
  /** Id of the token that was taken; null where none was. */
  chosen: number | null;
}

/** The most probable tokens of one place, as bars. */
export function Predictions({ predictions, chosen }: PredictionsProps): JSX.Element {
  const scale = barScale(predictions.map(({ probability }) => probability));
  return (
    <ol class="predictions">
      {predictions.map(({ id, token, probability }) => (
        <li key={id} aria-current={id === chosen ? 'true' : undefined}>
          <span class="mono" dir="auto">
            {token}
          </span>
          <span class="track" aria-hidden="true">
            <span class="bar" style={{ width: `${(probability / scale) * 100}%` }} />
          </span>
          <span class="number">{percent(probability)}</span>
        </li>
      ))}
    </ol>
  );
}
