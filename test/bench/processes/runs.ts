/**
 * A training log read once by a process of its own. Arguments: the way, and the file.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { RunStore } from '../../../src/runs/store';
import type { LogSample, LogWay } from '../measurements/runs';
import { loadPlainly } from '../plainLoader';

const [way, file = ''] = process.argv.slice(2) as [LogWay, string];

/** The most resident memory that was seen. The system's own figure begins with that of the parent. */
let most = 0;
const noteMemory = (): void => void (most = Math.max(most, process.memoryUsage.rss()));

const ways: Record<LogWay, () => number | Promise<number>> = {
  read: () => readBytes(file),
  plain: () => [...loadPlainly(file).values()].reduce((sum, { values }) => sum + values.length, 0),
  async headlight() {
    const context = { signal: new AbortController().signal, progress: noteMemory };
    const { runs, problems } = await new RunStore().read([file], context);
    if (problems.length > 0) throw new Error(problems[0]!.message);
    return runs.flatMap(({ series }) => series).reduce((sum, { steps }) => sum + steps.length, 0);
  },
};

/** Reads a file in large parts into the same memory, as fast as a disk gives it. */
function readBytes(name: string): number {
  const part = Buffer.allocUnsafe(8 * 2 ** 20);
  const descriptor = openSync(name, 'r');
  while (readSync(descriptor, part) > 0);
  closeSync(descriptor);
  return 0;
}

void (async () => {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const points = await ways[way]();
  noteMemory();
  const sample: LogSample = {
    milliseconds: performance.now() - start,
    grownBytes: most - before,
    points,
  };
  process.send!(sample);
})();
