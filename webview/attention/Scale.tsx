import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { gradient, ticks, type Rgb } from '../shared/colourScale';

/** Which colour is which weight, or which divergence. @param largest the divergence of the last colour, in bits. */
export function Scale({ scale, largest }: { scale: Rgb[]; largest?: number }): JSX.Element {
  const label =
    largest === undefined
      ? l10n.t('Colours of weights from 0 to 1, spaced by their square roots')
      : l10n.t('Colours of divergences from 0 to {0} bits, spaced by their square roots', largest.toFixed(3));
  // The second is as long in digits as it is near to the first.
  const shown = largest === undefined ? ticks : ticks.filter((_, index) => index !== 1);
  return (
    <div class="scale" role="img" aria-label={label}>
      <div class="gradient" style={{ background: gradient(scale) }} />
      <div class="ticks">
        {shown.map(({ weight, place }) => (
          <span key={weight} style={{ insetInlineStart: `${place * 100}%` }}>
            {largest === undefined ? weight : Number((weight * largest).toPrecision(2))}
          </span>
        ))}
      </div>
    </div>
  );
}
