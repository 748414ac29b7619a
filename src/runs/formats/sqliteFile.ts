import { readFile } from 'node:fs/promises';

/** Bytes of the headers of a write-ahead log and of each of its frames (sqlite.org/fileformat2.html, section 4). */
const headers = { log: 32, frame: 24 };

/**
 * The bytes of an SQLite database as they stand with all that was committed, also to a write-ahead log that has not
 * gone into the file yet: a database that others write to is neither locked nor changed.
 */
export async function databaseBytes(file: string): Promise<Buffer> {
  const main = await readFile(file);
  const log = await readFile(`${file}-wal`).catch(() => null);
  const bytes = log ? withLog(main, log) : main;
  // Versions 2 say that there is a log; whoever opens the bytes would look for it.
  if (bytes.length > 19) bytes[18] = bytes[19] = 1;
  return bytes;
}

/** The pages of a database with those of a write-ahead log in their places, up to its last commit. */
export function withLog(main: Buffer, log: Buffer): Buffer {
  const magic = log.length >= headers.log ? log.readUInt32BE(0) : 0;
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return main;
  const word = magic & 1 ? (at: number) => log.readUInt32BE(at) : (at: number) => log.readUInt32LE(at);
  const pageSize = log.readUInt32BE(8);
  const salts = log.readBigUInt64BE(16);
  let [first, second] = [0, 0];
  const add = (start: number, end: number): void => {
    for (let at = start; at < end; at += 8) {
      first = (first + word(at) + second) >>> 0;
      second = (second + word(at + 4) + first) >>> 0;
    }
  };
  const isRight = (at: number): boolean =>
    log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;
  add(0, 24);
  if (pageSize < 512 || pageSize > 65536 || pageSize % 8 !== 0 || !isRight(24)) return main;

  const pages = new Map<number, number>();
  /** The frames since the last commit. */
  let uncommitted: [page: number, at: number][] = [];
  let committedSize = 0;
  for (let at = headers.log; at + headers.frame + pageSize <= log.length; at += headers.frame + pageSize) {
    const content = at + headers.frame;
    add(at, at + 8);
    add(content, content + pageSize);
    // Frames of an earlier round, or one that is being written.
    if (log.readBigUInt64BE(at + 8) !== salts || !isRight(at + 16)) break;
    uncommitted.push([log.readUInt32BE(at), content]);
    const size = log.readUInt32BE(at + 4);
    if (size === 0) continue;
    for (const [page, place] of uncommitted) pages.set(page, place);
    [uncommitted, committedSize] = [[], size];
  }
  if (committedSize === 0) return main;
  // No page lies beyond what the two files hold.
  const size = Math.min(committedSize * pageSize, main.length + log.length);
  const bytes = Buffer.alloc(size);
  main.copy(bytes);
  for (const [page, content] of pages)
    if (page * pageSize <= size) log.copy(bytes, (page - 1) * pageSize, content, content + pageSize);
  return bytes;
}
