import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { parse as parseYaml } from 'yaml';
import { numberOf, type LogData } from '../logData';
import type { LogFormat } from './format';
import { isRecord } from './looseJson';
import { rewrittenLog } from './readers';

/** Columns that say where a row stands, in the order in which they are trusted. */
const stepColumns = ['step', 'global_step', 'iteration', 'steps', 'epoch'];

/** Lightning's `metrics.csv`, with `hparams.yaml` beside it: train and validation on separate, sparse rows. */
export const lightning: LogFormat = {
  name: 'lightning',
  mayBe: (name) => name === 'metrics.csv',
  begins: (head) => stepColumn(head) !== null,
  root: path.dirname,
  open: (file) =>
    rewrittenLog(file, (bytes, data, isFresh) => parse(bytes, data, isFresh, file), [settingsOf(file)]),
};

/** Keras' CSVLogger and other tables with a column of steps or epochs. */
export const csv: LogFormat = {
  name: 'csv',
  mayBe: (name) => /\.(csv|tsv)$/i.test(name),
  begins: (head) => stepColumn(head) !== null,
  root: (file) => file,
  open: (file) => rewrittenLog(file, parse),
};

function header(text: string): string[] {
  return Papa.parse<string[]>(text.split(/\r?\n/, 1)[0] ?? '').data[0]?.map((cell) => cell.trim()) ?? [];
}

function stepColumn(head: Buffer): string | null {
  const columns = header(decode(head));
  return columns.length > 1 ? (stepColumns.find((name) => columns.includes(name)) ?? null) : null;
}

/** UTF-8, or UTF-16 where its mark says so. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

function parse(bytes: Buffer, data: LogData, isFresh: boolean, file?: string): void {
  let text = decode(bytes);
  // The last line may be half-written while somebody writes: a number that is cut is another number.
  if (isFresh && !/[\r\n]$/.test(text))
    text = text.slice(0, Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1);
  const columns = header(text);
  const stepName = stepColumns.find((name) => columns.includes(name));
  if (stepName === undefined) throw new Error(`None of the columns ${stepColumns.join(', ')} is there.`);
  const stepIndex = columns.indexOf(stepName);
  let row = -1;
  Papa.parse<string[]>(text, {
    skipEmptyLines: true,
    step({ data: cells }) {
      if (++row === 0) return;
      const step = numberOf(cells[stepIndex]);
      if (step === null) return;
      for (let index = 0; index < columns.length; index++) {
        // Most cells of a sparse table.
        if (cells[index] === '' || index === stepIndex) continue;
        const value = numberOf(cells[index]);
        if (value !== null) data.point(columns[index]!, step, value);
      }
    },
  });
  if (stepName === 'epoch') {
    for (const { steps } of data.series.slice(0, 1))
      for (const step of steps) data.point('epoch', step, step);
  }
  if (file !== undefined) readHyperparameters(settingsOf(file), data);
}

function settingsOf(file: string): string {
  return path.join(path.dirname(file), 'hparams.yaml');
}

function readHyperparameters(file: string, data: LogData): void {
  if (!existsSync(file)) return;
  try {
    // Lightning tags Python objects, which are of no use here.
    const values: unknown = parseYaml(readFileSync(file, 'utf8'), { logLevel: 'silent', maxAliasCount: 100 });
    if (!isRecord(values)) return;
    for (const [name, value] of Object.entries(values))
      data.hyperparameters[name] =
        value === null || ['string', 'number', 'boolean'].includes(typeof value)
          ? (value as string | number | boolean | null)
          : JSON.stringify(value);
  } catch (error) {
    data.problems.push({ path: file, message: error instanceof Error ? error.message : String(error) });
  }
}
