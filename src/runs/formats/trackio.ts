import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import type { HyperparameterValue } from '../../protocol/runs';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { LogData, numberOf } from '../logData';
import type { LogFormat, LogReader } from './format';
import { isRecord, parseLooseJson } from './looseJson';
import { betweenChunks } from './readers';
import { databaseBytes } from './sqliteFile';

/** Bytes at the start of a file in which the table of metrics is looked for. */
const headBytes = 2 ** 20;
/** How often a database is read again when it was written to meanwhile. */
const attempts = 3;

/** Trackio's SQLite database of a project: a row for each step of each of its runs, with the metrics as JSON. */
export const trackio: LogFormat = {
  name: 'trackio',
  mayBe: (name) => name.endsWith('.db'),
  begins: (head, file) => head.toString('latin1', 0, 15) === 'SQLite format 3' && hasMetrics(file),
  root: (file) => file,
  written: (file) => [file, `${file}-wal`],
  open: databaseReader,
};

/** Among the first pages are those that tell of the tables; those of the write-ahead log, where the tables are new. */
function hasMetrics(file: string): boolean {
  return [file, `${file}-wal`].some(
    (each) => existsSync(each) && headOf(each).includes('CREATE TABLE metrics'),
  );
}

function headOf(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(headBytes);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function databaseReader(file: string): LogReader {
  let known = '';
  let runs = new Map<string, LogData>();
  const data = new LogData();
  return {
    data,
    get runs() {
      return runs;
    },
    async read(context) {
      const before = await stateOf(file);
      if (before === known) return false;
      for (let attempt = 1; ; attempt++) {
        const state = await stateOf(file);
        const bytes = await databaseBytes(file);
        throwIfCancelled(context.signal);
        const isStill = (await stateOf(file)) === state;
        if (!isStill && attempt < attempts) continue;
        try {
          [runs, known] = [await runsIn(bytes, context), isStill ? state : ''];
          return true;
        } catch (error) {
          throwIfCancelled(context.signal);
          // What changed while it was read is no database; it may be one the next time.
          if (isStill) throw error;
          throw new Error(l10n.t('It changes too fast to be read. It is read again soon.'));
        }
      }
    },
  };
}

/** How the database and its write-ahead log stand. */
async function stateOf(file: string): Promise<string> {
  const states = [await stat(file), await stat(`${file}-wal`).catch(() => null)];
  return JSON.stringify(states.map((state) => state && [state.ino, state.size, state.mtimeMs]));
}

/** Rows that are read between two looks whether to go on. */
const rowsAtOnce = 20_000;

/** The runs of a database by their names. @throws Error when the bytes are no database of Trackio. */
async function runsIn(bytes: Buffer, context: CallContext): Promise<Map<string, LogData>> {
  const { default: initSqlJs } = await import('sql.js');
  const { Database } = await initSqlJs();
  const database = new Database(bytes);
  try {
    const runs = new Map<string, LogData>();
    const runOf = (name: string): LogData => {
      let run = runs.get(name);
      if (!run) runs.set(name, (run = new LogData()));
      return run;
    };
    const rows = database.prepare('SELECT run_name, step, timestamp, metrics FROM metrics ORDER BY id');
    const count = Number(database.exec('SELECT COUNT(*) FROM metrics')[0]?.values[0]?.[0] ?? 0);
    for (let row = 0; rows.step(); row++) {
      if (row % rowsAtOnce === rowsAtOnce - 1) await betweenChunks(context, row / count);
      const [name, step, timestamp, metrics] = rows.get();
      if (typeof step !== 'number' || typeof metrics !== 'string') continue;
      addMetrics(runOf(String(name)), step, Date.parse(String(timestamp)) / 1000, metrics);
    }
    rows.free();
    const [tables] = database.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'configs'");
    const [configs] = tables ? database.exec('SELECT run_name, config FROM configs') : [];
    for (const [name, config] of configs?.values ?? [])
      if (typeof config === 'string') addConfig(runOf(String(name)), config);
    return runs;
  } finally {
    database.close();
  }
}

function addMetrics(run: LogData, step: number, wallTime: number, json: string): void {
  const metrics = recordOf(json);
  for (const [tag, value] of Object.entries(metrics)) {
    const number = numberOf(value);
    if (number !== null) run.point(tag, step, number, wallTime);
  }
}

/** Names with an underscore are Trackio's own. */
function addConfig(run: LogData, json: string): void {
  for (const [name, value] of Object.entries(recordOf(json)))
    if (!name.startsWith('_'))
      run.hyperparameters[name] =
        value === null || ['string', 'number', 'boolean'].includes(typeof value)
          ? (value as HyperparameterValue)
          : JSON.stringify(value);
}

/** The entries of a cell; none of one that holds something else. */
function recordOf(json: string): Record<string, unknown> {
  try {
    const value = parseLooseJson(json);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
