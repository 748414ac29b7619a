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

/**
 * Reads a log that is only ever added to, from where it ended before; a file that was cut or replaced from its start.
 * A reading that was cut short, as by a cancellation, is taken up by the next.
 */
export function appendedLog(file: string, recordTaker: (data: LogData) => TakeRecords): LogReader {
  let data = new LogData();
  let take = recordTaker(data);
  let offset = 0;
  let broken = false;
  let known: FileState | null = null;
  /** Whether `known` was read to its end. */
  let complete = false;
  /** Whether something was taken that no finished reading has told of. */
  let untold = false;
  return {
    get data() {
      return data;
    },
    async read(context) {
      const state = await stateOf(file);
      if (known && (state.inode !== known.inode || state.size < offset)) {
        data = new LogData();
        take = recordTaker(data);
        [offset, broken, untold] = [0, false, true];
      } else if (complete && known?.size === state.size && known.modified === state.modified) return false;
      known = state;
      complete = false;
      const handle = await open(file);
      try {
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

async function betweenChunks(context: CallContext, fraction: number): Promise<void> {
  context.progress({ message: '', fraction });
  await setImmediate();
  throwIfCancelled(context.signal);
}

/** Reads a log that is written anew each time. What cannot be parsed is being written: what was read before stays. */
export function rewrittenLog(file: string, parse: (bytes: Buffer, data: LogData) => void): LogReader {
  let data = new LogData();
  let known: FileState | null = null;
  return {
    get data() {
      return data;
    },
    async read(context) {
      const state = await stateOf(file);
      if (known && JSON.stringify(state) === JSON.stringify(known)) return false;
      const fresh = new LogData();
      parse(await readFile(file), fresh);
      throwIfCancelled(context.signal);
      [data, known] = [fresh, state];
      return true;
    },
  };
}
