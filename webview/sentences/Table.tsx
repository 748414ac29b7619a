import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { SourceRange } from '../../src/protocol/views';
import { Button } from '../shared/ui';
import { useVirtualRows } from '../shared/virtualRows';

export interface Column {
  title: string;
  /** Sorted as a number, and shown at the end of its cell. */
  isNumber?: boolean;
}

export interface Row {
  cells: { text: string; sortBy?: number }[];
  range: SourceRange;
}

interface TableProps {
  label: string;
  columns: Column[];
  rows: Row[];
  point: (range: SourceRange | null) => void;
  reveal: (range: SourceRange) => void;
  onExport: (rows: string[][]) => void;
}

/** As in sentences.css. */
const rowHeight = 28;

/** More rows scroll, each a line high, and only those in sight are drawn. */
const visibleRows = 100;

interface Order {
  column: number;
  descending: boolean;
}

/** A table that sorts by a click on a column's title, points at the text of each row, and can be saved. */
export function Table({ label, columns, rows, point, reveal, onExport }: TableProps): JSX.Element {
  const [order, setOrder] = useState<Order | null>(null);
  const sorted = useMemo(
    () => (order ? [...rows].sort((a, b) => compare(a, b, order)) : rows),
    [rows, order],
  );
  const { start, end, before, after, onScroll } = useVirtualRows(rows.length, rowHeight, visibleRows);
  const scrolls = rows.length > visibleRows;
  const gap = (height: number): JSX.Element | null =>
    height > 0 ? (
      <tr aria-hidden="true">
        <td class="gap" colSpan={columns.length} style={{ height: `${height}px` }} />
      </tr>
    ) : null;
  return (
    <div class="table">
      <div
        class={scrolls ? 'scrolled' : undefined}
        role={scrolls ? 'region' : undefined}
        aria-label={scrolls ? label : undefined}
        tabIndex={scrolls ? 0 : undefined}
        onScroll={onScroll}
      >
        <table aria-label={label} aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {columns.map(({ title, isNumber }, column) => {
                const own = order?.column === column ? order : null;
                return (
                  <th
                    key={title}
                    class={isNumber ? 'number' : undefined}
                    aria-sort={own ? (own.descending ? 'descending' : 'ascending') : 'none'}
                  >
                    <button
                      type="button"
                      class="link"
                      onClick={() => setOrder({ column, descending: own ? !own.descending : !!isNumber })}
                    >
                      {title}
                      {own ? (own.descending ? ' ↓' : ' ↑') : ''}
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {gap(before)}
            {sorted.slice(start, end).map(({ cells, range }, at) => (
              <tr
                key={`${range.sequence} ${range.start}`}
                aria-rowindex={start + at + 2}
                onMouseEnter={() => point(range)}
                onMouseLeave={() => point(null)}
              >
                {cells.map(({ text }, column) => (
                  <td key={column} class={columns[column]?.isNumber ? 'number' : undefined}>
                    {column === 0 ? (
                      <button
                        type="button"
                        class="cell"
                        title={l10n.t('Show in the editor')}
                        onFocus={() => point(range)}
                        onBlur={() => point(null)}
                        onClick={() => reveal(range)}
                      >
                        {text}
                      </button>
                    ) : (
                      text
                    )}
                  </td>
                ))}
              </tr>
            ))}
            {gap(after)}
          </tbody>
        </table>
      </div>
      <div class="table-actions">
        <Button
          secondary
          onClick={() =>
            onExport([columns.map(({ title }) => title), ...sorted.map(({ cells }) => cells.map(exported))])
          }
        >
          {l10n.t('Save as CSV…')}
        </Button>
      </div>
    </div>
  );
}

/** Numbers in full. */
function exported({ text, sortBy }: Row['cells'][number]): string {
  return sortBy === undefined ? text : String(sortBy);
}

function compare(a: Row, b: Row, { column, descending }: Order): number {
  const [x, y] = [a.cells[column]!, b.cells[column]!];
  const ascending =
    x.sortBy !== undefined && y.sortBy !== undefined ? x.sortBy - y.sortBy : x.text.localeCompare(y.text);
  return descending ? -ascending : ascending;
}
