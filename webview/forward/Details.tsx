import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { ForwardDetails } from '../../src/protocol/forward';
import { percent } from '../../src/core/percent';
import { shortNumber } from '../shared/heatStrip/cells';
import { Bars } from './Bars';
import { NormFigure } from './NormFigure';
import { PositionFigure } from './PositionFigure';
import { StreamFigure } from './StreamFigure';
import { ResidualFigure } from './ResidualFigure';

interface DetailsProps {
  details: ForwardDetails;
  tokens: EncodedToken[];
  token: number;
  head: number;
}

/** What else there is to see in a step. */
export function Details({ details, tokens, token, head }: DetailsProps): JSX.Element {
  const name = tokens[token]!.token;
  switch (details.kind) {
    case 'norm':
      return <NormFigure details={details} {...{ tokens, token }} />;
    case 'residual':
      return <ResidualFigure details={details} token={name} />;
    case 'units':
      return (
        <section>
          <h4>{l10n.t('Units that fire most for “{0}”', name)}</h4>
          <Bars
            rows={details.units.map(({ unit, value }) => ({
              label: l10n.t('unit {0}', unit),
              value: Math.max(0, value),
              text: shortNumber(value),
            }))}
          />
          <p class="faint">{l10n.t('{0} of {1} units are above 0.', details.active, details.count)}</p>
        </section>
      );
    case 'choices':
      return (
        <section>
          <h4>{l10n.t('The softmax of these logits')}</h4>
          <Bars
            rows={details.choices.map(({ label, probability }) => ({
              label,
              value: probability,
              text: percent(probability),
            }))}
            whole={1}
          />
        </section>
      );
    case 'leak':
      return (
        <section>
          <h4>{l10n.t('Without the mask')}</h4>
          <p>
            {l10n.t(
              'The mask hides {0} tokens from “{1}”. Without it, head {2} would give them {3} of its attention: they would be read before they are written.',
              details.hidden,
              name,
              head,
              percent(details.shares[head]!),
            )}
          </p>
          <Bars
            rows={[...details.shares].map((share, each) => ({
              label: l10n.t('head {0}', each),
              value: share,
              text: percent(share),
            }))}
            whole={1}
          />
        </section>
      );
    case 'stream':
      return <StreamFigure details={details} token={name} />;
    case 'positions':
      return <PositionFigure details={details} />;
  }
}
