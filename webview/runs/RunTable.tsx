import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ShownRun } from '../../src/protocol/views';
import { keyOf } from './charts';
import type { IndexedRun } from './groups';
import type { Place } from './place';
import { cellText, columnsOf } from './runColumns';

interface TableProps {
  runs: IndexedRun[];
  /** Of each run that is open. */
  colours: string[];
  place: Place;
  isShown: (run: ShownRun) => boolean;
  onToggle: (run: ShownRun) => void;
  onSort: (sort: Place['sort']) => void;
  onUseModel: (model: string) => void;
}

/** The runs, one a row, with what is known of them. */
export function RunTable(props: TableProps): JSX.Element {
  const { runs, colours, place, isShown, onToggle, onSort, onUseModel } = props;
  const columns = columnsOf(
    runs.map(({ run }) => run),
    place.best,
  );
  const { sort } = place;
  const by = sort && columns.find(({ name }) => name === sort.column);
  const order = [...runs.keys()];
  if (by) order.sort((a, b) => compare(by.cells[a]!, by.cells[b]!, sort.down));
  return (
    <div class="runs-table" role="region" tabIndex={0} aria-label={l10n.t('Runs')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{l10n.t('Run')}</th>
            {columns.map(({ name }) => (
              <th
                key={name}
                scope="col"
                aria-sort={sort?.column === name ? (sort.down ? 'descending' : 'ascending') : 'none'}
              >
                <button
                  type="button"
                  onClick={() => onSort({ column: name, down: sort?.column === name && !sort.down })}
                >
                  {name}
                  {sort?.column === name && (sort.down ? ' ▾' : ' ▴')}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.map((row) => {
            const { run, index } = runs[row]!;
            return (
              <tr key={keyOf(run)}>
                <th scope="row">
                  <label title={run.path}>
                    <input type="checkbox" checked={isShown(run)} onChange={() => onToggle(run)} />
                    <svg width="12" height="12" aria-hidden="true">
                      <rect width="12" height="12" rx="2" fill={colours[index]} />
                    </svg>
                    {run.name} <span class="faint">{run.format}</span>
                  </label>
                  {run.model !== null && (
                    <button
                      type="button"
                      class="link"
                      title={run.model}
                      onClick={() => onUseModel(run.model!)}
                    >
                      {l10n.t('Use its model')}
                    </button>
                  )}
                </th>
                {columns.map(({ name, cells, hints }) => (
                  <td key={name}>
                    {cellText(cells[row]!)}
                    {hints?.[row] && <span class="faint"> {hints[row]}</span>}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Numbers by their size, before texts; what is missing or no number comes last in either direction. */
function compare(a: string | number | null, b: string | number | null, down: boolean): number {
  const isLast = (cell: string | number | null): number => Number(cell === null || Number.isNaN(cell));
  if (isLast(a) || isLast(b)) return isLast(a) - isLast(b);
  const order =
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), undefined, { numeric: true });
  return down ? -order : order;
}
