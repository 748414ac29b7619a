import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { OnnxFormatError } from './errors';

/** A stretch of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Small, because the reader hops from one tensor's header to the next over megabytes of weights. */
const windowBytes = 16 * 1024;

/** What one pass over a file may keep in memory; a BERT graph needs a few MB, a million plain nodes most of it. */
const budgetBytes = 512 * 1024 * 1024;

/** Names are shorter: most stand in several places of a graph. */
const longestShared = 256;

/** Positional reads of one open file through a small window, with a ceiling on what is kept. */
export class FileSource {
  private readonly window = Buffer.allocUnsafe(windowBytes);
  private windowStart = 0;
  private windowEnd = 0;
  private budget = budgetBytes;
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly descriptor: number,
    readonly size: number,
  ) {}

  /** The byte at `position`, which must lie in the file. */
  byteAt(position: number): number {
    if (position < this.windowStart || position >= this.windowEnd) this.fill(position);
    return this.window[position - this.windowStart]!;
  }

  /** A copy of `length` bytes at `offset`; throws OnnxFormatError when they do not all lie in the file. */
  read(offset: number, length: number): Uint8Array {
    this.charge(length);
    if (offset + length > this.size) throw new OnnxFormatError('The file ends in the middle of a value.');
    const bytes = new Uint8Array(length);
    const inWindow = offset >= this.windowStart && offset + length <= this.windowEnd;
    if (!inWindow && length <= windowBytes) this.fill(offset);
    if (length <= windowBytes) {
      const start = offset - this.windowStart;
      bytes.set(this.window.subarray(start, start + length));
    } else {
      this.readFully(bytes, offset);
    }
    return bytes;
  }

  /** Short text in ASCII, each one kept in memory once; undefined for other bytes. */
  ascii(offset: number, length: number): string | undefined {
    if (length > longestShared || offset + length > this.size) return undefined;
    if (offset < this.windowStart || offset + length > this.windowEnd) this.fill(offset);
    const start = offset - this.windowStart;
    for (let at = start; at < start + length; at++) if (this.window[at]! > 0x7f) return undefined;
    const text = this.window.toString('latin1', start, start + length);
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    this.charge(length);
    this.texts.set(text, text);
    return text;
  }

  /** Counts memory that the caller is about to take; throws OnnxFormatError beyond the ceiling. */
  charge(bytes: number): void {
    this.budget -= bytes;
    if (this.budget < 0) {
      throw new OnnxFormatError('The graph without its weights is larger than can be read (over 512 MB).');
    }
  }

  private fill(position: number): void {
    const length = Math.min(windowBytes, this.size - position);
    if (length <= 0) throw new OnnxFormatError('The file ends in the middle of a value.');
    this.readFully(this.window.subarray(0, length), position);
    this.windowStart = position;
    this.windowEnd = position + length;
  }

  private readFully(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.length) {
      const count = readSync(this.descriptor, target, done, target.length - done, position + done);
      if (count === 0) throw new OnnxFormatError('The file became shorter while it was read.');
      done += count;
    }
  }
}

/**
 * Opens `path`, hands it to `use` and closes it again. Throws OnnxFormatError for what is not a regular
 * file, and Node's own error for what does not exist or may not be read.
 */
export function withFile<T>(path: string, use: (source: FileSource) => T): T {
  // Asked before opening: opening a pipe would wait for its writer.
  if (!statSync(path).isFile()) throw new OnnxFormatError('This is not a regular file.');
  const descriptor = openSync(path, 'r');
  try {
    return use(new FileSource(descriptor, fstatSync(descriptor).size));
  } finally {
    closeSync(descriptor);
  }
}
