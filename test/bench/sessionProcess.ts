import type { ChildProcess } from 'node:child_process';
import { nextMessage, startChild } from './childProcess';

/**
 * How a model is opened, and what each run gives:
 * - `bare`: the file by its path; all its outputs.
 * - `attention`: as the engine opens it; the attention of every layer.
 * - `attentionAndLogits`: a sidecar without the masked head; all outputs of the file and the attention of every layer.
 */
export type SessionWay = 'bare' | 'attention' | 'attentionAndLogits';

/** The model's inputs by name, each [1, tokens], or [texts, tokens] row by row. */
export type Feeds = Record<string, BigInt64Array>;

/** What is to be run. */
export interface RunMessage {
  feeds: Feeds;
  texts: number;
}

/** What opening a model took. */
export interface Opening {
  milliseconds: number;
  /** Of the whole process, right after. */
  residentBytes: number;
  peakBytes: number;
}

/** A model opened in a process of its own, with the default threads. */
export class SessionProcess {
  static async start(way: SessionWay, folder: string): Promise<SessionProcess> {
    const child = startChild('session', [way, folder]);
    return new SessionProcess(child, await nextMessage<Opening>(child));
  }

  private constructor(
    private readonly child: ChildProcess,
    readonly opening: Opening,
  ) {}

  /** Milliseconds of one run, without the way there and back. */
  run(feeds: Feeds, texts = 1): Promise<number> {
    this.child.send({ feeds, texts } satisfies RunMessage);
    return nextMessage<number>(this.child);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
