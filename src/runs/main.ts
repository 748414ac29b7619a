import { parentPort } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { PostReader, PostWriter } from '../core/postTransport';
import { serve } from '../core/rpc';
import type { Run, RunsRequests } from '../protocol/runs';
import { RunStore } from './store';

const port = parentPort!;
const options = { checkData: false };
const store = new RunStore(options);
const connection = createMessageConnection(
  new PostReader((listener) => {
    port.on('message', listener);
    return { dispose: () => port.off('message', listener) };
  }),
  new PostWriter((message) => port.postMessage(message, buffersIn(message))),
);
serve<RunsRequests>(connection, {
  initialize({ translations, checkData = false }) {
    if (translations) l10n.config({ contents: translations });
    options.checkData = checkData;
    return null;
  },
  find: ({ folders }) => store.find(folders),
  summarise: ({ path, format }, context) => store.summarise(path, format, context),
  async read({ paths, known }, context) {
    const result = await store.read(paths, context, known);
    return { ...result, runs: result.runs.map(copyOf) };
  },
  release({ paths }) {
    store.release(paths);
    return null;
  },
});
connection.listen();

/** The run with numbers of its own: what is kept may be part of larger arrays, and is read on into. */
function copyOf(run: Run): Run {
  return {
    ...run,
    series: run.series.map(({ tag, steps, values, wallTimes }) => ({
      tag,
      steps: steps.slice(),
      values: values.slice(),
      wallTimes: wallTimes.slice(),
    })),
    histograms: run.histograms.map(({ tag, points }) => ({
      tag,
      points: points.map((point) => ({ ...point, buckets: point.buckets.slice() })),
    })),
  };
}

/** The memory of the numbers in a message: copies made for it, which are handed over and not copied once more. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(buffersIn);
}
