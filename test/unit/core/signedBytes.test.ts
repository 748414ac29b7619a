import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteToNumber, columnsOfCell, numberToByte, poolColumns } from '../../../src/core/signedBytes';
import { rowNorms, statisticsOf } from '../../../src/core/statistics';

const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
  minLength: 1,
  maxLength: 60,
});

describe('signed bytes', () => {
  it('keep a number within half a step, and its sign', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (part) => {
        const value = byteToNumber(numberToByte(part * 7, 7), 7)!;
        expect(Math.abs(value - part * 7)).toBeLessThanOrEqual(7 / 254 + 1e-9);
      }),
    );
    expect([-7, 0, 7].map((value) => numberToByte(value, 7))).toEqual([1, 128, 255]);
    expect(numberToByte(0, 0)).toBe(128);
  });

  it('have one byte for no number', () => {
    expect([NaN, Infinity, -Infinity].map((value) => numberToByte(value, 1))).toEqual([0, 0, 0]);
    expect(byteToNumber(0, 1)).toBeNull();
  });
});

describe('columns pooled', () => {
  it('keep the largest in absolute value, with its sign', () => {
    const matrix = Float32Array.of(1, -3, 2, 0.5, NaN, NaN, -1, NaN, 4, -5);
    expect([...poolColumns(matrix, 5, 2)]).toEqual([-3, 0.5, -1, -5]);
    expect([...poolColumns(Float32Array.of(NaN, NaN, 1), 3, 2)]).toEqual([NaN, 1]);
    expect(poolColumns(matrix, 5, 5)).toBe(matrix);
  });

  it('are all of them, each in one cell', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), (columns, most) => {
        const cells = Math.min(columns, most);
        const ranges = Array.from({ length: cells }, (_, cell) => columnsOfCell(cell, columns, cells));
        expect([ranges[0]!.start, ranges.at(-1)!.end]).toEqual([0, columns]);
        ranges.forEach(({ start, end }, cell) => {
          expect(start).toBeLessThan(end);
          expect(ranges[cell + 1]?.start ?? columns).toBe(end);
        });
      }),
    );
  });
});

describe('statistics', () => {
  it('are what their definitions say', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const { minimum, maximum, mean, standardDeviation } = statisticsOf(Float32Array.from(values));
        const average = values.reduce((sum, each) => sum + each / values.length, 0);
        const variance = values.reduce((sum, each) => sum + (each - average) ** 2 / values.length, 0);
        expect([minimum, maximum]).toEqual([Math.min(...values), Math.max(...values)]);
        expect(Math.abs(mean - average)).toBeLessThan(1e-6 * (1 + Math.abs(average)));
        expect(Math.abs(standardDeviation - Math.sqrt(variance))).toBeLessThan(
          1e-6 * (1 + Math.sqrt(variance)),
        );
      }),
    );
  });

  it('leave out what is no number, and count it', () => {
    expect(statisticsOf(Float32Array.of(NaN, 3, NaN, 5))).toEqual({
      ...{ minimum: 3, maximum: 5, mean: 4, standardDeviation: 1 },
      withoutNumber: 2,
    });
    expect(statisticsOf(Float32Array.of(NaN))).toMatchObject({ mean: 0, withoutNumber: 1 });
    expect([...rowNorms(Float32Array.of(3, 4, NaN, 2), 2)]).toEqual([5, 2]);
  });
});
