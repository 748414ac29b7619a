import { describe, expect, it } from 'vitest';
import { placesToDraw } from '../../../src/core/curves';
import { noticesOf, type BestChoice } from '../../../src/core/runNotices';
import type { Series } from '../../../src/protocol/runs';
import type { ShownRun } from '../../../src/protocol/views';
import { chartsOf, marksOf } from '../../../webview/runs/charts';
import { escaped } from '../../../webview/runs/picture';
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

describe('points by the clock', () => {
  const x = 'relative' as const;
  const curveOf = (
    wallTimes: number[],
    smoothing = 0,
  ): ReturnType<typeof chartsOf>[number]['curves'][number] => {
    const steps = wallTimes.map((_, index) => index + 1);
    const loss = { ...series('loss', steps, [8, NaN, 4, 2]), wallTimes: Float64Array.from(wallTimes) };
    const [chart] = chartsOf([{ run: run(loss), index: 0 }], { ...placeFrom(null), x, smoothing });
    expect(chart!.curves).toHaveLength(1);
    return chart!.curves[0]!;
  };

  it('begin with the first that has one; those without have no place', () => {
    const curve = curveOf([NaN, 100, 110, 130]);
    expect([...curve.x]).toEqual([0, 10, 30]);
    expect([...curve.raw]).toEqual([NaN, 4, 2]);
    expect([...curve.notFinite]).toEqual([0]);
    expect([...curveOf([100, 110, NaN, 130]).raw]).toEqual([8, NaN, 2]);
  });

  it('lie from left to right where the clock was set back, smoothed in the order in which they were logged', () => {
    const curve = curveOf([100, 130, 110, 110], 0.5);
    expect([...curve.x]).toEqual([0, 10, 10, 30]);
    expect([...curve.raw]).toEqual([8, 4, 2, NaN]);
    // Debiased by hand, without the one that is not finite: 8, (8 + 2 * 4) / 3, (8 + 2 * 4 + 4 * 2) / 7.
    [8, 16 / 3, 24 / 7, NaN].forEach((expected, index) =>
      Number.isNaN(expected)
        ? expect(curve.smoothed![index]).toBeNaN()
        : expect(curve.smoothed![index]).toBeCloseTo(expected, 12),
    );
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

describe('texts of a picture', () => {
  it('hold what XML can hold', () => {
    expect(escaped('a\u0000b\u001b <"&"> \ud800损失\uffff😀')).toBe('ab &lt;&quot;&amp;&quot;> 损失😀');
  });
});

describe('the table of runs', () => {
  it('as Markdown has no markup and no cells of its values', () => {
    const own = { ...run(series('loss', [1], [1])), name: 'a\\|<b>\rc\nd' };
    expect(markdownOf([own], null).split('\n')[2]).toBe('| a\\\\\\|\\<b> c d | 1 | 1 |');
  });

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
