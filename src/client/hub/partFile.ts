import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { HubFile } from './listing';

/** A file that is being downloaded, under another name until all of it is there and right. */
export class PartFile {
  private constructor(
    private readonly file: HubFile,
    private readonly target: string,
    private readonly handle: FileHandle,
    private hash: Hash,
    /** Bytes that are there. */
    private written: number,
  ) {}

  /** Bytes of a file that are there already: all of them, checked, or those of an earlier try. */
  static async present(folder: string, file: HubFile): Promise<{ bytes: number; finished: boolean }> {
    const target = targetOf(folder, file);
    if ((await sizeOf(target)) === file.size) return { bytes: file.size, finished: true };
    const part = (await sizeOf(`${target}.part`)) ?? 0;
    return { bytes: part <= file.size ? part : 0, finished: false };
  }

  /** Goes on with what an earlier try left, or starts. */
  static async open(folder: string, file: HubFile): Promise<PartFile> {
    const target = targetOf(folder, file);
    const part = `${target}.part`;
    await mkdir(path.dirname(target), { recursive: true });
    const { bytes } = await PartFile.present(folder, file);
    const handle = await open(part, bytes === 0 ? 'w' : 'r+');
    const hash = emptyHash(file);
    if (bytes > 0) {
      const stream = handle.createReadStream({ start: 0, end: bytes - 1, autoClose: false });
      for await (const chunk of stream) hash.update(chunk as Buffer);
    }
    return new PartFile(file, target, handle, hash, bytes);
  }

  get size(): number {
    return this.written;
  }

  get complete(): boolean {
    return this.written === this.file.size;
  }

  /** @throws HeadlightError `DownloadFailed` when the file grows past its size. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.written + chunk.length > this.file.size) throw await this.damaged(l10n.t('it is too long'));
    await this.handle.write(chunk, 0, chunk.length, this.written);
    this.hash.update(chunk);
    this.written += chunk.length;
  }

  /** Starts from nothing. */
  async restart(): Promise<void> {
    await this.handle.truncate(0);
    this.written = 0;
    this.hash = emptyHash(this.file);
  }

  /**
   * Gives the file its name. @throws HeadlightError `DownloadFailed` when its bytes are not those that the hub
   * promised; they are deleted then.
   */
  async finish(): Promise<void> {
    if (this.hash.digest('hex') !== this.file.hash.value)
      throw await this.damaged(l10n.t('its hash is wrong'));
    await this.handle.sync();
    await this.handle.close();
    await rename(`${this.target}.part`, this.target);
  }

  /** Leaves what is there for another time. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => {});
  }

  private async damaged(how: string): Promise<HeadlightError> {
    await this.close();
    await rm(`${this.target}.part`, { force: true });
    return new HeadlightError(
      'DownloadFailed',
      l10n.t(
        'What came of {0} is not what the hub lists: {1}. It was deleted. Add the model again; if that fails as well, the hub or the mirror is at fault.',
        this.file.path,
        how,
      ),
    );
  }
}

/** Git hashes a blob with its length in front. */
function emptyHash({ hash: { algorithm }, size }: HubFile): Hash {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

function targetOf(folder: string, { path: inside }: HubFile): string {
  return path.join(folder, ...inside.split('/'));
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch {
    return null;
  }
}
