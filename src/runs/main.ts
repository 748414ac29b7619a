import { parentPort } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { PostReader, PostWriter } from '../core/postTransport';
import { serve } from '../core/rpc';
import type { RunsRequests } from '../protocol/runs';
import { buffersIn, packed } from './packed';
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
    return { ...result, runs: packed(result.runs) };
  },
  release({ paths }) {
    store.release(paths);
    return null;
  },
});
connection.listen();
