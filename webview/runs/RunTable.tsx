import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { bestOf, exactDigits, lessIsBetter, metricOf } from '../../src/core/curves';
import type { BestChoice } from '../../src/core/runNotices';
import type { ShownRun } from '../../src/protocol/views';
import { keyOf, rank } from './charts';
import type { IndexedRun } from './groups';
import type { Place } from './place';

interface Column {
  name: string;
  cells: (string | number | null)[];
  /** What a cell says beside its value. */
  hints?: (string | null)[];
}

/** What is known of each run: best and last values, then hyperparameters, those that differ first. */
function columnsOf(runs: ShownRun[], choice: BestChoice | null): Column[] {
  const tags = [...new Set(runs.flatMap((run) => run.series.map(({ tag }) => tag)))];
  const isChosen = (tag: string): boolean => {
    const { metric, split } = metricOf(tag);
    return metric === choice?.metric && split === choice.split;
  };
  const place = (tag: string): number => {
    const { metric, split } = metricOf(tag);
    return isChosen(tag) ? -1 : 2 * rank(metric) + (split === 'train' ? 1 : 0);
  };
  tags.sort((a, b) => place(a) - place(b));
  const lastSteps = runs.map((run) =>
    run.series.reduce((most, { steps }) => Math.max(most, steps.at(-1) ?? 0), 0),
  );
  const values = tags.flatMap((tag): Column[] => {
    const series = runs.map((run) => run.series.find((each) => each.tag === tag) ?? null);
    const less = isChosen(tag) ? choice!.less : lessIsBetter(metricOf(tag).metric);
    const best = series.map((each) => each && bestOf(each, less));
    const last: Column = {
      name: l10n.t('{0}, last', tag),
      cells: series.map((each) => each?.values.at(-1) ?? null),
    };
    if (series.every((each) => !each || each.steps.length < 2)) return [{ ...last, name: tag }];
    const word = less ? l10n.t('{0}, least', tag) : l10n.t('{0}, most', tag);
    const hints = best.map((each) => each && l10n.t('at step {0}', each.step));
    return [{ name: word, cells: best.map((each) => each?.value ?? null), hints }, last];
  });
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.hyperparameters)))];
  const settings = names.map((name): Column => {
    const cells = runs.map((run) => run.hyperparameters[name]);
    return {
      name,
      cells: cells.map((cell) =>
        typeof cell === 'number' ? cell : cell === undefined ? null : String(cell),
      ),
    };
  });
  const differs = ({ cells }: Column): boolean => new Set(cells).size > 1;
  return [
    { name: l10n.t('Last step'), cells: lastSteps },
    ...values.slice(0, 8),
    ...settings.filter(differs),
    ...values.slice(8),
    ...settings.filter((column) => !differs(column)),
  ];
}

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

function cellText(cell: string | number | null): string {
  return typeof cell === 'number' ? exactDigits(cell) : (cell ?? '');
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

/** The same table as Markdown. */
export function markdownOf(runs: ShownRun[], choice: BestChoice | null): string {
  const columns = columnsOf(runs, choice);
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\r?\n/g, ' ')).join(' | ')} |`;
  const cell = ({ cells, hints }: Column, row: number): string =>
    cellText(cells[row]!) + (hints?.[row] ? ` (${hints[row]})` : '');
  return [
    line([l10n.t('Run'), ...columns.map(({ name }) => name)]),
    line(['---', ...columns.map(() => '---')]),
    ...runs.map((run, row) => line([run.name, ...columns.map((column) => cell(column, row))])),
    '',
  ].join('\n');
}
