import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { StreamDetails } from '../../src/protocol/forward';
import { shortNumber } from '../shared/heatStrip/cells';

/** The residual stream of a token: its length after each layer, and how like its beginning and end it is. */
export function StreamFigure({ details, token }: { details: StreamDetails; token: string }): JSX.Element {
  return (
    <section>
      <h4>{l10n.t('“{0}” through all layers', token)}</h4>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{l10n.t('after')}</th>
            <th scope="col">{l10n.t('norm')}</th>
            <th scope="col">{l10n.t('cosine with the input')}</th>
            <th scope="col">{l10n.t('cosine with the result')}</th>
          </tr>
        </thead>
        <tbody>
          {details.states.map(({ layer, norm, toFirst, toLast }) => (
            <tr key={layer}>
              <th scope="row">{stateName(layer)}</th>
              <td>{shortNumber(norm)}</td>
              <td>{toFirst.toFixed(2)}</td>
              <td>{toLast.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A state of the stream by the layer that gives it. */
export function stateName(layer: number | null): string {
  return layer === null ? l10n.t('the embeddings') : l10n.t('layer {0}', layer);
}
