import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { scalar } from '../runs/eventFile';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-cli-runs-'));
});

function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Runs the built terminal front as a person would. */
function headlight(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args]);
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}

describe('headlight runs --json', () => {
  it('prints all runs of a folder by the contract, and no more', async () => {
    write(
      'trainer/trainer_state.json',
      '{"max_steps": 9, "log_history": [{"step": 1, "loss": NaN}, {"step": 2, "loss": 0.1}, {"step": 3, "loss": Infinity}, {"step": 4, "loss": -Infinity}]}',
    );
    const events = write(
      'events/events.out.tfevents.1.host',
      Buffer.concat([scalar(10.5, 1, 'loss', 0.25), scalar(11.5, 2, 'loss', NaN), Buffer.alloc(12, 0xff)]),
    );
    const { code, output } = await headlight('runs', folder, '--json');
    expect(code).toBe(0);
    const message = expect.stringContaining('wrong checksum') as string;
    expect(JSON.parse(output)).toStrictEqual({
      runs: [
        {
          name: 'events',
          path: path.join(folder, 'events'),
          format: 'tensorboard',
          hyperparameters: {},
          series: [{ tag: 'loss', steps: [1, 2], values: [0.25, 'NaN'], wallTimes: [10.5, 11.5] }],
        },
        {
          name: 'trainer',
          path: path.join(folder, 'trainer'),
          format: 'trainerState',
          hyperparameters: { max_steps: 9 },
          series: [
            {
              tag: 'loss',
              steps: [1, 2, 3, 4],
              values: ['NaN', 0.1, 'Infinity', '-Infinity'],
              wallTimes: [],
            },
          ],
        },
      ],
      problems: [{ path: events, message }],
    });
  });

  it('keeps every point and digit of a long log', async () => {
    const rows = Array.from({ length: 25_000 }, (_, index) => ({ step: index, loss: 1 / (index + 3) }));
    const file = write('log.jsonl', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
    const { output } = await headlight('runs', file, '--json');
    const { runs } = JSON.parse(output) as {
      runs: { series: { steps: number[]; values: number[] }[] }[];
    };
    expect(runs[0]!.series[0]!.steps).toEqual(rows.map(({ step }) => step));
    expect(runs[0]!.series[0]!.values).toEqual(rows.map(({ loss }) => loss));
  });

  it('says what is wrong with a path, and fails', async () => {
    const away = path.join(folder, 'away');
    const missing = await headlight('runs', away, '--json');
    expect(missing).toMatchObject({ code: 1, output: '' });
    expect(missing.errors).toContain(`headlight: There is nothing at "${away}".`);
    write('people.csv', 'name,age\nAnn,3\n');
    const none = await headlight('runs', folder, '--json');
    expect(none).toMatchObject({ code: 1, output: '' });
    expect(none.errors).toContain('headlight: No training logs are found in');
  });
});
