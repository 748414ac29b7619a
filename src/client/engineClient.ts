import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../core/errors';
import type { Caller, CallOptions } from '../core/rpc';
import type { Device, EngineNotices, EngineRequests, EngineSettings, LoadedModel } from '../protocol/engine';
import { startEngineProcess, type EngineProcess, type Log } from './engineProcess';

export interface EngineLimits {
  /** Seconds without a request after which the engine is ended. */
  idleSeconds: number;
  /** Seconds without an answer or a sign of progress after which the engine is killed. */
  requestSeconds: number;
}

export interface EngineClientOptions {
  /** The bundled engine, `dist/engine.js`. */
  entry: string;
  settings: EngineSettings;
  limits: EngineLimits;
  log: Log;
}

type FallBackListener = (device: Device, message: string) => void;
type EndListener = (reason: HeadlightError | null) => void;

interface Pending {
  order: number;
  cancelled: boolean;
  /** Who is asked. */
  process: EngineProcess;
  /** Tells whoever waits that it has gone. */
  died: (reason: HeadlightError) => void;
}

/** The longest time that timers can count, in milliseconds; longer ones would fire at once. */
const longestTimer = 2 ** 31 - 1;

function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, longestTimer);
}

/** Seconds that a cancelled run may go on before the engine is killed for those who wait behind it. */
const cancelGraceSeconds = 3;

/**
 * The engine as everybody else sees it: a caller that starts the process on the first request, ends it when
 * idle, and starts a new one after a death. A death rejects every pending request with its reason.
 */
export class EngineClient implements Caller<EngineRequests> {
  private process: EngineProcess | null = null;
  private ready: Promise<void> = Promise.resolve();
  private readonly pending = new Set<Pending>();
  private readonly endListeners = new Set<EndListener>();
  private nextOrder = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private limitTimer: NodeJS.Timeout | undefined;
  private disposed = false;
  private loadedModels: readonly LoadedModel[] = [];
  private readonly loadedListeners = new Set<() => void>();
  private readonly fallBackListeners = new Set<FallBackListener>();

  constructor(private options: EngineClientOptions) {}

  /** Whether an engine process is there now. */
  get running(): boolean {
    return this.process !== null;
  }

  /** Id of the engine process, for logs; undefined while there is none. */
  get processId(): number | undefined {
    return this.process?.id;
  }

  /** The models in the engine's memory; none while there is no engine. */
  get loaded(): readonly LoadedModel[] {
    return this.loadedModels;
  }

  /** Calls `listener` whenever the models in memory are others. */
  onDidChangeLoaded(listener: () => void): { dispose(): void } {
    this.loadedListeners.add(listener);
    return { dispose: () => this.loadedListeners.delete(listener) };
  }

  /** Calls `listener` with a message whenever a model runs on something else than the device of the settings. */
  onDidFallBack(listener: FallBackListener): { dispose(): void } {
    this.fallBackListeners.add(listener);
    return { dispose: () => this.fallBackListeners.delete(listener) };
  }

  /** Changes limits at once, and settings from the next start of the engine. */
  configure(changes: Pick<EngineClientOptions, 'settings' | 'limits'>): void {
    this.options = { ...this.options, ...changes };
  }

  /** Calls `listener` whenever the engine ends; the reason is null when it was idle or told to go. */
  onDidEnd(listener: EndListener): { dispose(): void } {
    this.endListeners.add(listener);
    return { dispose: () => this.endListeners.delete(listener) };
  }

  async request<Name extends keyof EngineRequests>(
    name: Name,
    params: EngineRequests[Name]['params'],
    options: CallOptions = {},
  ): Promise<EngineRequests[Name]['result']> {
    for (;;) {
      try {
        return await this.requestOnce(name, params, options);
      } catch (error) {
        // The engine was killed to cancel somebody else's run: this request asks again.
        if (!(error instanceof CancelledForAnother)) throw error;
      }
    }
  }

  /** Ends the engine at once; pending requests are rejected, the next one starts a new engine. */
  kill(): void {
    this.process?.kill(new HeadlightError('EngineDied', l10n.t('The engine was restarted.')));
  }

  /** Ends the engine for good. */
  async dispose(): Promise<void> {
    this.disposed = true;
    const process = this.process;
    process?.kill(new HeadlightError('EngineDied', l10n.t('Headlight was shut down.')));
    await process?.ended;
  }

  private async requestOnce<Name extends keyof EngineRequests>(
    name: Name,
    params: EngineRequests[Name]['params'],
    options: CallOptions,
  ): Promise<EngineRequests[Name]['result']> {
    if (this.disposed) throw new HeadlightError('EngineDied', l10n.t('Headlight was shut down.'));
    clearTimeout(this.idleTimer);
    const process = (this.process ??= this.start());
    const start = performance.now();
    let died: Pending['died'] = () => {};
    // Of this request alone: what waits for a promise that lives as long as the engine would be kept as long, too.
    const death = new Promise<never>((_, reject) => (died = reject));
    const pending: Pending = { order: this.nextOrder++, cancelled: false, process, died };
    this.pending.add(pending);
    if (this.pending.size === 1) this.watchOldest();
    const onAbort = (): void => {
      pending.cancelled = true;
      void this.freeFrom(pending, process);
    };
    options.signal?.addEventListener('abort', onAbort);
    const onProgress: CallOptions['onProgress'] = (progress) => {
      // The limit is for an engine that is stuck, not for one that has much to do and says so.
      if (this.pending.values().next().value === pending) this.watchOldest();
      options.onProgress?.(progress);
    };
    try {
      return await Promise.race([
        this.ready.then(() => process.caller.request(name, params, { ...options, onProgress })),
        death,
      ]);
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      this.options.log(`${name}: ${Math.round(performance.now() - start)} ms`, 'debug');
      const wasOldest = this.pending.values().next().value === pending;
      this.pending.delete(pending);
      if (wasOldest) this.watchOldest();
      if (this.pending.size === 0) this.endWhenIdle();
    }
  }

  private start(): EngineProcess {
    this.setLoaded([]); // What an engine before had is gone.
    const process = startEngineProcess(this.options.entry, this.options.log, {
      loaded: (models) => {
        if (this.process === process) this.setLoaded(models);
      },
      fellBack: (notice) => {
        this.options.log(fallBackMessage(notice), 'warn');
        for (const listener of this.fallBackListeners) listener(notice.device, fallBackMessage(notice));
      },
    });
    this.options.log(`Engine ${process.id} started.`, 'info');
    this.ready = process.caller.request('initialize', this.options.settings).then(() => {});
    this.ready.catch(() => {}); // Whoever waits for it hears of it.
    void process.ended.then((reason) => {
      if (this.process === process) this.process = null;
      if (!this.process) this.setLoaded([]);
      for (const pending of this.pending) {
        if (pending.process !== process) continue;
        pending.died(reason ?? new HeadlightError('EngineDied', l10n.t('The engine process has ended.')));
      }
      const told = this.disposed || reason instanceof CancelledForAnother ? null : reason;
      if (told) this.options.log(told.message, 'error');
      else this.options.log(`Engine ${process.id} ended.`, 'info');
      for (const listener of this.endListeners) listener(told);
    });
    return process;
  }

  private setLoaded(models: readonly LoadedModel[]): void {
    if (this.loadedModels.length + models.length === 0) return;
    this.loadedModels = models;
    for (const listener of this.loadedListeners) listener();
  }

  private endWhenIdle(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      this.process?.end();
      this.process = null;
    }, milliseconds(this.options.limits.idleSeconds));
    this.idleTimer.unref();
  }

  /** Requests are answered in their order, so the time limit of one starts when it has become the oldest. */
  private watchOldest(): void {
    clearTimeout(this.limitTimer);
    if (this.pending.size === 0) return;
    const { limits } = this.options;
    this.limitTimer = setTimeout(
      () => this.process?.kill(timedOut(limits)),
      milliseconds(limits.requestSeconds),
    );
  }

  /** Kills the engine if a cancelled run still blocks it after the grace time and nobody was there before. */
  private async freeFrom(cancelled: Pending, process: EngineProcess): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<'blocked'>((resolve) => {
      timer = setTimeout(() => resolve('blocked'), cancelGraceSeconds * 1000);
    });
    const answer = process.caller.request('ping', null).then(
      () => 'free' as const,
      () => 'free' as const,
    );
    const state = await Promise.race([answer, grace]);
    clearTimeout(timer);
    const othersBefore = [...this.pending].some((other) => !other.cancelled && other.order < cancelled.order);
    if (state === 'blocked' && !othersBefore) process.kill(new CancelledForAnother());
  }
}

class CancelledForAnother extends HeadlightError {
  constructor() {
    super('Cancelled', 'The engine was ended to cancel a run.');
  }
}

function timedOut({ requestSeconds }: EngineLimits): HeadlightError {
  return new HeadlightError(
    'TimedOut',
    l10n.t(
      'The model gave no answer within {0} seconds, so the engine was ended. Choose a smaller model, a shorter text, or raise "headlight.engine.timeLimitSeconds".',
      requestSeconds,
    ),
  );
}

function fallBackMessage({ device, used, reason }: EngineNotices['fellBack']): string {
  if (used === 'wasm') {
    return l10n.t('The model runs as WebAssembly, which is slower: {0}.', reason);
  }
  return l10n.t('The model runs on the CPU, because "{0}" cannot be used: {1}', device, reason);
}
