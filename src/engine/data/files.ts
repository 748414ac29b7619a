import { createReadStream, renameSync, rmSync, statSync, type BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { HeadlightError, messageOf } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';

const chunkBytes = 2 ** 20;

/** Files that are being written, to be taken away when this process ends before they are whole. */
const unfinished = new Set<string>();
process.on('exit', () => unfinished.forEach((file) => rmSync(file, { force: true })));

let written = 0;

/** How large a file is. @throws HeadlightError `FileUnusable` when it is not there, or no file. */
export async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw unusable(l10n.t('{0} is no file. Choose a text file.', file));
}

/**
 * The text of a file, piece by piece, to the last byte: a byte order mark is part of it.
 * @param onBytes hears of every piece, how many bytes it was.
 * @throws HeadlightError `FileUnusable` when it cannot be read, or is no UTF-8; `Cancelled`.
 */
export async function* textOf(
  file: string,
  signal: AbortSignal,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (bytes?: Buffer): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw unusable(l10n.t('{0} is no UTF-8 text. Save it with the encoding UTF-8.', file));
    }
  };
  await sizeOf(file);
  try {
    for await (const bytes of createReadStream(file, {
      highWaterMark: chunkBytes,
    }) as AsyncIterable<Buffer>) {
      throwIfCancelled(signal);
      onBytes(bytes.length);
      yield decode(bytes);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  yield decode();
}

function unreadable(file: string, error: unknown): HeadlightError {
  if (error instanceof HeadlightError) return error;
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unusable(l10n.t('{0} is not there. Choose another file.', file));
    case 'EACCES':
    case 'EPERM':
      return unusable(l10n.t('There is no permission to read {0}. Give it, or choose another file.', file));
    default:
      return unusable(l10n.t('{0} cannot be read: {1}. Choose another file.', file, messageOf(error)));
  }
}

/** Why a file could not be written, and what to do. */
export function unwritable(output: string, error: unknown): HeadlightError {
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unusable(l10n.t('The folder of {0} is not there. Choose another name.', output));
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return unusable(l10n.t('There is no permission to write {0}. Choose another folder.', output));
    case 'ENOSPC':
    case 'EDQUOT':
      return unusable(l10n.t('There is no room left for {0}. Make room, or choose another folder.', output));
    default:
      return unusable(l10n.t('{0} cannot be written: {1}. Choose another name.', output, messageOf(error)));
  }
}

function unusable(message: string): HeadlightError {
  return new HeadlightError('FileUnusable', message);
}

function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** A line of text may be a whole file: what is longer is cut. */
const longestLine = 2 ** 18;

/**
 * The lines of a text that comes in pieces, without what ends them.
 * @param longest characters of a line, above which it is cut; where a part of a line is worth nothing, Infinity.
 */
export async function* linesOf(
  pieces: AsyncIterable<string> | Iterable<string>,
  longest = longestLine,
): AsyncGenerator<string> {
  let rest = '';
  let isFirst = true;
  for await (const piece of pieces) {
    if (piece === '') continue;
    // A byte order mark is no part of the first line.
    rest += isFirst ? piece.replace(/^\ufeff/, '') : piece;
    isFirst = false;
    // The second half of \r\n may be in the next piece.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) yield* partsOf(line, longest);
    while (rest.length > longest) {
      const [part = ''] = partsOf(rest, longest);
      yield part;
      rest = rest.slice(part.length);
    }
  }
  if (rest !== '') yield* partsOf(rest.replace(/\r$/, ''), longest);
}

function* partsOf(line: string, longest: number): Generator<string> {
  let start = 0;
  while (line.length - start > longest) {
    let end = line.lastIndexOf(' ', start + longest);
    if (end <= start) end = start + longest - (/[\ud800-\udbff]/.test(line[start + longest - 1]!) ? 1 : 0);
    yield line.slice(start, end);
    start = end;
  }
  yield line.slice(start);
}

/**
 * Writes a file under another name beside it, and gives it its own when all of it is there. Whatever goes wrong, a
 * file that was there before stays as it was, and no half of a new one.
 * @param inputs files that must not be written to. @param write gives the text to `emit`.
 * @returns what `write` gives, and how many bytes were written.
 * @throws HeadlightError `FileUnusable` for an output that is an input or cannot be written; `Cancelled`.
 */
export async function writeWhole<Result>(
  { output, inputs }: { output: string; inputs: string[] },
  signal: AbortSignal,
  write: (emit: (text: string) => Promise<void>) => Promise<Result>,
): Promise<{ result: Result; bytes: number }> {
  refuseOutput(output, inputs);
  const part = path.join(path.dirname(output), `.${path.basename(output)}.${process.pid}-${written++}.part`);
  const handle = await open(part, 'wx').catch((error: unknown) => {
    throw unwritable(output, error);
  });
  unfinished.add(part);
  const drop = (): void => rmSync(part, { force: true });
  signal.addEventListener('abort', drop);
  let bytes = 0;
  let waiting: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    const block = Buffer.from(waiting.join(''));
    [waiting, length] = [[], 0];
    bytes += block.length;
    await handle.writeFile(block).catch((error: unknown) => {
      throw unwritable(output, error);
    });
  };
  try {
    const result = await write(async (text) => {
      waiting.push(text);
      length += text.length;
      if (length >= chunkBytes) await flush();
    });
    await flush();
    await handle.close();
    throwIfCancelled(signal);
    try {
      renameSync(part, output); // At once: a cancellation comes before or after.
    } catch (error) {
      throw unwritable(output, error);
    }
    return { result, bytes };
  } catch (error) {
    await handle.close();
    drop();
    throw error;
  } finally {
    signal.removeEventListener('abort', drop);
    unfinished.delete(part);
  }
}

/** Tells how much of some bytes has been read, a few times a second: cancellation is heard in between, too. */
export function byteProgress(
  total: number,
  message: string,
  { progress }: CallContext,
): (count: number) => void {
  let done = 0;
  let told = -Infinity;
  return (count) => {
    done += count;
    // Not the time of day: it may be set back, and whoever says nothing counts as stuck.
    const now = performance.now();
    if (now - told < 200) return;
    told = now;
    progress({ message, fraction: Math.min(1, done / Math.max(1, total)) });
  };
}

/** @throws HeadlightError `FileUnusable` for an output that is one of the inputs, or a folder: before long work. */
export function refuseOutput(output: string, inputs: string[]): void {
  const there = statsOf(output);
  if (there?.isDirectory()) throw unusable(l10n.t('{0} is a folder. Choose another name.', output));
  for (const input of inputs) {
    const given = statsOf(input);
    const same = there && given && there.ino === given.ino && there.dev === given.dev;
    if (!same && path.resolve(input) !== path.resolve(output)) continue;
    throw unusable(l10n.t('{0} is what is read: it is not written to. Choose another name.', output));
  }
}

/** Of a file that is there; what else is wrong with its place is said when it is written. */
function statsOf(file: string): BigIntStats | undefined {
  try {
    return statSync(file, { bigint: true }); // Ids of files are beyond what a number holds on Windows.
  } catch {
    return undefined;
  }
}
