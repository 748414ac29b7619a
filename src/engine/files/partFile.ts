import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { FileQuestion } from '../../protocol/files';
import { unwritable } from '../data/files';
import { fileStamp } from '../models/store';

/**
 * Where results stand until all of them are there: beside the output, with a name that tells the question, so that
 * another model, column or version of the file never goes on where this one ended.
 * @param onnxFile the file that the model runs.
 */
export function partFileOf({ kind, file, column, output }: FileQuestion, onnxFile: string): string {
  const asked = JSON.stringify([kind, column, onnxFile, fileStamp(onnxFile), file, fileStamp(file)]);
  const hash = createHash('sha256').update(asked).digest('hex').slice(0, 12);
  return path.join(path.dirname(output), `.${path.basename(output)}.${hash}.part`);
}

/** Part files that are being written, until they are closed: a run that was cancelled may still be at its last block. */
const writing = new Map<string, Promise<void>>();

/** Results in the making, a line for each row. */
export class PartFile {
  private closed = (): void => {};

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Rows that a run before has written. */
    readonly rows: number,
  ) {
    writing.set(path, new Promise((resolve) => (this.closed = resolve)));
  }

  /**
   * Goes on where a run of the same question ended, after its last whole line; those of other questions about the same
   * output are taken away.
   * @throws HeadlightError `FileUnusable` when it cannot be written.
   */
  static async open(file: string, output: string): Promise<PartFile> {
    while (writing.has(file)) await writing.get(file);
    try {
      await removeOthers(file, output);
      const { lines, bytes } = await wholeLines(file);
      const handle = await open(file, 'a');
      await handle.truncate(bytes);
      return new PartFile(file, handle, lines);
    } catch (error) {
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

  /** What is written so far stays, to go on from. */
  async close(): Promise<void> {
    await this.handle.close();
    writing.delete(this.path);
    this.closed();
  }

  /** All is there: it gets its name. */
  async finish(output: string): Promise<void> {
    await this.close();
    await rename(this.path, output).catch((error: unknown) => {
      throw unwritable(output, error);
    });
  }
}

async function removeOthers(file: string, output: string): Promise<void> {
  const folder = path.dirname(output);
  const [start, end] = [`.${path.basename(output)}.`, '.part'];
  for (const name of await readdir(folder)) {
    const isPart = name.startsWith(start) && name.endsWith(end);
    if (!isPart || !/^[\da-f]{12}$/.test(name.slice(start.length, -end.length))) continue;
    if (name !== path.basename(file)) await rm(path.join(folder, name), { force: true });
  }
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
