import { describe, expect, it } from 'vitest';
import { exponentOf, growthRow } from '../bench/growth';
import { takeTurns, type Row } from '../bench/measurement';
import { formatReport, reportRow, type Machine } from '../bench/report';
import { quantile, summarise } from '../bench/statistics';

const machine: Machine = {
  cpu: 'CPU',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  node: '20.0.0',
  onnxruntime: '1.0',
};

describe('quantile', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 2, 3], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 0.25, 2],
    [[1, 2], 0.75, 1.75],
    [[7], 0.25, 7],
    [[5, 9, 1], 1, 9],
  ])('of %j at %d is %d', (samples, share, expected) => {
    expect(quantile(samples, share)).toBe(expected);
  });
});

it('the ratio is taken round by round, however much the machine slows down', () => {
  const pairs = [1, 10, 100].map((slowness) => ({ value: slowness, baseline: 2 * slowness }));
  expect(summarise(pairs)).toEqual({ value: 10, baseline: 20, ratio: 0.5, quartiles: [0.5, 0.5] });
});

it('samples are taken by turns, and the first round is not kept', async () => {
  const order: string[] = [];
  const way = (name: string) => async () => order.push(name);
  const rounds = await takeTurns(2, { value: way('A'), baseline: way('B') });
  expect(order.join('')).toBe('ABABAB');
  expect(rounds).toEqual([
    { value: 3, baseline: 4 },
    { value: 5, baseline: 6 },
  ]);
});

describe('growth', () => {
  const times = (time: (size: number) => number, sizes = [16, 64, 256, 1024, 4096]) =>
    sizes.map((size) => ({ size, milliseconds: [time(size), 2 * time(size), time(size)] }));

  it.each([
    ['nothing', (): number => 3, 0],
    ['each', (size: number): number => size / 7, 1],
    ['each pair', (size: number): number => 5 * size ** 2, 2],
  ])('with the power of the size that the work goes with: %s', (_, time, exponent) => {
    expect(exponentOf(times(time))).toBeCloseTo(exponent, 9);
  });

  it('is told from the largest sizes, where what is constant counts least', () => {
    const constant = (size: number): number => 1000 + size;
    expect(exponentOf(times(constant, [1, 10, 100, 1e4, 1e5, 1e6]))).toBeGreaterThan(0.9);
    expect(() => exponentOf(times(constant, [1, 10]))).toThrow(/3 sizes/);
  });

  it('misses its aim above the exponent of the work itself', () => {
    const aimOf = (own: number) =>
      reportRow(
        'growth',
        growthRow(
          'all',
          'tokens',
          own,
          times((size) => size ** 1.5),
        ),
      );
    expect(aimOf(1).met).toBe(false);
    expect(aimOf(2)).toMatchObject({ met: true, value: 4096 ** 1.5, baseline: 64, rounds: 3 });
    expect(formatReport({ machine, rows: [aimOf(1)], failures: [] })).toMatch(
      /all, 16 to 4096 tokens .* 16 tokens .* n\^1\.50 .* ≤ n\^1\.1 +missed$/,
    );
  });
});

describe('the table', () => {
  const row = (pairs: Row['pairs'], aim: Row['aim']) =>
    reportRow('fill', { what: 'something', over: 'nothing much', unit: 'ms', pairs, aim });
  const table = (...rows: ReturnType<typeof row>[]) => formatReport({ machine, rows, failures: [] });
  const pairs = [{ value: 12.34, baseline: 10 }];

  it('marks what missed its aim, and only that', () => {
    expect(table(row(pairs, { of: 'ratio', atMost: 1.15 }))).toMatch(/1\.23 .* ≤ 1\.15 +missed$/);
    expect(table(row(pairs, { of: 'value', atMost: 20 }))).toMatch(/12\.3 ms .* ≤ 20 ms$/);
    expect(table(row(pairs, null))).not.toMatch(/≤|missed/);
    const why = 'there is more to do';
    expect(table(row(pairs, { of: 'ratio', atMost: 1.15, why }))).toMatch(/missed: there is more to do$/);
    expect(table(row(pairs, { of: 'ratio', atMost: 2, why }))).not.toMatch(/missed|more/);
  });

  it('aligns its columns below a line about the machine', () => {
    const [first, , header, ...lines] = table(
      row(pairs, null),
      row([{ value: 1234, baseline: 1 }], null),
    ).split('\n');
    expect(first).toBe('CPU, 2 cores, 8 GB of memory; Node 20.0.0, onnxruntime 1.0');
    for (const line of lines) expect(line.indexOf('nothing much')).toBe(header!.indexOf('over'));
    expect(lines[1]).toContain('1234 ms');
  });

  it('names what could not be measured', () => {
    const failures = [{ measurement: 'pause', message: 'No host.' }];
    expect(formatReport({ machine, rows: [], failures })).toMatch(/pause could not be measured: No host\.$/);
  });
});
