import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import initSqlJs from 'sql.js';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import type { Run } from '../../../src/protocol/runs';
import { withLog } from '../../../src/runs/formats/sqliteFile';
import { RunStore } from '../../../src/runs/store';
import { repositoryRoot } from '../../support/paths';

const fixture = path.join(repositoryRoot, 'test/fixtures/runs/trackio/project.db');
const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
let file: string;
let store: RunStore;

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-trackio-')), 'project.db');
  copyFileSync(fixture, file);
  copyFileSync(`${fixture}-wal`, `${file}-wal`);
  store = new RunStore();
});

const read = async (): Promise<Run[]> => (await store.read([path.dirname(file)], context)).runs;
const losses = ({ series }: Run): [number, number][] => {
  const { steps, values } = series.find(({ tag }) => tag === 'loss')!;
  return Array.from(steps, (step, index) => [step, values[index]!]);
};
/** A database of one run with so many rows. */
async function databaseOf(rows: number, name: string): Promise<Uint8Array> {
  const { Database } = await initSqlJs();
  const database = new Database();
  database.exec(
    'CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT, step INTEGER, timestamp TEXT, metrics TEXT)',
  );
  database.exec(
    `WITH RECURSIVE steps(step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM steps WHERE step < ${rows - 1})
    INSERT INTO metrics (run_name, step, timestamp, metrics)
    SELECT '${name}', step, '2025-07-01T12:00:00', '{"loss":1}' FROM steps`,
  );
  const content = database.export();
  database.close();
  return content;
}
/** What was in the file before the log began. */
const before = [0, 1, 2, 3].map((step) => [step, 1 / (step + 1)]);

describe("a project's database", () => {
  it('holds its runs, with what was committed to the write-ahead log and no more', async () => {
    const runs = await read();
    expect(runs.map(({ name, path: at, format }) => [name, at, format])).toEqual([
      ['project.db/first', path.join(file, 'first'), 'trackio'],
      ['project.db/second', path.join(file, 'second'), 'trackio'],
    ]);
    const [first, second] = runs as [Run, Run];
    expect(losses(first)).toEqual([...before, [4, NaN], [5, 14], [6, 15], [7, 16], [8, 17]]);
    expect(losses(second)).toEqual([
      [0, 0],
      [1, Infinity],
      [2, -2],
    ]);
    expect(first.series.map(({ tag }) => tag)).toEqual(['loss', 'val/acc']);
    // The rows were written at 12:00:00.5 and so on of 1 July 2025, UTC.
    expect([...second.series[0]!.wallTimes]).toEqual([0, 1, 2].map((step) => 1751371200.5 + step));
    expect(first.hyperparameters).toEqual({ lr: 0.001, layers: '[1,2]' });
    expect(readFileSync(file).equals(readFileSync(fixture))).toBe(true);
  });

  it('ends at the last whole commit of a log that is cut or damaged', async () => {
    const log = readFileSync(`${fixture}-wal`);
    log[32 + 24 + 5]! ^= 1;
    writeFileSync(`${file}-wal`, log);
    expect((await read()).map(losses)).toEqual([before]);
    rmSync(`${file}-wal`);
    expect((await read()).map(losses)).toEqual([before]);
  });

  it('is read anew when its log grows', async () => {
    writeFileSync(`${file}-wal`, '');
    const first = await store.read([file], context);
    expect(first.runs.map(losses)).toEqual([before]);
    expect((await store.read([file], context, first.version)).runs).toEqual([]);
    copyFileSync(`${fixture}-wal`, `${file}-wal`);
    expect(await store.read([file], context, first.version)).toMatchObject({ runs: [{}, {}] });
  });

  it('is as old as its log, where that was written last', async () => {
    utimesSync(file, 1000, 1000);
    utimesSync(`${file}-wal`, 2000, 2000);
    expect((await read()).map(({ modified }) => modified)).toEqual([2_000_000, 2_000_000]);
  });

  it('may name its runs as it likes: no name leads to another path', async () => {
    const content = await databaseOf(1, '../other');
    rmSync(`${file}-wal`);
    writeFileSync(file, content);
    expect((await read()).map((run) => run.path)).toEqual([`${file}${path.sep}..%2Fother`]);
  });

  it('of many rows is read until it is cancelled', async () => {
    rmSync(`${file}-wal`);
    writeFileSync(file, await databaseOf(20_001, 'long'));
    const controller = new AbortController();
    const cancelling = { signal: controller.signal, progress: () => controller.abort() };
    await expect(store.read([file], cancelling)).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await read()).map((run) => losses(run).length)).toEqual([20_001]);
  });

  it('of another program is no log', async () => {
    const bytes = readFileSync(fixture);
    writeFileSync(file, Buffer.from(bytes.toString('latin1').replaceAll('metrics', 'recipes'), 'latin1'));
    rmSync(`${file}-wal`);
    await expect(read()).rejects.toMatchObject({ code: 'NoRuns' });
  });
});

it('a log of another database leaves the pages as they are', () => {
  const main = readFileSync(fixture);
  expect(withLog(main, Buffer.alloc(0))).toBe(main);
  expect(withLog(main, Buffer.alloc(4096))).toBe(main);
});

describe('a write-ahead log', () => {
  const pageSize = 512;
  /** A log with a frame for each page number; each is a commit. The checksums are those of section 4.2 of the format. */
  const logOf = (pages: number[]): Buffer => {
    const frameSize = 24 + pageSize;
    const log = Buffer.alloc(32 + pages.length * frameSize);
    let [first, second] = [0, 0];
    const seal = (ranges: [number, number][], at: number): void => {
      for (const [from, to] of ranges)
        for (let word = from; word < to; word += 8) {
          first = (first + log.readUInt32BE(word) + second) >>> 0;
          second = (second + log.readUInt32BE(word + 4) + first) >>> 0;
        }
      log.writeUInt32BE(first, at);
      log.writeUInt32BE(second, at + 4);
    };
    log.writeUInt32BE(0x377f0683, 0);
    log.writeUInt32BE(pageSize, 8);
    seal([[0, 24]], 24);
    pages.forEach((page, index) => {
      const at = 32 + index * frameSize;
      log.writeUInt32BE(page, at);
      log.writeUInt32BE(Math.max(...pages.slice(Math.max(0, index - 9), index + 1)), at + 4);
      log.writeUInt32BE(index, at + 24);
      seal(
        [
          [at, at + 8],
          [at + 24, at + frameSize],
        ],
        at + 16,
      );
    });
    return log;
  };

  it('holds of each page what was committed last', () => {
    const bytes = withLog(Buffer.alloc(0), logOf([1, 2, 1, 3]));
    expect([0, 1, 2].map((page) => bytes.readUInt32BE(page * pageSize))).toEqual([2, 1, 3]);
  });
});
