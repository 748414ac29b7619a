import { describe, expect, it } from 'vitest';
import { placesToDraw } from '../../../src/core/curves';
import { noticesOf } from '../../../src/core/runNotices';
import type { Series } from '../../../src/protocol/runs';
import type { ShownRun } from '../../../src/protocol/views';
import { chartsOf } from '../../../webview/runs/charts';
import { placeFrom } from '../../../webview/runs/place';

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
