import { parentPort } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { PostReader, PostWriter } from '../core/postTransport';
import { serve } from '../core/rpc';
import type { RunsRequests, Series } from '../protocol/runs';
import { RunStore } from './store';

const port = parentPort!;
const store = new RunStore();
const connection = createMessageConnection(
  new PostReader((listener) => {
    port.on('message', listener);
    return { dispose: () => port.off('message', listener) };
  }),
  new PostWriter((message) => port.postMessage(message)),
);
serve<RunsRequests>(connection, {
  initialize({ translations }) {
    if (translations) l10n.config({ contents: translations });
    return null;
  },
  find: ({ folders }) => store.find(folders),
  summarise: ({ path, format }, context) => store.summarise(path, format, context),
  async read({ paths, known }, context) {
    const result = await store.read(paths, context, known);
    return { ...result, runs: result.runs.map((run) => ({ ...run, series: run.series.map(trimmed) })) };
  },
  release({ paths }) {
    store.release(paths);
    return null;
  },
});
connection.listen();

/** A view would travel with all of the larger buffer that it lies in. */
function trimmed({ tag, steps, values, wallTimes }: Series): Series {
  return { tag, steps: steps.slice(), values: values.slice(), wallTimes: wallTimes.slice() };
}
