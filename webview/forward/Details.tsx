import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { ForwardDetails } from '../../src/protocol/forward';
import type { InputPart } from '../../src/protocol/tensor';
import { percent } from '../../src/core/percent';
import { InputFigure } from '../shared/inputFigure/InputFigure';
import { ScoreColumns } from '../shared/ScoreColumns';
import { shortNumber } from '../shared/heatStrip/cells';
import { useTheme } from '../shared/theme';
import { Bars } from './Bars';
import { NormFigure } from './NormFigure';
import { PositionFigure } from './PositionFigure';
import { StreamFigure } from './StreamFigure';
import { ResidualFigure } from './ResidualFigure';

interface DetailsProps {
  details: ForwardDetails;
  tokens: EncodedToken[];
  /** What the columns of scores stand for. */
  keys: EncodedToken[];
  token: number;
  head: number;
  onPoint: (token: number | null) => void;
  onChoose: (token: number, focus: boolean) => void;
}

/** What else there is to see in a step. */
export function Details(props: DetailsProps): JSX.Element {
  const { details, tokens, keys, token, head } = props;
  const name = tokens[token]!.token;
  const theme = useTheme();
  switch (details.kind) {
    case 'input':
      return <Input parts={details.parts} {...props} />;
    case 'scores': {
      const scores = details.heads[Math.min(head, details.heads.length - 1)]!;
      return (
        <section>
          <h4>{l10n.t('Query and key in head {0}', head)}</h4>
          <ScoreColumns
            {...{ scores, theme }}
            query={name}
            keys={keys.map((key) => key.token)}
            isHidden={(key) => scores.scores[key] === -Infinity}
          />
        </section>
      );
    }
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

/** Tokens whose figure is there at once: that of a long text goes on for pages. */
const mostAtFirst = 64;

/** The input figure of the tokens, with the token that is chosen here. */
function Input({
  parts,
  tokens,
  token,
  onPoint,
  onChoose,
}: DetailsProps & { parts: InputPart[] }): JSX.Element {
  const [pointed, setPointed] = useState<number | null>(null);
  const [isOpen, setOpen] = useState(tokens.length <= mostAtFirst);
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{l10n.t('Embeddings that add up')}</summary>
      {isOpen && (
        <>
          <InputFigure
            {...{ tokens, parts }}
            pointed={pointed ?? token}
            onPoint={(next) => {
              setPointed(next);
              onPoint(next);
            }}
            onReveal={onChoose}
          />
          <p class="faint">{l10n.t('The number below each strip is the Euclidean norm of its vector.')}</p>
        </>
      )}
    </details>
  );
}
