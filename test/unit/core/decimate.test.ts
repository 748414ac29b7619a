import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointsToDraw, type XRange } from '../../../src/core/decimate';

/** The picture of all points: for each column what is drawn there, the naive way. */
function columnsOf(x: Float64Array, values: Float64Array, range: XRange, among: Iterable<number>): object[] {
  const columns = Array.from({ length: range.columns }, (): number[] => []);
  for (const index of among) {
    const [at, value] = [x[index]!, values[index]!];
    if (!(at >= range.min && at <= range.max) || !Number.isFinite(value)) continue;
    const share = range.log
      ? Math.log(at / range.min) / Math.log(range.max / range.min)
      : (at - range.min) / (range.max - range.min);
    columns[Math.min(range.columns - 1, Math.floor(share * range.columns))]!.push(value);
  }
  return columns.map((all) => ({
    ...{ first: all[0], last: all.at(-1) },
    ...{ least: Math.min(...all), greatest: Math.max(...all) },
  }));
}

describe('the points that are drawn', () => {
  const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(NaN, Infinity, -Infinity));

  it('are in each column the first, the least, the greatest and the last of all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 64 }), value), { maxLength: 200 }),
        fc.tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 1, max: 64 })),
        fc.constantFrom(1, 2, 4, 8, 16),
        (points, [min, width], columns) => {
          points.sort((a, b) => a[0] - b[0]);
          const x = Float64Array.from(points, ([at]) => at);
          const values = Float64Array.from(points, ([, each]) => each);
          const range = { min, max: min + width, columns, log: false };
          const drawn = pointsToDraw(x, values, range);
          expect(columnsOf(x, values, range, drawn)).toEqual(columnsOf(x, values, range, x.keys()));
          expect([...drawn]).toEqual([...new Set(drawn)].sort((a, b) => a - b));
          expect(drawn.length).toBeLessThanOrEqual(4 * columns + 2);
          for (const index of drawn) expect(values[index]).toSatisfy(Number.isFinite);
        },
      ),
    );
  });

  it('are one more on either side of what is in sight', () => {
    const x = Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const values = Float64Array.of(9, 8, NaN, 6, 5, 4, NaN, 2);
    expect([...pointsToDraw(x, values, { min: 2.5, max: 4.5, columns: 10, log: false })]).toEqual([
      1, 3, 4, 5,
    ]);
    expect([...pointsToDraw(x, values, { min: 5.5, max: 6.5, columns: 10, log: false })]).toEqual([5, 7]);
    expect([...pointsToDraw(x, values, { min: 8, max: 9, columns: 10, log: false })]).toEqual([7]);
    expect([
      ...pointsToDraw(new Float64Array(), values, { min: 0, max: 1, columns: 10, log: false }),
    ]).toEqual([]);
  });

  it('have a place on the axes: above 0 where these are logarithmic', () => {
    const x = Float64Array.of(0, 1, 2, 4, 8, 16);
    const values = Float64Array.of(1, 2, -3, 4, 0, 6);
    const range = { min: 1, max: 16, columns: 4, log: true };
    expect([...pointsToDraw(x, values, range)]).toEqual([1, 2, 3, 4, 5]);
    expect([...pointsToDraw(x, values, range, true)]).toEqual([1, 3, 5]);
    // Columns of a factor of two each.
    const all = Float64Array.from({ length: 1600 }, (_, index) => 1.005 + index / 100);
    expect([...pointsToDraw(all, all, range)]).toEqual([0, 99, 100, 299, 300, 699, 700, 1499, 1500]);
  });
});
