import { Readable } from 'node:stream';
import * as l10n from '@vscode/l10n';
import Papa from 'papaparse';
import { HeadlightError } from '../../core/errors';
import { isTable } from '../../protocol/files';
import { linesOf, textOf } from '../data/files';

/** The text of a row, or why there is none. */
export type SourceRow = { text: string } | { problem: string };

type Format = 'lines' | 'csv' | 'jsonl';

function formatOf(file: string): Format {
  if (isTable(file)) return 'csv';
  return /\.(jsonl|ndjson)$/i.test(file) ? 'jsonl' : 'lines';
}

/**
 * The texts of a file, one row after the other: its lines, or a column of a table.
 * @param onBytes hears of every piece that is read.
 * @throws HeadlightError `FileUnusable` when it cannot be read, is no UTF-8, or has no such column; `Cancelled`.
 */
export async function* sourceRows(
  file: string,
  column: string | null,
  signal: AbortSignal,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<SourceRow> {
  const format = formatOf(file);
  if (format !== 'lines' && column === null) throw await columnNeeded(file, signal);
  const pieces = textOf(file, signal, onBytes);
  switch (format) {
    case 'lines':
      for await (const text of linesOf(pieces)) yield { text };
      return;
    case 'jsonl':
      for await (const line of objectLinesOf(pieces)) yield fieldOf(line, column!);
      return;
    case 'csv':
      yield* cellsOf(file, recordsOf(file, pieces), column!);
  }
}

/**
 * The columns that `sourceRows` takes; none for lines of text.
 * @throws HeadlightError as `sourceRows`.
 */
export async function columnsOf(file: string, signal: AbortSignal): Promise<string[]> {
  const format = formatOf(file);
  if (format === 'lines') return [];
  const pieces = textOf(file, signal);
  if (format === 'csv') {
    for await (const record of recordsOf(file, pieces)) return record;
    return [];
  }
  for await (const line of objectLinesOf(pieces)) {
    const object = objectOf(line);
    if (object) return Object.keys(object).filter((name) => typeof object[name] === 'string');
  }
  return [];
}

/** Lines that are to hold an object each: of any length, for half of one is none. */
async function* objectLinesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of linesOf(pieces, Infinity)) if (line.trim() !== '') yield line;
}

/** Records of comma- or tab-separated values, quoted ones over several lines, too. */
async function* recordsOf(file: string, pieces: AsyncIterable<string>): AsyncGenerator<string[]> {
  const text = withoutMark(pieces);
  const start = await withHeading(text);
  const delimiter = delimiterOf(file, start);
  const parser = Papa.parse(Papa.NODE_STREAM_INPUT, { delimiter, skipEmptyLines: true });
  const source = Readable.from(continued(start, text));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    yield* parser as AsyncIterable<string[]>;
  } finally {
    source.destroy();
  }
}

/** The beginning of a table, to the end of its first line or beyond. */
async function withHeading(text: AsyncGenerator<string>): Promise<string> {
  let start = '';
  while (!/[\r\n]/.test(start)) {
    const next = await text.next();
    if (next.done) break;
    start = (start + next.value).replace(/^[\r\n]+/, '');
  }
  return start;
}

/** Only the heading tells it: commas and semicolons of prose would cut the texts below. */
function delimiterOf(file: string, start: string): string {
  if (/\.tsv$/i.test(file)) return '\t';
  return Papa.parse(start.split(/[\r\n]/, 1)[0]!).meta.delimiter;
}

async function* continued(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (start !== '') yield start;
  yield* rest;
}

/** A byte order mark is no part of the first column's name. */
async function* withoutMark(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const piece of pieces) {
    if (piece === '') continue;
    yield isFirst ? piece.replace(/^\ufeff/, '') : piece;
    isFirst = false;
  }
}

async function* cellsOf(
  file: string,
  records: AsyncIterable<string[]>,
  column: string,
): AsyncGenerator<SourceRow> {
  let at: number | null = null;
  for await (const record of records) {
    if (at === null) {
      at = record.indexOf(column);
      if (at < 0) throw noColumn(file, column, record);
      continue;
    }
    const text = record[at];
    yield text === undefined ? { problem: l10n.t('The row has no column “{0}”.', column) } : { text };
  }
}

function fieldOf(line: string, column: string): SourceRow {
  const object = objectOf(line);
  if (!object) return { problem: l10n.t('The line is no JSON object.') };
  const text = object[column];
  return typeof text === 'string' ? { text } : { problem: l10n.t('The row has no text “{0}”.', column) };
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

async function columnNeeded(file: string, signal: AbortSignal): Promise<HeadlightError> {
  const columns = await columnsOf(file, signal);
  const message = l10n.t('{0} is a table: say which column is read. It has: {1}', file, columns.join(', '));
  return new HeadlightError('FileUnusable', message);
}

function noColumn(file: string, column: string, columns: string[]): HeadlightError {
  const message = l10n.t('{0} has no column “{1}”. It has: {2}', file, column, columns.join(', '));
  return new HeadlightError('FileUnusable', message);
}
