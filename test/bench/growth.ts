/** How the time of some work goes with the size of what it is given. */
import type { Row } from './measurement';
import { quantile } from './statistics';

/** Milliseconds at one size, round by round. */
export interface SizeSample {
  size: number;
  milliseconds: number[];
}

/** What timings may add to the exponent of the work itself. */
const tolerance = 0.1;

/** How many of the largest sizes the exponent is fitted to: at small ones, what does not grow hides what does. */
const fitted = 3;

/**
 * The slope of a straight line through the logarithms of sizes and of median times, by least squares over the three
 * largest sizes: 1 where twice as much takes twice as long.
 */
export function exponentOf(samples: readonly SizeSample[]): number {
  const largest = samples.toSorted((a, b) => a.size - b.size).slice(-fitted);
  if (largest.length < fitted) throw new Error(`An exponent is fitted to ${fitted} sizes at least.`);
  const points = largest.map(({ size, milliseconds }) => [
    Math.log(size),
    Math.log(quantile(milliseconds, 0.5)),
  ]) as [number, number][];
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (term: (point: [number, number]) => number): number =>
    points.reduce((total, point) => total + term(point), 0);
  return sum(([a, b]) => (a - x) * (b - y)) / sum(([a]) => (a - x) ** 2);
}

/** @param of what is counted: "tokens". @param own the exponent of the work itself. */
export function growthRow(what: string, of: string, own: number, samples: readonly SizeSample[]): Row {
  const [smallest, largest] = [samples[0]!, samples.at(-1)!];
  return {
    what: `${what}, ${smallest.size} to ${largest.size} ${of}`,
    over: `${smallest.size} ${of}`,
    unit: 'ms',
    pairs: largest.milliseconds.map((value, round) => ({ value, baseline: smallest.milliseconds[round]! })),
    exponent: exponentOf(samples),
    aim: { of: 'exponent', atMost: own + tolerance },
  };
}
