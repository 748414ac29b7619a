import { Worker } from 'node:worker_threads';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import { PostReader, PostWriter } from '../core/postTransport';
import { callerOf, type Caller, type CallOptions } from '../core/rpc';
import type { RunsRequests } from '../protocol/runs';

/** The reader of training logs, in a worker thread that is started by the first request. */
export class RunsClient implements Caller<RunsRequests> {
  private started: { worker: Worker; connection: MessageConnection; caller: Caller<RunsRequests> } | null =
    null;

  /** @param entry the bundled reader, `dist/runs.js`. @param settings asked for at each start. */
  constructor(
    private readonly entry: string,
    private readonly settings: () => RunsRequests['initialize']['params'] = () => ({}),
  ) {}

  async request<Name extends keyof RunsRequests & string>(
    name: Name,
    params: RunsRequests[Name]['params'],
    options?: CallOptions,
  ): Promise<RunsRequests[Name]['result']> {
    this.started ??= this.start();
    return this.started.caller.request(name, params, options);
  }

  /** Ends the reader and lets go of all it read; the next request starts another. */
  async dispose(): Promise<void> {
    const { started } = this;
    this.started = null;
    started?.connection.dispose();
    await started?.worker.terminate();
  }

  private start(): NonNullable<typeof this.started> {
    const worker = new Worker(this.entry);
    const connection = createMessageConnection(
      new PostReader((listener) => {
        worker.on('message', listener);
        return { dispose: () => worker.off('message', listener) };
      }),
      new PostWriter((message) => worker.postMessage(message)),
    );
    connection.listen();
    // A reader that ended rejects what is pending; the next request starts another.
    const end = (): void => {
      if (this.started?.worker === worker) this.started = null;
      connection.dispose();
    };
    worker.once('error', end);
    worker.once('exit', end);
    const caller = callerOf<RunsRequests>(connection);
    void caller.request('initialize', this.settings()).catch(() => {});
    return { worker, connection, caller };
  }
}
