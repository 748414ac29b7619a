import { expect, it } from 'vitest';
import { headsText } from '../../../../src/core/attention/summary';
import { headStatistics, type StackStatistics } from '../../../../src/protocol/attention';

it('tells what each head attends to, in the order of layers and heads', () => {
  const statistics = Object.fromEntries(
    headStatistics.map((name) => [name, Float32Array.of(0, 0.25, 0.5, 1)]),
  ) as StackStatistics;
  statistics.separator = Float32Array.of(NaN, NaN, NaN, NaN);
  statistics.entropy = Float32Array.of(2, 1, 0.5, 0);
  const [, ...rows] = headsText({ layers: 2, heads: 2 }, statistics).split('\n');
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    ['0', '0', '0 %', '0 %', '0 %', '0 %', '2.00'],
    ['0', '1', '25 %', '25 %', '25 %', '25 %', '1.00'],
    ['1', '0', '50 %', '50 %', '50 %', '50 %', '0.50'],
    ['1', '1', '100 %', '100 %', '100 %', '100 %', '0.00'],
  ]);
});
