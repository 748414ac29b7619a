import './files.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { percent } from '../../src/core/percent';
import { isTable, type FileRow, type RowQuestion } from '../../src/protocol/files';
import type { FilesResult, FilesViewRequests } from '../../src/protocol/views';
import type { ViewProps } from '../shared/startView';
import { Button } from '../shared/ui';
import { useVirtualRows } from '../shared/virtualRows';
import { useRows } from './useRows';

/** As in files.css. */
const rowHeight = 24;
const visibleRows = 60;

/** The answers to a question about each row of a file: a table of any length, of which only what is in sight is read. */
export function FilesView({ content, host }: ViewProps<FilesResult, FilesViewRequests>): JSX.Element {
  const { result, running } = content;
  const [filter, setFilter] = useState('');
  const [count, setCount] = useState(result.rows);
  const { start, end, before, after, onScroll } = useVirtualRows(count, rowHeight, visibleRows);
  const shown = useRows((part, signal) => host.request('rows', part, { signal }), {
    ...{ filter, start, end },
    version: `${running ?? ''} ${result.rows} ${result.complete}`,
    asked: JSON.stringify([result.output, result.kind, result.model, result.file, result.column]),
  });
  if (shown.matching !== count) setCount(shown.matching);
  const { kind, complete } = result;
  const titles = titlesOf(kind);
  // Where the row of a table stands in its file is not known.
  const place = isTable(result.file) ? l10n.t('Open the file') : l10n.t('Show in the file');
  return (
    <>
      <header class="summary">
        <h1>{titleOf(result)}</h1>
        <span class="faint">{result.modelName}</span>
        <span class="push files-actions">
          {!complete && running === null && (
            <Button onClick={() => void host.request('resume', null)}>{l10n.t('Go On')}</Button>
          )}
          {complete && (
            <Button secondary onClick={() => void host.request('openOutput', null)}>
              {l10n.t('Open the Results')}
            </Button>
          )}
          <Button secondary onClick={() => void host.request('saveRows', { filter })}>
            {l10n.t('Save as CSV…')}
          </Button>
        </span>
      </header>
      {!complete && running === null && (
        <p class="notice">{l10n.t('The run was not finished. It goes on after the rows that are here.')}</p>
      )}
      <div class="filter">
        <label for="filter">{l10n.t('Filter')}</label>
        <input
          id="filter"
          type="search"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        <span class="faint" role="status">
          {l10n.t('{0} of {1} rows', shown.matching, shown.total)}
        </span>
      </div>
      {shown.problem !== null && <p role="alert">{shown.problem}</p>}
      <div class="rows" tabIndex={0} role="region" aria-label={titleOf(result)} onScroll={onScroll}>
        <table aria-rowcount={count + 1}>
          <thead>
            <tr>
              {titles.map((title, column) => (
                <th key={title} scope="col" class={column === 0 || column === 3 ? 'number' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Gap height={before} />
            {Array.from({ length: end - start }, (_, at) => {
              const row = shown.rows.get(start + at);
              return (
                <tr key={start + at} aria-rowindex={start + at + 2}>
                  {row ? (
                    <Cells
                      {...{ row, kind, place }}
                      onOpen={() => void host.request('openRow', { row: row.row })}
                    />
                  ) : (
                    <td colSpan={4}>…</td>
                  )}
                </tr>
              );
            })}
            <Gap height={after} />
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Where the rows are that are not in sight. */
function Gap({ height }: { height: number }): JSX.Element | null {
  if (height === 0) return null;
  return (
    <tr aria-hidden="true">
      <td class="gap" colSpan={4} style={{ height: `${height}px` }} />
    </tr>
  );
}

interface CellsProps {
  row: FileRow;
  kind: RowQuestion;
  /** What a click on the text does. */
  place: string;
  onOpen: () => void;
}

function Cells({ row, kind, place, onOpen }: CellsProps): JSX.Element {
  const { text, result, score, problem, pseudoPerplexity, cut } = row;
  const found = kind === 'score' ? (pseudoPerplexity?.toFixed(2) ?? '') : result;
  return (
    <>
      <td class="number faint">{row.row}</td>
      <td title={text} dir="auto">
        <button type="button" class="cell" title={place} onClick={onOpen}>
          {text}
        </button>
      </td>
      <td title={problem ?? found} class={problem === undefined ? undefined : 'faint'}>
        {problem ?? found}
        {cut && ` (${l10n.t('its beginning')})`}
      </td>
      <td class="number">{scoreOf(score, kind)}</td>
    </>
  );
}

function scoreOf(score: number | null, kind: RowQuestion): string {
  if (score === null) return '';
  return kind === 'score' || score < 0 || score > 1 ? score.toFixed(2) : percent(score);
}

function titlesOf(kind: RowQuestion): string[] {
  const [row, text] = [l10n.t('Row'), l10n.t('Text')];
  switch (kind) {
    case 'classes':
      return [row, text, l10n.t('Class'), l10n.t('Score')];
    case 'tags':
      return [row, text, l10n.t('Tagged'), l10n.t('Score')];
    case 'fill':
      return [row, text, l10n.t('Words'), l10n.t('Score')];
    case 'score':
      return [row, text, l10n.t('Pseudo-perplexity'), l10n.t('Log-likelihood')];
  }
}

function titleOf({ kind, file, column }: FilesResult): string {
  const name = file.replace(/^.*[\\/]/, '') + (column === null ? '' : `, ${column}`);
  switch (kind) {
    case 'classes':
      return l10n.t('Classes of the rows of {0}', name);
    case 'tags':
      return l10n.t('Tags of the rows of {0}', name);
    case 'fill':
      return l10n.t('Masked words of the rows of {0}', name);
    case 'score':
      return l10n.t('Pseudo-log-likelihood of the rows of {0}', name);
  }
}
