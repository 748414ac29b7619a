import type fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { lastWordsDescriptor } from '../protocol/engine';

/**
 * Ends this process once its resident memory passes a limit, after writing why to the last-words pipe.
 * A thread of its own watches, because a run blocks the main one for as long as it takes.
 */
export function watchMemory(limitBytes: number): void {
  const worker = new Worker(`(${watch.toString()})(require('node:worker_threads').workerData)`, {
    eval: true,
    workerData: { limitBytes, descriptor: lastWordsDescriptor, everyMilliseconds: 250 },
  });
  worker.unref();
}

/** Runs in the worker from its source text, so it may use nothing from this module. */
function watch(data: { limitBytes: number; descriptor: number; everyMilliseconds: number }): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an eval worker has no imports.
  const { writeSync } = require('node:fs') as typeof fs;
  setInterval(() => {
    const residentBytes = process.memoryUsage.rss();
    if (residentBytes <= data.limitBytes) return;
    try {
      writeSync(data.descriptor, JSON.stringify({ code: 'OutOfMemory', residentBytes }));
    } finally {
      process.kill(process.pid, 'SIGKILL');
    }
  }, data.everyMilliseconds);
}
