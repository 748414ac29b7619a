import type { Run } from '../protocol/runs';

/**
 * Copies of runs whose numbers all lie in one piece of memory, to be handed over: what is kept may be part of larger
 * arrays, and is read on into. One piece, since VS Code gives a webview the first 255 of a message and drops the rest.
 */
export function packed(runs: Run[]): Run[] {
  const arrays = runs.flatMap(({ series, histograms }) => [
    ...series.flatMap(({ steps, values, wallTimes }) => [steps, values, wallTimes]),
    ...histograms.flatMap(({ points }) => points.map(({ buckets }) => buckets)),
  ]);
  const numbers = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  const put = (array: Float64Array): Float64Array => {
    numbers.set(array, at);
    return numbers.subarray(at, (at += array.length));
  };
  return runs.map((run) => ({
    ...run,
    series: run.series.map(({ tag, steps, values, wallTimes }) => ({
      tag,
      steps: put(steps),
      values: put(values),
      wallTimes: put(wallTimes),
    })),
    histograms: run.histograms.map(({ tag, points }) => ({
      tag,
      points: points.map((point) => ({ ...point, buckets: put(point.buckets) })),
    })),
  }));
}

/** The memory of the numbers in a message, each piece once: it is handed over and not copied once more. */
export function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) buffersIn(each, found);
  return [...found];
}
