import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWindows, strideWindows } from '../../../src/core/windows';

const longTexts = fc
  .record({ length: fc.integer({ min: 2, max: 2000 }), capacity: fc.integer({ min: 1, max: 300 }) })
  .chain(({ length, capacity }) =>
    fc.record({
      length: fc.constant(length),
      capacity: fc.constant(capacity),
      focuses: fc
        .uniqueArray(fc.integer({ min: 0, max: length - 1 }), { minLength: 1, maxLength: 30 })
        .map((list) => list.sort((a, b) => a - b)),
    }),
  );

describe('planWindows', () => {
  it('reads every focus once, in windows inside the text that fill the capacity', () => {
    fc.assert(
      fc.property(longTexts, ({ length, capacity, focuses }) => {
        const windows = planWindows(length, capacity, focuses);
        expect(windows.flatMap((window) => window.focuses)).toEqual(focuses);
        for (const { start, end, focuses: own } of windows) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(length);
          expect(end - start).toBe(Math.min(length, capacity));
          for (const focus of own) expect(focus >= start && focus < end).toBe(true);
        }
      }),
    );
  });

  it('leaves a quarter of the window on both sides of a focus, away from the ends of the text', () => {
    fc.assert(
      fc.property(longTexts, ({ length, capacity, focuses }) => {
        for (const { start, end, focuses: own } of planWindows(length, capacity, focuses)) {
          for (const focus of own) {
            if (start > 0) expect(focus - start).toBeGreaterThanOrEqual(Math.floor(capacity / 4) - 1);
            if (end < length) expect(end - 1 - focus).toBeGreaterThanOrEqual(Math.floor(capacity / 4) - 1);
          }
        }
      }),
    );
  });

  it('keeps a text that fits whole', () => {
    expect(planWindows(10, 10, [3, 9])).toEqual([{ start: 0, end: 10, focuses: [3, 9] }]);
  });

  it('lets points less than half a window apart share one, centred on them', () => {
    expect(planWindows(100, 10, [50])).toEqual([{ start: 45, end: 55, focuses: [50] }]);
    expect(planWindows(100, 10, [50, 54])).toEqual([{ start: 47, end: 57, focuses: [50, 54] }]);
    expect(planWindows(100, 10, [50, 55])).toHaveLength(2);
    expect(planWindows(100, 10, [])).toEqual([]);
    expect(planWindows(10, 10, [])).toEqual([]);
  });
});

describe('strideWindows', () => {
  it('begins each window with the last tokens of the one before', () => {
    expect(strideWindows(10, 4, 1)).toEqual([
      { start: 0, end: 4 },
      { start: 3, end: 7 },
      { start: 6, end: 10 },
    ]);
    expect(strideWindows(9, 4, 0).map(({ end }) => end)).toEqual([4, 8, 9]);
    expect(strideWindows(4, 4, 2)).toEqual([{ start: 0, end: 4 }]);
    expect(strideWindows(3, 4, 2)).toEqual([{ start: 0, end: 3 }]);
  });
});
