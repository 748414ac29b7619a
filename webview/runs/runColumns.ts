import * as l10n from '@vscode/l10n';
import { bestOf, exactDigits, lessIsBetter, metricOf } from '../../src/core/curves';
import type { BestChoice } from '../../src/core/runNotices';
import type { ShownRun } from '../../src/protocol/views';
import { rank } from './charts';

/** A column of the table of runs: a cell for each. */
interface Column {
  name: string;
  cells: (string | number | null)[];
  /** What a cell says beside its value. */
  hints?: (string | null)[];
}

/** What is known of each run: best and last values, then hyperparameters, those that differ first. */
export function columnsOf(runs: ShownRun[], choice: BestChoice | null): Column[] {
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
  const lastSteps = runs.map(({ series }) =>
    series.length === 0 ? null : series.reduce((most, { steps }) => Math.max(most, steps.at(-1) ?? 0), 0),
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

/** A cell in words; a number with as few digits as tell it. */
export function cellText(cell: string | number | null): string {
  return typeof cell === 'number' ? exactDigits(cell) : (cell ?? '');
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
