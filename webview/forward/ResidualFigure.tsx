import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ResidualDetails } from '../../src/protocol/forward';
import { shortNumber } from '../shared/heatStrip/cells';

/** The stream and what each sublayer adds to it, for one token. */
export function ResidualFigure({ details, token }: { details: ResidualDetails; token: string }): JSX.Element {
  return (
    <section>
      <h4>{l10n.t('The stream of “{0}” and what is added to it', token)}</h4>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{l10n.t('layer')}</th>
            <th scope="col">{l10n.t('sublayer')}</th>
            <th scope="col">‖x‖</th>
            <th scope="col">‖f(x)‖</th>
            <th scope="col">{l10n.t('cosine')}</th>
          </tr>
        </thead>
        <tbody>
          {details.layers.map(({ layer, part, stream, added, cosine }) => (
            <tr key={`${layer} ${part}`}>
              <td>{layer}</td>
              <th scope="row">{partName(part)}</th>
              <td>{shortNumber(stream)}</td>
              <td>{shortNumber(added)}</td>
              <td>{cosine.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function partName(part: ResidualDetails['layers'][number]['part']): string {
  switch (part) {
    case 'attention':
      return l10n.t('Attention');
    case 'crossAttention':
      return l10n.t('Cross-Attention');
    case 'feedForward':
      return l10n.t('Feed-Forward');
  }
}
