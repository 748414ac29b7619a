import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ComparedRow } from '../../src/core/comparison';
import type { SourceRange } from '../../src/protocol/views';

interface ComparedTableProps<Row extends ComparedRow> {
  label: string;
  /** Title of the first column. */
  name: string;
  models: [string, string];
  rows: Row[];
  /** Where a row stands in the text, if it does. */
  rangeOf?: (row: Row) => SourceRange;
  point?: (range: SourceRange | null) => void;
  reveal?: (range: SourceRange) => void;
}

/** What two models say of the same things; a sign marks where they differ. */
export function ComparedTable<Row extends ComparedRow>(props: ComparedTableProps<Row>): JSX.Element {
  const { label, name, models, rows, rangeOf, point, reveal } = props;
  return (
    <table class="compared" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          {models.map((model, index) => (
            <th key={index} scope="col" class="number">
              {model}
            </th>
          ))}
          <th scope="col" class="number">
            {l10n.t('Difference')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => {
          const range = rangeOf?.(row) ?? null;
          return (
            <tr
              key={index}
              class={row.differs ? 'differs' : undefined}
              onMouseEnter={() => point?.(range)}
              onMouseLeave={() => point?.(null)}
            >
              <th scope="row" dir="auto">
                {row.differs && (
                  <span
                    class="mark"
                    role="img"
                    aria-label={l10n.t('The models differ')}
                    title={l10n.t('The models differ')}
                  >
                    ≠
                  </span>
                )}
                {range && reveal ? (
                  <button
                    type="button"
                    class="cell"
                    title={l10n.t('Show in the editor')}
                    onClick={() => reveal(range)}
                  >
                    {row.name}
                  </button>
                ) : (
                  row.name
                )}
              </th>
              {row.sides.map((side, at) => (
                <td key={at} class="number">
                  {side ?? '–'}
                </td>
              ))}
              <td class="number">{row.difference === null ? '' : differenceText(row.difference, row)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Probabilities are told in percent, and so is what they differ by. */
function differenceText(difference: number, { areProbabilities }: ComparedRow): string {
  const [scale, digits, unit] = areProbabilities ? [100, 2, ' %'] : [1, 4, ''];
  // What is rounded to nothing has no sign.
  const shown = Number((difference * scale).toFixed(digits));
  return `${shown > 0 ? '+' : ''}${shown.toFixed(digits)}${unit}`;
}
