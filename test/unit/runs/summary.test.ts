import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import type { RunSummary } from '../../../src/protocol/runs';
import { RunStore } from '../../../src/runs/store';
import { lastStepOf } from '../../../src/runs/summary';

const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-summary-'));
});

async function summary(start = folder): Promise<RunSummary | null> {
  const store = new RunStore();
  const [run] = store.find([start]);
  return store.summarise(run!.path, run!.format, context);
}

/** A state of the Trainer, its keys in alphabetical order as the Trainer writes them. */
function state(rows: object[]): string {
  const written = {
    ...{ best_global_step: 20, best_metric: 0.75, epoch: 2, global_step: 30, is_local_process_zero: true },
    ...{ log_history: rows, max_steps: 90 },
  };
  return JSON.stringify(written, null, 2);
}

const rows = [
  { step: 10, loss: 3, eval_f1: 0.5 },
  { step: 20, loss: 2, eval_f1: 0.75 },
  { step: 30, loss: 1, eval_f1: 0.7 },
];

describe('what a run has come to', () => {
  it('is told by the Trainer, and the metric that has the best value there is named', async () => {
    writeFileSync(path.join(folder, 'trainer_state.json'), state(rows));
    expect(await summary()).toMatchObject({
      ...{ lastStep: 30, plannedSteps: 90 },
      best: { by: 'trainer', tag: 'eval_f1', step: 20, value: 0.75 },
    });
  });

  it('is read off the ends of a large state', async () => {
    const many = Array.from({ length: 60_000 }, (_, index) => ({
      step: index,
      loss: 1 / (index + 1),
      x: 'x'.repeat(40),
    }));
    writeFileSync(path.join(folder, 'trainer_state.json'), state(many));
    expect(await summary()).toMatchObject({
      ...{ lastStep: 30, plannedSteps: 90 },
      best: { by: 'trainer', tag: null, step: 20, value: 0.75 },
    });
  });

  it('is the least validation loss where no trainer says so', async () => {
    writeFileSync(
      path.join(folder, 'log.jsonl'),
      '{"step":1,"val_loss":2}\n{"step":2,"val_loss":1}\n{"step":3,"val_loss":4}\n',
    );
    expect(await summary()).toMatchObject({
      ...{ lastStep: 3, plannedSteps: null },
      best: { by: 'validation', tag: 'val_loss', step: 2, value: 1 },
    });
  });

  it('is nothing of a run whose files are gone', async () => {
    const store = new RunStore();
    expect(await store.summarise(folder, 'csv', context)).toBeNull();
  });

  it('of event files is the last step, from wherever in a record the last part begins', async () => {
    const sample = path.resolve('media/runs/intent-overfit');
    const events = path.join(sample, 'runs/Nov25_05-24-52/events.out.tfevents.1795584292.training.0');
    const bytes = readFileSync(events);
    const plain = JSON.parse(readFileSync(path.join(sample, 'trainer_state.json'), 'utf8')) as {
      global_step: number;
    };
    for (let cut = 0; cut < 200; cut++) expect(lastStepOf(bytes.subarray(cut))).toBe(plain.global_step);
    // A record that is still being written is not one.
    expect(lastStepOf(bytes.subarray(0, bytes.length - 1))).toBeLessThanOrEqual(plain.global_step);
    expect(lastStepOf(Buffer.alloc(4096, 1))).toBeNull();

    // Larger than what is read through: its records again and again.
    const large = path.join(folder, 'large');
    mkdirSync(large);
    const copies = Array.from({ length: Math.ceil((5 * 2 ** 20) / bytes.length) }, () => bytes);
    writeFileSync(path.join(large, 'events.out.tfevents.1'), Buffer.concat(copies));
    expect(await summary(large)).toMatchObject({ lastStep: plain.global_step, best: null });
  });
});
