import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { gradient, ticks, type Rgb } from '../shared/colourScale';

/** Which colour is which weight. */
export function Scale({ scale }: { scale: Rgb[] }): JSX.Element {
  return (
    <div
      class="scale"
      role="img"
      aria-label={l10n.t('Colours of weights from 0 to 1, spaced by their square roots')}
    >
      <div class="gradient" style={{ background: gradient(scale) }} />
      <div class="ticks">
        {ticks.map(({ weight, place }) => (
          <span key={weight} style={{ insetInlineStart: `${place * 100}%` }}>
            {weight}
          </span>
        ))}
      </div>
    </div>
  );
}
