import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
