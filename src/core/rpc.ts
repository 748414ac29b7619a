import {
  CancellationTokenSource,
  ProgressType,
  ResponseError,
  type MessageConnection,
} from 'vscode-jsonrpc/lib/common/api';
import type { ErrorData } from '../protocol/errors';
import type { Progress } from '../protocol/engine';
import { HeadlightError, messageOf, toHeadlightError } from './errors';

/** A map from request names to what they take and give, as the interfaces in `src/protocol` declare. */
export type Requests<Map> = { [Name in keyof Map]: { params: unknown; result: unknown } };

export interface CallOptions {
  /** Aborting rejects the call at once with the code `Cancelled`, and tells the other side. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What a handler may use while it works. */
export interface CallContext {
  signal: AbortSignal;
  progress: (progress: Progress) => void;
}

export type Handlers<Map extends Requests<Map>> = {
  [Name in keyof Map]: (
    params: Map[Name]['params'],
    context: CallContext,
  ) => Map[Name]['result'] | Promise<Map[Name]['result']>;
};

/** Requests, with names and types checked, to whoever is at the other end of a boundary. */
export interface Caller<Map extends Requests<Map>> {
  request<Name extends keyof Map & string>(
    name: Name,
    params: Map[Name]['params'],
    options?: CallOptions,
  ): Promise<Map[Name]['result']>;
}

interface Envelope {
  params: unknown;
  progressToken: number;
}

const progressType = new ProgressType<Progress>();
const failed = -32000;

/**
 * Answers requests of the other side. A handler that throws rejects its caller with the message and code
 * of the error; what is no HeadlightError travels with the code `Internal`.
 */
export function serve<Map extends Requests<Map>>(
  connection: MessageConnection,
  handlers: Handlers<Map>,
): void {
  for (const name of Object.keys(handlers) as (keyof Map & string)[]) {
    connection.onRequest(name, async (envelope: Envelope, token) => {
      const controller = new AbortController();
      const listener = token.onCancellationRequested(() => controller.abort());
      try {
        return await handlers[name](envelope.params, {
          signal: controller.signal,
          progress: (progress) =>
            void connection.sendProgress(progressType, envelope.progressToken, progress).catch(() => {}),
        });
      } catch (error) {
        const { message, code, command } = toHeadlightError(error);
        return new ResponseError<ErrorData>(failed, message, { code, command });
      } finally {
        listener.dispose();
      }
    });
  }
}

/** The calling end of a connection. Rejections are always HeadlightErrors. */
export function callerOf<Map extends Requests<Map>>(connection: MessageConnection): Caller<Map> {
  let nextProgressToken = 1;
  return {
    async request(name, params, { signal, onProgress } = {}) {
      if (signal?.aborted) throw cancellation();
      const envelope: Envelope = { params, progressToken: nextProgressToken++ };
      const source = new CancellationTokenSource();
      const progress = onProgress
        ? connection.onProgress(progressType, envelope.progressToken, onProgress)
        : undefined;
      let cancel = (): void => {};
      const cancelled = new Promise<never>((_, reject) => {
        cancel = () => {
          source.cancel();
          reject(cancellation());
        };
      });
      signal?.addEventListener('abort', cancel);
      try {
        return await Promise.race([connection.sendRequest(name, envelope, source.token), cancelled]);
      } catch (error) {
        throw fromWire(error);
      } finally {
        signal?.removeEventListener('abort', cancel);
        progress?.dispose();
        source.dispose();
      }
    },
  };
}

/** The error of a call that was cancelled. */
function cancellation(): HeadlightError {
  return new HeadlightError('Cancelled', 'Cancelled.');
}

/** Throws the cancellation error when the signal was aborted: the check between two steps of long work. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancellation();
}

function fromWire(error: unknown): HeadlightError {
  if (error instanceof HeadlightError) return error;
  const data = error instanceof ResponseError ? (error.data as ErrorData | undefined) : undefined;
  return new HeadlightError(data?.code ?? 'Internal', messageOf(error), data?.command);
}
