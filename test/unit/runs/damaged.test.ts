import { appendFileSync, mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { RunStore } from '../../../src/runs/store';
import { damagedLog, soundLogs } from '../../support/damagedLogs';

it('damaged logs of every format give what can be read or a problem, and never an error that escapes', async () => {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-damaged-')), 'log');
  let seed = 1;
  const below = (limit: number): number => {
    seed = (seed * 48271) % 2147483647;
    return seed % limit;
  };
  const endings = new Set<string>();
  for (let round = 0; round < 400; round++) endings.add(await damagedLog(folder, below).check());
  expect([...endings].sort()).toEqual(['no log', 'read', 'read with problems']);
});

it('a damaged log leaves the others unharmed', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-damaged-'));
  for (const [kind, log] of Object.entries(soundLogs))
    for (const [name, content] of log) {
      const file = path.join(folder, kind, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  const context = { signal: new AbortController().signal, progress: () => {} };
  const sound = (await new RunStore().read([folder], context)).runs;
  expect(sound.map(({ name }) => name).sort()).toEqual(
    Object.keys(soundLogs)
      .flatMap(
        (kind) =>
          ({
            csv: ['csv/training.csv'],
            jsonl: ['jsonl/log.jsonl'],
            trackio: ['first', 'second'].map((run) => `trackio/project.db/${run}`),
          })[kind] ?? [kind],
      )
      .sort(),
  );
  writeFileSync(path.join(folder, 'trainerState/trainer_state.json'), '{"log_history": [{"st');
  appendFileSync(path.join(folder, 'visualdl/vdlrecords.1.log'), Buffer.alloc(100, 0xff));
  const { runs } = await new RunStore().read([folder], context);
  const others = sound.filter(({ format }) => format !== 'trainerState' && format !== 'visualdl');
  for (const run of others) expect(runs.find(({ name }) => name === run.name)?.series).toEqual(run.series);
  const state = runs.find(({ format }) => format === 'trainerState')!;
  const visualdl = runs.find(({ format }) => format === 'visualdl')!;
  expect(visualdl.series).toEqual(sound.find(({ format }) => format === 'visualdl')!.series);
  expect(visualdl.problems).toMatchObject([{ path: path.join(folder, 'visualdl/vdlrecords.1.log') }]);
  expect(state.problems).toMatchObject([{ path: path.join(folder, 'trainerState/trainer_state.json') }]);
});
