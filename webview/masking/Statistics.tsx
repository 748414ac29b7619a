import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { policies, shares } from '../../src/core/masking/masking';
import { percent } from '../../src/core/percent';
import type { MaskingViewResult } from '../../src/protocol/views';
import type { Schedule } from './MaskingView';
import { policyName } from './names';
import { expectedEver, statisticsOf } from './measured';

interface StatisticsProps {
  result: MaskingViewResult;
  /** Which patterns are on show: the first alone, or one for each epoch. */
  schedule: Schedule;
}

/** Every policy in numbers, with what is expected of them in the last row; static against dynamic. */
export function Statistics({ result, schedule }: StatisticsProps): JSX.Element {
  const { patterns, maskable, settings } = result;
  const { rate, epochs } = settings;
  return (
    <div class="wide">
      <table class="statistics">
        <caption>{l10n.t('{0} tokens that may be masked, {1} epochs', maskable, epochs)}</caption>
        <thead>
          <tr>
            <th scope="col">{l10n.t('Policy')}</th>
            <th scope="col">{l10n.t('Masked')}</th>
            <th scope="col">{l10n.t('As mask')}</th>
            <th scope="col">{l10n.t('Random')}</th>
            <th scope="col">{l10n.t('Unchanged')}</th>
            <th scope="col">{l10n.t('Ever a target: static')}</th>
            <th scope="col">{l10n.t('Ever a target: dynamic')}</th>
            <th scope="col">{l10n.t('Loss')}</th>
          </tr>
        </thead>
        <tbody>
          {policies.map((policy) => {
            const every = statisticsOf(patterns[policy], maskable);
            const once = statisticsOf(patterns[policy].slice(0, 1), maskable);
            const { masked, actions, loss } = schedule === 'static' ? once : every;
            return (
              <tr key={policy}>
                <th scope="row">{policyName(policy)}</th>
                <td>{percent(masked)}</td>
                <td>{actions ? percent(actions.mask) : '–'}</td>
                <td>{actions ? percent(actions.random) : '–'}</td>
                <td>{actions ? percent(actions.keep) : '–'}</td>
                <td>{percent(once.everMasked)}</td>
                <td>{percent(every.everMasked)}</td>
                <td>{loss === null ? '–' : loss.toFixed(3)}</td>
              </tr>
            );
          })}
          <tr class="faint">
            <th scope="row">{l10n.t('Expected')}</th>
            <td>{percent(rate)}</td>
            <td>{percent(shares.mask)}</td>
            <td>{percent(shares.random)}</td>
            <td>{percent(shares.keep)}</td>
            <td>{percent(rate)}</td>
            <td>{percent(expectedEver(rate, epochs))}</td>
            <td />
          </tr>
        </tbody>
      </table>
    </div>
  );
}
