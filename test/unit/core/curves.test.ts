import { describe, expect, it } from 'vitest';
import { bestOf, metricOf, smooth, xOf } from '../../../src/core/curves';
import { noticesOf } from '../../../src/core/runNotices';
import type { Run, Series } from '../../../src/protocol/runs';

function series(tag: string, values: number[], steps = values.map((_, index) => index)): Series {
  return {
    tag,
    steps: Float64Array.from(steps),
    values: Float64Array.from(values),
    wallTimes: new Float64Array(),
  };
}

function run(...all: Series[]): Run {
  return {
    ...{
      name: 'a',
      path: '/a',
      format: 'csv',
      hyperparameters: {},
      series: all,
      texts: [],
      histograms: [],
      images: [],
      best: null,
    },
    ...{ modified: 0, problems: [] },
  };
}

describe('tags', () => {
  it.each([
    ['eval_loss', 'loss', 'validation'],
    ['train/loss', 'loss', 'train'],
    ['loss', 'loss', 'train'],
    ['val_accuracy', 'accuracy', 'validation'],
    ['validation/epoch_loss', 'loss', 'validation'],
    ['test_f1', 'f1', 'test'],
    ['epoch', 'epoch', 'train'],
    ['evaluation', 'evaluation', 'train'],
  ])('%s is %s of %s', (tag, metric, split) => expect(metricOf(tag)).toEqual({ metric, split }));
});

describe('smoothing', () => {
  it('is the weighted mean of all points so far, and leaves out what is not finite', () => {
    const values = [4, NaN, 2, 8, Infinity, 1];
    const weight = 0.7;
    const smoothed = smooth(Float64Array.from(values), weight);
    values.forEach((value, index) => {
      if (!Number.isFinite(value)) return expect(smoothed[index]).toBe(value);
      const before = values
        .slice(0, index + 1)
        .filter(Number.isFinite)
        .reverse();
      const weights = before.map((_, age) => weight ** age);
      const total = weights.reduce((sum, each) => sum + each, 0);
      const mean = before.reduce((sum, each, age) => sum + each * weights[age]!, 0) / total;
      expect(smoothed[index]).toBeCloseTo(mean, 12);
    });
  });
});

describe('curves', () => {
  it('are best at their least or most finite value', () => {
    expect(bestOf(series('eval_loss', [3, NaN, 1, 2]))).toEqual({ step: 2, value: 1 });
    expect(bestOf(series('eval_f1', [0.1, Infinity, 0.5, 0.2]))).toEqual({ step: 2, value: 0.5 });
    expect(bestOf(series('loss', [NaN]))).toBeNull();
  });

  it('have epochs where the log tells them', () => {
    const loss = series('loss', [5, 4, 3], [10, 15, 20]);
    const own = run(loss, series('epoch', [1, 2], [10, 20]));
    expect([...xOf(own, loss, 'epoch')!]).toEqual([1, 1.5, 2]);
    expect(xOf(run(loss), loss, 'epoch')).toBeNull();
    expect(xOf(own, loss, 'wall')).toBeNull();
  });
});

describe('notices', () => {
  const kinds = (of: Run, now = 0): string[] => noticesOf(of, now).map(({ kind }) => kind);

  it('tell overfitting only where validation rises and training falls', () => {
    const falling = series('loss', [5, 4, 3, 2, 1, 0.5, 0.4, 0.3]);
    const turning = series('eval_loss', [5, 3, 2, 2.5, 3], [0, 2, 4, 6, 7]);
    expect(noticesOf(run(falling, turning), 0)).toContainEqual({
      ...{ kind: 'overfit', tag: 'eval_loss', step: 4, least: 2, last: 3 },
    });
    expect(kinds(run(falling, series('eval_loss', [5, 3, 2, 2.05], [0, 2, 4, 6])))).toEqual(['best']);
    const rising = series('loss', [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(kinds(run(rising, turning))).not.toContain('overfit');
  });

  it('tell a spike, a restart, what is not finite and a run that stopped', () => {
    const calm = Array.from({ length: 30 }, (_, index) => 1 + 0.01 * (index % 3));
    expect(kinds(run(series('loss', calm)))).toEqual([]);
    expect(kinds(run(series('loss', [...calm, 9, 1])))).toEqual(['spike']);
    // The last digit of a loss that is nearly nothing.
    const rounded = [4, 2, 1, ...Array.from({ length: 30 }, () => 0.0001), 0.0002];
    expect(kinds(run(series('loss', rounded)))).toEqual([]);
    expect(kinds(run(series('loss', [3, 2, 1], [1, 2, 1])))).toEqual(['restart']);
    expect(kinds(run(series('loss', [3, NaN, 1])))).toEqual(['notFinite']);
    const stopped = { ...run(series('loss', [3, 2])), hyperparameters: { max_steps: 9 } };
    expect(kinds(stopped, 60 * 60_000)).toEqual(['stopped']);
    expect(kinds(stopped, 1)).toEqual([]);
  });
});
