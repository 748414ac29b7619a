import { throwIfCancelled } from '../core/rpc';

/** Lets a cancellation that has arrived be heard: a run blocks this process. */
export async function hearCancellation(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  throwIfCancelled(signal);
}

/** Lets long questions be answered one after the other, in the order in which they came. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Starts `work` when everything before it has ended, well or badly. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => {});
    return mine;
  }
}
