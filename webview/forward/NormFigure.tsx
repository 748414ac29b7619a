import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { NormDetails } from '../../src/protocol/forward';
import { shortNumber } from '../shared/heatStrip/cells';
import { LinePlot } from '../shared/linePlot/LinePlot';

interface NormFigureProps {
  details: NormDetails;
  tokens: EncodedToken[];
  token: number;
}

/** Mean and variance of each token before and after a norm, and its weights for each feature. */
export function NormFigure({ details, tokens, token }: NormFigureProps): JSX.Element {
  const { before, after, scale, shift, epsilon } = details;
  return (
    <section>
      <h4>{l10n.t('Mean and variance over the features')}</h4>
      <div
        class="row-scroll"
        tabIndex={0}
        role="region"
        aria-label={l10n.t('Mean and variance over the features')}
      >
        <table>
          <thead>
            <tr>
              <th />
              {tokens.map((each, at) => (
                <th key={at} scope="col" dir="auto" class={at === token ? 'chosen' : ''}>
                  {each.token}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(
              [
                [l10n.t('mean before'), before.mean],
                [l10n.t('variance before'), before.variance],
                [l10n.t('mean after'), after.mean],
                [l10n.t('variance after'), after.variance],
              ] as const
            ).map(([name, values]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {tokens.map((_, at) => (
                  <td key={at} class={at === token ? 'chosen' : ''}>
                    {shortNumber(values[at] ?? values[0]!)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="faint">
        {l10n.t(
          'ε is {0}. After the norm the mean is not quite 0 and the variance not quite 1: γ and β come after it.',
          shortNumber(epsilon),
        )}
      </p>
      <LinePlot
        name={l10n.t('γ and β of each feature')}
        across={l10n.t('feature')}
        lines={[{ name: 'γ', values: scale }, ...(shift ? [{ name: 'β', values: shift }] : [])]}
      />
    </section>
  );
}
