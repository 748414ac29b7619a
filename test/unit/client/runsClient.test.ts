import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { RunsClient } from '../../../src/client/runsClient';
import { repositoryRoot } from '../../support/paths';
import { soundLogs } from '../../support/damagedLogs';
import { scalar } from '../runs/eventFile';

let client: RunsClient;
let checkData = false;

const start = (): void => {
  client = new RunsClient(path.join(repositoryRoot, 'dist/runs.js'), () => ({ checkData }));
};
afterEach(() => client.dispose());

function folderWith(name: string, content: Buffer): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-client-'));
  writeFileSync(path.join(folder, name), content);
  return folder;
}

it('what the reader gives out is a copy: it gives the same again', async () => {
  start();
  const [[name, content]] = soundLogs.everyEvent as [[string, Buffer]];
  const paths = [folderWith(name, content)];
  const first = await client.request('read', { paths });
  const [run] = first.runs;
  expect(run!.series.map(({ tag, values }) => [tag, ...values])).toEqual([
    ['loss', 0.5],
    ['double', 0.25],
    ['long', 300],
    ['half', 1],
  ]);
  expect(run!.histograms.map(({ tag, points }) => [tag, points[0]!.buckets])).toEqual([
    ['weights', Float64Array.of(0, 1, 1, 1, 2, 2, 2, 3, 3)],
    ['w', Float64Array.of(1, 2, 3)],
  ]);
  expect(await client.request('read', { paths })).toEqual(first);
});

it('the setting that holds when the reader starts says whether contents are checked', async () => {
  const damaged = scalar(2, 2, 'loss', 0.5);
  damaged[damaged.length - 6]! ^= 1;
  const log = Buffer.concat([scalar(1, 1, 'loss', 1), damaged]);
  const paths = [folderWith('events.out.tfevents.1.host', log)];
  const steps = async (): Promise<number[]> =>
    Array.from((await client.request('read', { paths })).runs[0]!.series[0]!.steps);
  start();
  expect(await steps()).toEqual([1, 2]);
  checkData = true;
  expect(await steps()).toEqual([1, 2]);
  await client.dispose();
  expect(await steps()).toEqual([1]);
});
