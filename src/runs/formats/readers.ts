import { open, readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { LogData } from '../logData';
import type { LogReader } from './format';

/** Bytes read at once: enough to be fast, few enough to be cancelled in between. */
const chunkBytes = 8 * 2 ** 20;

/** Which file a path names and how it stands: a file that was replaced or cut has another. */
interface FileState {
  inode: number;
  size: number;
  modified: number;
}

async function stateOf(file: string): Promise<FileState> {
  const { ino, size, mtimeMs } = await stat(file);
  return { inode: ino, size, modified: mtimeMs };
}

/** Takes the records at the start of some bytes into the data of their log. @returns how many bytes they take; -1 when the file is broken there. */
export type TakeRecords = (bytes: Buffer) => number;

/** Bytes at the start by which a log is known again: one that is written anew may have its file's inode and be longer. */
const headBytes = 256;

/**
 * Reads a log that is only ever added to, from where it ended before; one that was cut, replaced or written anew, or that
 * was broken and has changed, from its start.
 * A reading that was cut short, as by a cancellation, is taken up by the next.
 */
export function appendedLog(file: string, recordTaker: (data: LogData) => TakeRecords): LogReader {
  let data = new LogData();
  let take = recordTaker(data);
  let offset = 0;
  let head = Buffer.alloc(0);
  let broken = false;
  let known: FileState | null = null;
  /** Whether `known` was read to its end. */
  let complete = false;
  /** Whether something was taken that no finished reading has told of. */
  let untold = false;
  const startAnew = (): void => {
    data = new LogData();
    take = recordTaker(data);
    head = Buffer.alloc(0);
    [offset, broken, untold] = [0, false, true];
  };
  return {
    get data() {
      return data;
    },
    async read(context) {
      const state = await stateOf(file);
      const isSame = JSON.stringify(state) === JSON.stringify(known);
      if (isSame && complete) return false;
      if (known && (state.inode !== known.inode || state.size < offset || (broken && !isSame))) startAnew();
      known = state;
      complete = false;
      const handle = await open(file);
      try {
        const start = Buffer.alloc(headBytes);
        const { bytesRead: length } = await handle.read(start, 0, headBytes, 0);
        if (!start.subarray(0, head.length).equals(head)) startAnew();
        head = start.subarray(0, length);
        let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, state.size - offset)));
        let filled = 0;
        while (!broken && offset + filled < state.size) {
          const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
          // While these bytes are taken, on the average.
          data.share = (offset + filled / 2) / state.size;
          const taken = take(buffer.subarray(0, filled));
          if (taken !== 0) untold = true;
          if (taken < 0) broken = true;
          else {
            offset += taken;
            buffer.copyWithin(0, taken, filled);
            filled -= taken;
          }
          // A record longer than the buffer: twice as much each time, so that no byte is copied often.
          if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
          await betweenChunks(context, (offset + filled) / state.size);
        }
      } finally {
        await handle.close();
      }
      complete = true;
      const isNew = untold;
      untold = false;
      return isNew;
    },
  };
}

/** Lets a cancellation be heard within long work. @throws HeadlightError `Cancelled`. */
export async function betweenChunks(context: CallContext, fraction: number): Promise<void> {
  context.progress({ message: '', fraction });
  await setImmediate();
  throwIfCancelled(context.signal);
}

/** Milliseconds after which nobody is expected to be in the midst of writing a file. */
const freshTime = 60_000;

/**
 * Reads a log that is written anew each time. What cannot be parsed is being written: what was read before stays.
 * @param parse `isFresh`: whether the file was written just now, so that its end may be missing.
 * @param beside files that `parse` reads, too, where they are there.
 */
export function rewrittenLog(
  file: string,
  parse: (bytes: Buffer, data: LogData, isFresh: boolean) => void,
  beside: string[] = [],
): LogReader {
  let data = new LogData();
  let known = '';
  return {
    get data() {
      return data;
    },
    async read(context) {
      const state = await stateOf(file);
      const isFresh = Date.now() - state.modified < freshTime;
      const others = await Promise.all(beside.map((each) => stateOf(each).catch(() => null)));
      const states = JSON.stringify([state, isFresh, others]);
      if (states === known) return false;
      const read = new LogData();
      parse(await readFile(file), read, isFresh);
      throwIfCancelled(context.signal);
      [data, known] = [read, states];
      return true;
    },
  };
}
