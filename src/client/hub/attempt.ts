import * as l10n from '@vscode/l10n';
import { HeadlightError, messageOf } from '../../core/errors';
import type { Hub } from './repository';

/** How long to wait for a hub, in seconds. */
export interface Patience {
  /** Without a byte, before the connection counts as lost. */
  stall: number;
  /** Before the second try; doubled before each one after it. */
  retry: number;
}

export const usualPatience: Patience = { stall: 30, retry: 1 };

/** Tries in a row that bring nothing, before giving up. */
const mostTries = 4;
/** The longest wait that a hub may ask for, in seconds. */
const longestWait = 60;

/** An answer that may be another one next time. */
class Passing extends Error {
  constructor(
    message: string,
    /** Seconds to wait, as the hub said. */
    readonly wait?: number,
  ) {
    super(message);
  }
}

/** One try at something: its requests stop when a person cancels, or when nothing comes for too long. */
export class Attempt {
  private readonly stalled = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  /** What went wrong, before the hub's library made a text of it. */
  private failure: unknown;

  constructor(
    private readonly hub: Hub,
    private readonly patience: Patience,
    private readonly cancelled: AbortSignal,
    /** What is asked for, in words. */
    private readonly subject: string,
  ) {
    this.heard();
  }

  /** Something came: the wait starts anew. */
  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.failure = new Passing(l10n.t('nothing came for {0} seconds', this.patience.stall));
      this.stalled.abort(this.failure);
    }, this.patience.stall * 1000);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** `fetch` for the hub's library: a refusal is an error, and a token goes to the hub alone, wherever a link points. */
  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const { token, endpoint } = this.hub;
    if (token && url.origin === new URL(endpoint).origin) headers.set('Authorization', `Bearer ${token}`);
    try {
      const signal = AbortSignal.any([this.cancelled, this.stalled.signal]);
      const response = await fetch(url, { ...init, headers, signal });
      this.heard();
      if (response.ok) return response;
      await response.body?.cancel();
      throw refusal(response, url.host, this.subject);
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  };

  /** Why the try failed. */
  reason(thrown: unknown): unknown {
    return this.failure ?? thrown;
  }
}

/**
 * Does `work` until it succeeds, anew when the network or the hub failed in a way that may pass. A try that got
 * further than the one before does not count.
 * @param subject what is asked for, in words. @param progressed whether the last try did.
 * @throws HeadlightError `HubDenied`, `DownloadFailed` or `Cancelled`.
 */
export async function withRetries<Result>(
  hub: Hub,
  patience: Patience,
  signal: AbortSignal,
  subject: string,
  work: (attempt: Attempt) => Promise<Result>,
  progressed: () => boolean = () => false,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const attempt = new Attempt(hub, patience, signal, subject);
    try {
      return await work(attempt);
    } catch (thrown) {
      if (signal.aborted) throw new HeadlightError('Cancelled', 'Cancelled.');
      const reason = attempt.reason(thrown);
      if (!mayPass(reason)) throw reason;
      if (progressed()) tries = 1;
      if (tries === mostTries) throw gaveUp(hub, reason);
      const wait = reason instanceof Passing ? reason.wait : undefined;
      await pause(wait ?? patience.retry * 2 ** (tries - 1), signal);
    } finally {
      attempt.end();
    }
  }
}

/** An answer of the hub that is not what was asked for. */
function refusal({ status, headers }: Response, host: string, subject: string): Error {
  if (status === 401 || status === 403) {
    return new HeadlightError(
      'HubDenied',
      l10n.t(
        '{0} gives no access to {1} ({2}). Either there is no such model, or it is private or wants its conditions accepted on its page: then set an access token that may read it.',
        host,
        subject,
        status,
      ),
    );
  }
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(headers.get('Retry-After'));
    const wait = seconds > 0 ? Math.min(seconds, longestWait) : undefined;
    return new Passing(l10n.t('the answer was {0}', status), wait);
  }
  return new HeadlightError(
    'DownloadFailed',
    status === 404
      ? l10n.t('There is no {0} on {1}. Check the name and the revision.', subject, host)
      : l10n.t('{0} answered {1} when asked for {2}.', host, status, subject),
  );
}

/** Failures of the network are told by fetch as a TypeError, with the cause in it. */
function mayPass(reason: unknown): boolean {
  return reason instanceof Passing || reason instanceof TypeError || typeof reason === 'string';
}

function gaveUp({ endpoint }: Hub, reason: unknown): HeadlightError {
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
  return new HeadlightError(
    'DownloadFailed',
    l10n.t(
      '{0} could not be reached, or broke off {1} times in a row ({2}). Check the network, the proxy, and the setting "headlight.hub.url". What has come is kept: add the model again to go on.',
      endpoint,
      mostTries,
      messageOf(cause),
    ),
  );
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      clearTimeout(timer);
      reject(new HeadlightError('Cancelled', 'Cancelled.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      resolve();
    }, seconds * 1000);
    signal.addEventListener('abort', cancel, { once: true });
  });
}
