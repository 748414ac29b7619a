import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import { HeadlightError, messageOf } from '../../core/errors';
import { csvOf } from '../../core/csv';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { FileRow, RowsQuestion, RowsResult } from '../../protocol/files';
import { byteProgress, writeWhole } from '../data/files';

/** Where the rows of a file of results are that match a filter. */
interface Index {
  file: string;
  /** Tells two files of one name apart. */
  inode: number;
  filter: string;
  /** Bytes that have been looked at, up to the end of a line. */
  bytes: number;
  total: number;
  /** Of each matching row its first byte, and how many bytes it has. */
  starts: number[];
  lengths: number[];
}

/**
 * Rows of results out of their file, by where they stand in it: however many there are, only those on show are in
 * memory. A file that grows is looked at from where it ended before.
 */
export class ResultRows {
  private index: Index | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param part where results stand until all are there.
   * @throws HeadlightError `FileUnusable`, `Cancelled`.
   */
  read(question: RowsQuestion, part: string, context: CallContext): Promise<RowsResult> {
    // One after the other: they share what is known of the file.
    const result = this.last.then(() => this.readNow(question, part, context));
    this.last = result.catch(() => {});
    return result;
  }

  private async readNow(question: RowsQuestion, part: string, context: CallContext): Promise<RowsResult> {
    throwIfCancelled(context.signal);
    const { output, filter, start, count } = question;
    const complete = !existsSync(part);
    const file = complete ? output : part;
    if (!existsSync(file)) return { total: 0, matching: 0, rows: [], complete: false };
    try {
      const index = await this.look(file, filter.toLowerCase(), context);
      const rows: FileRow[] = [];
      const handle = await open(file, 'r');
      try {
        for (let at = start; at < Math.min(start + count, index.starts.length); at++) {
          const bytes = Buffer.alloc(index.lengths[at]!);
          await handle.read(bytes, 0, bytes.length, index.starts[at]!);
          rows.push(rowOf(bytes));
        }
      } finally {
        await handle.close();
      }
      return { total: index.total, matching: index.starts.length, rows, complete };
    } catch (error) {
      // The last row came meanwhile, and the file has got its name.
      if (!complete && !existsSync(part)) return this.readNow(question, part, context);
      throw unreadable(file, error);
    }
  }

  /** Writes the matching rows as CSV. @throws HeadlightError `FileUnusable`, `Cancelled`. */
  async saveAsCsv(
    question: RowsQuestion,
    part: string,
    target: string,
    { signal, progress }: CallContext,
  ): Promise<void> {
    // How much has been looked at is no share of what is written.
    const looking: CallContext = { signal, progress: ({ message }) => progress({ message }) };
    const step = 1000;
    const titles = ['row', 'text', 'result', 'score', 'problem'];
    await writeWhole(
      { output: target, inputs: [question.output, part, question.file] },
      signal,
      async (emit) => {
        await emit(csvOf([titles]));
        for (let start = 0; ; start += step) {
          const { rows, matching } = await this.read({ ...question, start, count: step }, part, looking);
          if (rows.length === 0) return;
          const cells = rows.map(({ row, text, result, score, problem = '' }) => [
            ...[String(row), text, result, score === null ? '' : String(score), problem],
          ]);
          // The mark of the first part is that of the file.
          await emit(csvOf(cells).slice(1));
          const done = start + rows.length;
          progress({ message: l10n.t('{0} of {1} rows…', done, matching), fraction: done / matching });
        }
      },
    );
  }

  private async look(file: string, filter: string, context: CallContext): Promise<Index> {
    const { size, ino } = statSync(file);
    let index = this.index;
    const goesOn =
      index?.file === file && index.inode === ino && index.filter === filter && index.bytes <= size;
    if (!index || !goesOn) {
      index = { file, inode: ino, filter, bytes: 0, total: 0, starts: [], lengths: [] };
    }
    this.index = index;
    if (index.bytes === size) return index;
    let rest: Buffer = Buffer.alloc(0);
    let start = index.bytes;
    const onBytes = byteProgress(size - start, l10n.t('Reading rows…'), context);
    for await (const chunk of createReadStream(file, {
      start,
      highWaterMark: 2 ** 20,
    }) as AsyncIterable<Buffer>) {
      throwIfCancelled(context.signal);
      onBytes(chunk.length);
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        if (filter === '' || matches(rowOf(bytes.subarray(from, end)), filter)) {
          index.starts.push(start + from);
          index.lengths.push(end - from);
        }
        index.total++;
        from = end + 1;
      }
      rest = bytes.subarray(from);
      start += from;
      index.bytes = start;
    }
    return index;
  }
}

/** @throws Error for what is no row of results: a file of that name may be anything. */
function rowOf(bytes: Buffer): FileRow {
  const row = JSON.parse(bytes.toString('utf8')) as Partial<FileRow> | null;
  const isRow =
    typeof row?.row === 'number' &&
    typeof row.text === 'string' &&
    typeof row.result === 'string' &&
    (row.score === null || typeof row.score === 'number') &&
    ['undefined', 'string'].includes(typeof row.problem);
  if (!isRow) throw new Error(l10n.t('a line has no row, text, result and score'));
  return row as FileRow;
}

function matches({ text, result, problem = '' }: FileRow, filter: string): boolean {
  return [text, result, problem].some((each) => each.toLowerCase().includes(filter));
}

function unreadable(file: string, error: unknown): HeadlightError {
  if (error instanceof HeadlightError) return error;
  const why = messageOf(error);
  const message = l10n.t('{0} is no file of results: {1}. Choose another name for the results.', file, why);
  return new HeadlightError('FileUnusable', message);
}
