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

/** Takes the records at the start of some bytes. @returns how many bytes they take; -1 when the file is broken there. */
export type TakeRecords = (bytes: Buffer, data: LogData) => number;

/** Reads a log that is only ever added to, from where it ended before; a file that was cut or replaced from its start. */
export function appendedLog(file: string, recordTaker: () => TakeRecords): LogReader {
  let data = new LogData();
  let take = recordTaker();
  let offset = 0;
  let broken = false;
  let known: FileState | null = null;
  return {
    get data() {
      return data;
    },
    async read(context) {
      const state = await stateOf(file);
      if (known && (state.inode !== known.inode || state.size < offset)) {
        [data, take, offset, broken] = [new LogData(), recordTaker(), 0, false];
      } else if (known?.size === state.size && known.modified === state.modified) return false;
      known = state;
      const before = { offset, broken };
      const handle = await open(file);
      try {
        let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
        const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, state.size - offset)));
        for (let at = offset; !broken && at < state.size;) {
          const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          const read = chunk.subarray(0, bytesRead);
          const bytes = rest.length > 0 ? Buffer.concat([rest, read]) : read;
          const taken = take(bytes, data);
          if (taken < 0) broken = true;
          else offset += taken;
          // The chunk is read into again.
          rest = Buffer.from(bytes.subarray(Math.max(0, taken)));
          await betweenChunks(context, at / state.size);
        }
      } finally {
        await handle.close();
      }
      return offset !== before.offset || broken !== before.broken;
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
