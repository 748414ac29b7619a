import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { bestOf, lessIsBetter, metricOf } from '../../src/core/curves';
import type { ShownRun } from '../../src/protocol/views';
import { useTheme } from '../shared/theme';
import { runColour } from './colours';
import type { Place } from './place';

interface Column {
  name: string;
  cells: (string | number | null)[];
  /** What a cell says beside its value. */
  hints?: (string | null)[];
}

/** What is known of each run: best and last values, then hyperparameters, those that differ first. */
function columnsOf(runs: ShownRun[]): Column[] {
  const tags = [...new Set(runs.flatMap((run) => run.series.map(({ tag }) => tag)))];
  const isLoss = (tag: string): number => (metricOf(tag).metric === 'loss' ? 0 : 1);
  const isValidation = (tag: string): number => (metricOf(tag).split === 'train' ? 1 : 0);
  tags.sort((a, b) => isLoss(a) - isLoss(b) || isValidation(a) - isValidation(b));
  const lastSteps = runs.map((run) =>
    run.series.reduce((most, { steps }) => Math.max(most, steps.at(-1) ?? 0), 0),
  );
  const values = tags.flatMap((tag): Column[] => {
    const series = runs.map((run) => run.series.find((each) => each.tag === tag) ?? null);
    const best = series.map((each) => each && bestOf(each));
    const last: Column = {
      name: l10n.t('{0}, last', tag),
      cells: series.map((each) => each?.values.at(-1) ?? null),
    };
    if (series.every((each) => !each || each.steps.length < 2)) return [{ ...last, name: tag }];
    const word = lessIsBetter(metricOf(tag).metric) ? l10n.t('{0}, least', tag) : l10n.t('{0}, most', tag);
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
  runs: ShownRun[];
  place: Place;
  isShown: (run: ShownRun) => boolean;
  onToggle: (run: ShownRun) => void;
  onSort: (sort: Place['sort']) => void;
  onUseModel: (model: string) => void;
}

export function RunTable({ runs, place, isShown, onToggle, onSort, onUseModel }: TableProps): JSX.Element {
  const theme = useTheme();
  const columns = columnsOf(runs);
  const { sort } = place;
  const by = sort && columns.find(({ name }) => name === sort.column);
  const order = [...runs.keys()];
  if (by) order.sort((a, b) => compare(by.cells[a]!, by.cells[b]!) * (sort.down ? -1 : 1));
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
          {order.map((index) => {
            const run = runs[index]!;
            return (
              <tr key={`${run.format} ${run.path}`}>
                <th scope="row">
                  <label title={run.path}>
                    <input type="checkbox" checked={isShown(run)} onChange={() => onToggle(run)} />
                    <svg width="12" height="12" aria-hidden="true">
                      <rect width="12" height="12" rx="2" fill={runColour(index, theme)} />
                    </svg>
                    {run.name} <span class="faint">{run.format}</span>
                  </label>
                  {run.model !== null && (
                    <button type="button" class="link" onClick={() => onUseModel(run.model!)}>
                      {l10n.t('Use its model')}
                    </button>
                  )}
                </th>
                {columns.map(({ name, cells, hints }) => (
                  <td key={name}>
                    {cells[index] ?? ''}
                    {hints?.[index] && <span class="faint"> {hints[index]}</span>}
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

function compare(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

/** The same table as Markdown. */
export function markdownOf(runs: ShownRun[]): string {
  const columns = columnsOf(runs);
  const line = (cells: unknown[]): string =>
    `| ${cells
      .map((cell) =>
        String(cell ?? '')
          .replaceAll('|', '\\|')
          .replaceAll('\n', ' '),
      )
      .join(' | ')} |`;
  return [
    line([l10n.t('Run'), ...columns.map(({ name }) => name)]),
    line(['---', ...columns.map(() => '---')]),
    ...runs.map((run, index) => line([run.name, ...columns.map(({ cells }) => cells[index])])),
    '',
  ].join('\n');
}
