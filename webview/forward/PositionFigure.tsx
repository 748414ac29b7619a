import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { PositionDetails } from '../../src/protocol/forward';
import { Matrix } from '../shared/heatStrip/Matrix';
import { LinePlot } from '../shared/linePlot/LinePlot';

/** The vectors of positions as a picture, and how alike they are by distance. */
export function PositionFigure({ details }: { details: PositionDetails }): JSX.Element {
  const { picture, products, closedForm, isSinusoidal, fromWaves, fromTurned } = details;
  return (
    <section>
      <h4>{l10n.t('The first {0} positions, from top to bottom', picture.rows)}</h4>
      <Matrix name={l10n.t('Vectors of positions')} picture={picture} />
      <h4>{l10n.t('Mean product of two positions by their distance')}</h4>
      <LinePlot
        name={l10n.t('Product by distance, over that of a position with itself')}
        across={l10n.t('distance')}
        lines={[
          {
            name: isSinusoidal ? l10n.t('of this model') : l10n.t('learned by this model'),
            values: products,
          },
          { name: 'Σ cos(k / 10000^(2i/d))', values: closedForm },
        ]}
      />
      <p class="faint">
        {isSinusoidal
          ? l10n.t('The product of sinusoids depends on the distance alone: both lines are one.')
          : l10n.t(
              'Learned vectors are under no such law: the second line is that of sinusoids of this width.',
            )}
      </p>
      {fromWaves !== null && (
        <p class="faint">
          {l10n.t(
            'PE(p, 2i) = sin(p / 10000^(2i/d)), PE(p, 2i+1) = cos of the same, in this or another order. The numbers of the file differ from that by {0} at most: it stores them rounded.',
            fromWaves.toExponential(1),
          )}
        </p>
      )}
      {fromTurned !== null && (
        <p class="faint">
          {l10n.t(
            'Each pair of sine and cosine, turned by {0} / 10000^(2i/d), gives the vector {0} positions further on, wherever it stands: with the numbers of the file within {1}.',
            fromTurned.distance,
            fromTurned.difference.toExponential(1),
          )}
        </p>
      )}
    </section>
  );
}
