import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { restartsOf } from '../../../src/core/curves';
import { noticesOf } from '../../../src/core/runNotices';
import type { Series } from '../../../src/protocol/runs';
import { RunStore } from '../../../src/runs/store';

function series(steps: number[], values = steps.map((_, index) => 1 / (index + 1))): Series {
  return {
    tag: 'loss',
    steps: Float64Array.from(steps),
    values: Float64Array.from(values),
    wallTimes: new Float64Array(),
  };
}

describe('a restart', () => {
  it('is where a step is at or before the one before', () => {
    expect(restartsOf(series([1, 2, 3, 2, 3, 4]))).toEqual([3]);
    expect(restartsOf(series([1, 2, 3, 3, 4]))).toEqual([3]);
    expect(restartsOf(series([10, 20, 10, 20, 30, 30, 40, 5]))).toEqual([2, 5, 7]);
    expect(restartsOf(series([1, 2, 3]))).toEqual([]);
  });

  it('is not where the same value is told again', () => {
    expect(restartsOf(series([1, 2, 2, 3], [0.5, 1, 1, 1.5]))).toEqual([]);
    expect(restartsOf(series([1, 2, 2, 3], [1, NaN, NaN, 1]))).toEqual([]);
  });

  it('is not where a logger writes several points a step', () => {
    const rows = Array.from({ length: 300 }, (_, index) => index);
    expect(restartsOf(series(rows.map((row) => Math.floor(row / 3))))).toEqual([]);
    expect(restartsOf(series(rows.map(() => 0)))).toEqual([]);
    // Going back is one all the same.
    expect(restartsOf(series([...rows, ...rows].map((row) => Math.floor(row / 3))))).toEqual([300]);
  });

  it('is told of a log, and the epochs that the Trainer writes twice a step are none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-restarts-'));
    const rows = [
      { step: 10, epoch: 1, loss: 3 },
      { step: 10, epoch: 1, eval_loss: 3.5 },
      { step: 20, epoch: 2, loss: 2 },
      { step: 20, epoch: 2, loss: 2.1 },
      { step: 30, epoch: 3, loss: 1 },
    ];
    writeFileSync(path.join(folder, 'trainer_state.json'), JSON.stringify({ log_history: rows }));
    const context = { signal: new AbortController().signal, progress: () => {} };
    const [run] = (await new RunStore().read([folder], context)).runs;
    const restarts = noticesOf(run!, 0).filter(({ kind }) => kind === 'restart');
    expect(restarts).toEqual([{ kind: 'restart', step: 20, from: 20 }]);
    expect(restartsOf(run!.series.find(({ tag }) => tag === 'epoch')!)).toEqual([]);
  });
});
