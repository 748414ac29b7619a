import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/protocol/runs';
import { buffersIn, packed } from '../../../src/runs/packed';

describe('runs that are handed over', () => {
  it('have all their numbers in one piece of memory, which is none of those that are kept', () => {
    const numbers = Float64Array.of(1, 2, NaN, 4, 5, 6, 7);
    const run = (name: string, from: number): Run => ({
      ...{ name, path: `/${name}`, format: 'csv', hyperparameters: {}, texts: [], images: [], best: null },
      ...{ modified: 0, problems: [] },
      series: [
        {
          tag: 'loss',
          steps: numbers.subarray(from, from + 2),
          values: numbers.subarray(from + 1, from + 3),
          wallTimes: new Float64Array(),
        },
      ],
      histograms: [
        { tag: 'w', points: [{ step: 1, wallTime: 2, buckets: numbers.subarray(from, from + 3) }] },
      ],
    });
    const runs = [run('a', 0), run('b', 4)];
    const copies = packed(runs);
    expect(copies).toEqual(runs);
    const buffers = buffersIn(copies);
    expect(buffers).toHaveLength(1);
    expect(buffers[0]).not.toBe(numbers.buffer);
    // 2 + 2 + 3 numbers of each.
    expect(buffers[0]!.byteLength).toBe(2 * 7 * Float64Array.BYTES_PER_ELEMENT);
    expect(packed([])).toEqual([]);
  });
});
