import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileRow, RowsResult } from '../../src/protocol/files';

type Ask = (
  part: { filter: string; start: number; count: number },
  signal: AbortSignal,
) => Promise<RowsResult>;

export interface ShownRows {
  total: number;
  matching: number;
  /** By their place among the matching rows; those that are still read are missing. */
  rows: ReadonlyMap<number, FileRow>;
  problem: string | null;
}

const none: ShownRows = { total: 0, matching: 0, rows: new Map(), problem: null };

/**
 * The rows [start, end) of the answers to a question, read when they come into sight.
 * @param version changes when there may be more rows. @param asked changes when they are of another question.
 */
export function useRows(
  ask: Ask,
  {
    filter,
    start,
    end,
    version,
    asked,
  }: { filter: string; start: number; end: number; version: string; asked: string },
): ShownRows {
  const [shown, setShown] = useState<ShownRows>(none);
  const of = useRef('');
  useEffect(() => {
    const run = new AbortController();
    const source = `${asked} ${filter}`;
    if (of.current !== source) setShown((before) => ({ ...none, total: before.total }));
    of.current = source;
    ask({ filter, start, count: Math.max(end - start, 50) }, run.signal).then(
      ({ total, matching, rows }) => {
        if (run.signal.aborted) return;
        setShown({ total, matching, rows: new Map(rows.map((row, at) => [start + at, row])), problem: null });
      },
      (thrown: unknown) => {
        if (!run.signal.aborted) setShown({ ...none, problem: String((thrown as Error).message) });
      },
    );
    return () => run.abort();
  }, [filter, start, end, version, asked]);
  return shown;
}
