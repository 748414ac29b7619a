import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../core/rpc';
import type { FileQuestion } from '../../protocol/files';
import { unwritable } from '../data/files';
import { fileStamp, stampOf, type Model } from '../models/store';

/**
 * Where results stand until all of them are there: beside the output, with a name that tells the question, so that
 * another model, column or version of a file never goes on where this one ended.
 */
export function partFileOf({ kind, file, column, output }: FileQuestion, { layout }: Model): string {
  const asked = JSON.stringify([kind, column, layout.path, stampOf(layout), file, fileStamp(file)]);
  const hash = createHash('sha256').update(asked).digest('hex').slice(0, 12);
  return path.join(path.dirname(output), `.${path.basename(output)}.${hash}.part`);
}

/** A part file that is being written. */
interface Writing {
  /** Whether the run was cancelled: it may still be at its last block. */
  signal: AbortSignal;
  closed: Promise<void>;
}

const writing = new Map<string, Writing>();

/** Waits for the last block of a run that was cancelled; one that goes on is not waited for. */
export async function lastBlockOf(file: string): Promise<void> {
  const run = writing.get(file);
  if (run?.signal.aborted) await run.closed;
}

/** Results in the making, a line for each row. */
export class PartFile {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Rows that a run before has written. */
    readonly rows: number,
    private readonly release: () => void,
  ) {}

  /**
   * Goes on where a run of the same question ended, after its last whole line, and waits for one that still runs.
   * @throws HeadlightError `FileUnusable` when it cannot be written, `Cancelled`.
   */
  static async open(file: string, output: string, signal: AbortSignal): Promise<PartFile> {
    const release = await claim(file, signal);
    let handle: FileHandle | undefined;
    try {
      const { lines, bytes } = await wholeLines(file);
      handle = await open(file, 'a');
      await handle.truncate(bytes);
      return new PartFile(file, handle, lines, release);
    } catch (error) {
      await handle?.close().catch(() => {}); // What went wrong first is told.
      release();
      throw unwritable(output, error);
    }
  }

  async add(lines: readonly string[]): Promise<void> {
    try {
      await this.handle.appendFile(lines.map((line) => `${line}\n`).join(''));
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** Takes away the parts of other questions about the same output, but those that are being written. */
  async removeOthers(output: string): Promise<void> {
    try {
      for (const part of await partsOf(output)) {
        if (!writing.has(part)) await rm(part, { force: true });
      }
    } catch (error) {
      throw unwritable(output, error);
    }
  }

  /** What is written so far stays, to go on from. */
  close(): Promise<void> {
    return this.end(() => Promise.resolve());
  }

  /** There is nothing to go on from. */
  drop(): Promise<void> {
    return this.end(() => rm(this.path, { force: true }));
  }

  /** All is there: it gets its name. */
  async finish(output: string): Promise<void> {
    try {
      await this.end(() => rename(this.path, output));
    } catch (error) {
      throw unwritable(output, error);
    }
  }

  /** @param settle what becomes of the file, before somebody else may go on with it. */
  private async end(settle: () => Promise<void>): Promise<void> {
    try {
      await this.handle.close();
      await settle();
    } finally {
      this.release();
    }
  }
}

/** Waits until nobody writes a file, and says that it is written from now on. @returns what ends that. */
async function claim(file: string, signal: AbortSignal): Promise<() => void> {
  for (let other = writing.get(file); other; other = writing.get(file)) {
    const { closed } = other;
    throwIfCancelled(signal);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      void closed.then(resolve);
    });
  }
  throwIfCancelled(signal);
  let end = (): void => {};
  const closed = new Promise<void>((resolve) => (end = resolve));
  writing.set(file, { signal, closed });
  return () => {
    writing.delete(file);
    end();
  };
}

/** The parts beside an output, of whatever question. */
async function partsOf(output: string): Promise<string[]> {
  const folder = path.dirname(output);
  const [start, end] = [`.${path.basename(output)}.`, '.part'];
  return (await readdir(folder))
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .filter((name) => /^[\da-f]{12}$/.test(name.slice(start.length, -end.length)))
    .map((name) => path.join(folder, name));
}

/** The lines of a file that have an end, and how many bytes they take; none of a file that is not there. */
async function wholeLines(file: string): Promise<{ lines: number; bytes: number }> {
  let [lines, bytes, read] = [0, 0, 0];
  if (!existsSync(file)) return { lines, bytes };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      lines++;
      bytes = read + at + 1;
    }
    read += chunk.length;
  }
  return { lines, bytes };
}
