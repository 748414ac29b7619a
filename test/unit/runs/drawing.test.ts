import { describe, expect, it } from 'vitest';
import { placesToDraw } from '../../../src/core/curves';
import { noticesOf, type BestChoice } from '../../../src/core/runNotices';
import type { Series } from '../../../src/protocol/runs';
import type { ShownRun } from '../../../src/protocol/views';
import { chartsOf, marksOf } from '../../../webview/runs/charts';
import { placeFrom } from '../../../webview/runs/place';
import { markdownOf } from '../../../webview/runs/runColumns';

function series(tag: string, steps: number[], values: number[]): Series {
  return {
    tag,
    steps: Float64Array.from(steps),
    values: Float64Array.from(values),
    wallTimes: new Float64Array(),
  };
}

function run(...all: Series[]): ShownRun {
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
    ...{ modified: 0, problems: [], model: null },
  };
}

describe('points that are no finite number', () => {
  it('belong to the curve of their part, by their place', () => {
    const loss = series('loss', [1, 2, 3, 2, 3, 4], [1, NaN, 2, Infinity, 1, -Infinity]);
    const [chart] = chartsOf([{ run: run(loss), index: 0 }], placeFrom(null));
    expect(chart!.curves.map(({ notFinite }) => [...notFinite])).toEqual([[2], [2, 4]]);
  });

  it('are drawn where they are seen, and no two on one spot', () => {
    const places = Float64Array.of(-5, 0, 1, 1.5, 2, 7, 7, 30);
    expect(placesToDraw(places, 0, 10, (place) => place + 2)).toEqual([0, 2, 7]);
    expect(placesToDraw(places, 8, 10, (place) => place + 2)).toEqual([]);
    expect(placesToDraw(places, 31, 40, (place) => place + 2)).toEqual([]);
    expect(placesToDraw(new Float64Array(), 0, 10, (place) => place + 2)).toEqual([]);
    // Rounding may put a place at no distance from itself.
    expect(placesToDraw(places, 0, 1.5, (place) => place)).toEqual([0, 1, 1.5]);
  });

  it('take as many looks as are drawn, however many there are', () => {
    const places = Float64Array.from({ length: 300_000 }, (_, index) => index);
    let looks = 0;
    const drawn = placesToDraw(places, 100_000, 200_000, (place) => {
      looks++;
      return place + 1000;
    });
    expect(drawn).toEqual(Array.from({ length: 101 }, (_, index) => 100_000 + 1000 * index));
    expect(looks).toBe(101);
  });
});

describe('whether training went down', () => {
  const validation = series('eval_loss', [10, 20, 30, 40], [2, 1, 1.5, 2]);
  const kinds = (training: Series): string[] =>
    noticesOf(run(training, validation), 0).map(({ kind }) => kind);
  const steps = Array.from({ length: 40 }, (_, index) => index + 1);

  it('goes by the last five finite points up to the best step and to the end', () => {
    // Means of five: 3 up to step 20, where the points before are least and NaN is left out; then the mean at the end.
    const training = (end: number): Series =>
      series(
        'loss',
        steps,
        steps.map((step) => (step <= 13 ? 0 : step <= 18 ? 3 : step <= 20 ? NaN : step <= 35 ? 100 : end)),
      );
    expect(kinds(training(2.9))).toContain('overfit');
    expect(kinds(training(3.1))).not.toContain('overfit');
  });
});

describe('the best checkpoint', () => {
  const all = run(
    series('loss', [1, 2, 3, 4], [4, 3, 2, 1]),
    series('eval_loss', [2, 4], [1, 2]),
    series('eval_f1', [2, 4], [0.5, 0.75]),
    series('epoch', [2, 4], [1, 2]),
  );
  const best = (each: ShownRun, choice: BestChoice | null): unknown =>
    noticesOf(each, 0, choice).find(({ kind }) => kind === 'best');
  const f1: BestChoice = { metric: 'f1', split: 'validation', less: false };

  it('goes by the metric that a person chose, then by the trainer, then by the validation loss', () => {
    const trained = { ...all, best: { step: 4, value: 0.75 } };
    expect(best(all, null)).toMatchObject({ by: 'validation', tag: 'eval_loss', step: 2, value: 1 });
    expect(best(trained, null)).toMatchObject({ by: 'trainer', tag: 'eval_f1', step: 4 });
    expect(best(trained, f1)).toMatchObject({ by: 'choice', tag: 'eval_f1', step: 4, value: 0.75 });
    expect(best(trained, { ...f1, less: true })).toMatchObject({ by: 'choice', step: 2, value: 0.5 });
    // A run that lacks the metric keeps what its log says.
    expect(best(trained, { ...f1, metric: 'other' })).toMatchObject({ by: 'trainer' });
  });

  it('is marked on the chart of the loss and on that of its metric, wherever its step lies on the axis', () => {
    const told = [{ run: all, index: 3, notices: noticesOf(all, 0, f1) }];
    const mark = { run: 3, kind: 'best' };
    expect(marksOf(told, 'f1', 'step')).toEqual([{ ...mark, place: 4 }]);
    expect(marksOf(told, 'loss', 'epoch')).toEqual([{ ...mark, place: 2 }]);
    expect(marksOf(told, 'accuracy', 'step')).toEqual([]);
    // The log does not tell the time.
    expect(marksOf(told, 'loss', 'wall')).toEqual([]);
  });
});

describe('the table of runs', () => {
  it('has the best value by its step, what differs first, and as Markdown keeps to its cells', () => {
    const a = {
      ...run(series('eval_f1', [1, 2], [0.5, 0.25])),
      hyperparameters: { same: 1, note: 'x|y', lr: 0.1 },
    };
    const b = {
      ...run(series('eval_f1', [1, 2], [0.5, 0.75])),
      name: 'b',
      hyperparameters: { same: 1, note: 'x|y', lr: 1 },
    };
    expect(markdownOf([a, b], null).split('\n')).toEqual([
      '| Run | Last step | eval_f1, most | eval_f1, last | lr | same | note |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| a | 2 | 0.5 (at step 1) | 0.25 | 0.1 | 1 | x\\|y |',
      '| b | 2 | 0.75 (at step 2) | 0.75 | 1 | 1 | x\\|y |',
      '',
    ]);
    expect(markdownOf([a], { metric: 'f1', split: 'validation', less: true })).toContain('0.25 (at step 2)');
  });
});
