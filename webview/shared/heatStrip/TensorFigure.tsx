import './heatStrip.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EncodedToken } from '../../../src/protocol/encoding';
import type { RolePlace } from '../../../src/protocol/models';
import type { TensorResult } from '../../../src/protocol/tensor';
import type { SourceRange } from '../../../src/protocol/views';
import { divergingScale, gradient, parseColour, pixelsOf } from '../colourScale';
import { rangeOf } from '../linking';
import { useTheme } from '../theme';
import { describeCell, shortNumber, type Cell } from './cells';
import { HeatStrip } from './HeatStrip';

interface TensorFigureProps {
  name: string;
  role: RolePlace['role'];
  tensor: TensorResult;
  /** What the columns of scores stand for: the tokens where it is left out. */
  keys?: EncodedToken[];
  caret: number | null;
  onHighlight: (range: SourceRange | null) => void;
  onReveal: (range: SourceRange, focus: boolean) => void;
}

/** A tensor of the current text: its heat strip, what is under the pointer, its statistics. */
export function TensorFigure({
  name,
  role,
  tensor,
  keys = tensor.tokens,
  caret,
  onHighlight,
  onReveal,
}: TensorFigureProps): JSX.Element {
  const [pointed, setPointed] = useState<Cell | null>(null);
  const theme = useTheme();
  const scale = useMemo(() => divergingScale(theme.kind, parseColour(theme.background)), [theme]);
  const pixels = useMemo(() => pixelsOf(scale), [scale]);
  const place = pointed && pointed.row < tensor.rows && pointed.cell < tensor.cells ? pointed : null;
  const isByToken = tensor.rows === tensor.tokens.length;
  const range = place && isByToken ? rangeOf(tensor.tokens[place.row]) : null;
  useEffect(() => onHighlight(range), [range?.sequence, range?.start, range?.end]);
  const reveal = (row: number, focus: boolean): void => {
    const target = isByToken ? rangeOf(tensor.tokens[row]) : null;
    if (target) onReveal(target, focus);
  };
  const limit = shortNumber(tensor.scale);
  return (
    <figure>
      <HeatStrip
        {...{ name, tensor, caret, pixels, theme }}
        pointed={place}
        onPoint={setPointed}
        onReveal={reveal}
      />
      <p class="number" id="number" role="status">
        {place ? describeCell(tensor, role, place, keys) : l10n.t('Point at the picture for its numbers.')}
      </p>
      <div class="legend" role="img" aria-label={l10n.t('Colours of numbers from −{0} to {0}', limit)}>
        <span>−{limit}</span>
        <span class="gradient" style={{ background: gradient(scale, 1) }} />
        <span>{limit}</span>
      </div>
      <Statistics tensor={tensor} />
      {isByToken && tensor.rows > 1 && <Norms tensor={tensor} />}
    </figure>
  );
}

function Statistics({ tensor }: { tensor: TensorResult }): JSX.Element {
  const { minimum, maximum, mean, standardDeviation, withoutNumber } = tensor.statistics;
  const entries: [string, string][] = [
    [l10n.t('Shape'), tensor.shape.join(' × ') || '1'],
    [l10n.t('Minimum'), shortNumber(minimum)],
    [l10n.t('Maximum'), shortNumber(maximum)],
    [l10n.t('Mean'), shortNumber(mean)],
    [l10n.t('Standard deviation'), shortNumber(standardDeviation)],
  ];
  if (withoutNumber > 0) entries.push([l10n.t('Hidden by the mask'), String(withoutNumber)]);
  return (
    <dl class="statistics">
      {entries.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The norms as a table, for those who do not see the bars. */
function Norms({ tensor: { tokens, norms } }: { tensor: TensorResult }): JSX.Element {
  const [open, setOpen] = useState(false);
  const scale = Math.max(...norms) || 1;
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{l10n.t('Norm of each token')}</summary>
      {open && (
        <table class="norms">
          <tbody>
            {tokens.map(({ token }, row) => (
              <tr key={row}>
                <th scope="row" class="mono" dir="auto">
                  {token}
                </th>
                <td class="track">
                  <span class="bar" style={{ width: `${(norms[row]! / scale) * 100}%` }} />
                </td>
                <td class="amount">{shortNumber(norms[row]!)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
