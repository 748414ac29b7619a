import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetOfKey } from '../../../webview/shared/tokenKeys';
import { columnsOf } from '../../../src/core/columns';
import { breakLines } from '../../../webview/shared/tokenLines';

describe('breakLines', () => {
  it('breaks where the next cell would not fit, and at the cut', () => {
    expect(breakLines([4, 4, 4, 4], 9, 1, null)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ]);
    expect(breakLines([1, 1, 1], 100, 1, 2)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 3 },
    ]);
    expect(breakLines([], 10, 1, null)).toEqual([]);
  });

  it('holds every cell once, in order, however narrow it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 })),
        fc.integer({ min: 1, max: 80 }),
        (widths, available) => {
          const lines = breakLines(widths, available, 1, null);
          const indices = lines.flatMap(({ start, end }) =>
            widths.map((_, index) => index).slice(start, end),
          );
          expect(indices).toEqual(widths.map((_, index) => index));
          for (const { start, end } of lines) {
            const width = widths.slice(start, end).reduce((sum, one) => sum + one, 0) + (end - start - 1);
            expect(end - start === 1 || width <= available).toBe(true);
          }
        },
      ),
    );
  });
});

describe('columnsOf', () => {
  it.each([
    ['word', 4],
    ['词元', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['😀', 2],
  ])('measures %j', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe('targetOfKey', () => {
  const lines = [
    { start: 0, end: 4 },
    { start: 4, end: 8 },
    { start: 8, end: 10 },
  ];
  it.each([
    ['ArrowRight', false, 3, 4],
    ['ArrowLeft', false, 0, 0],
    ['ArrowDown', false, 1, 5],
    ['ArrowDown', false, 7, 9],
    ['ArrowUp', false, 5, 1],
    ['ArrowUp', false, 2, 2],
    ['Home', false, 6, 4],
    ['End', false, 5, 7],
    ['Home', true, 6, 0],
    ['End', true, 5, 9],
    ['Tab', false, 5, null],
  ])('%s (whole: %s) goes from %i to %s', (key, ctrlKey, from, to) => {
    expect(targetOfKey({ key, ctrlKey, metaKey: false }, from, lines)).toBe(to);
  });
});
