import { downloadFile } from '@huggingface/hub';
import { mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import * as l10n from '@vscode/l10n';
import { HeadlightError, messageOf } from '../../core/errors';
import { usualPatience, withRetries, type Attempt, type Patience } from './attempt';
import type { HubFile, HubListing } from './listing';
import { PartFile } from './partFile';
import type { Hub } from './repository';
import type { HubVariant } from './variants';

/** How far a download is. */
export interface DownloadProgress {
  /** The file that is being downloaded. */
  file: string;
  /** Bytes of all files that are there. */
  done: number;
  total: number;
}

export interface DownloadOptions {
  signal: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  patience?: Patience;
}

/** The folder of a variant below `root`: one for each commit and variant, so that nothing is ever mixed. */
export function folderOf(root: string, { repository, commit }: HubListing, { suffix }: HubVariant): string {
  const parts = repository.name.split('/');
  const name = `${parts.pop()!}@${commit.slice(0, 7)}${suffix && `-${suffix}`}`;
  return path.join(root, ...parts, name);
}

/** Bytes of a variant that earlier tries left in a folder. */
export async function bytesPresent(folder: string, { files }: HubVariant): Promise<number> {
  const sizes = await Promise.all(files.map((file) => PartFile.present(folder, file)));
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Downloads the files of a variant into a folder, going on where an earlier try stopped. A file has its name only
 * once its size and hash are right.
 * @throws HeadlightError `HubDenied`, `DownloadFailed` or `Cancelled`; what has come is kept.
 */
export async function download(
  hub: Hub,
  listing: HubListing,
  variant: HubVariant,
  folder: string,
  { signal, onProgress, patience = usualPatience }: DownloadOptions,
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await withLock(folder, async () => {
      const present = await bytesPresent(folder, variant);
      await checkSpace(folder, variant.bytes - present);
      let done = 0;
      for (const file of variant.files) {
        if ((await PartFile.present(folder, file)).finished) {
          done += file.size;
          continue;
        }
        const before = done;
        const report = (bytes: number): void => {
          done = before + bytes;
          onProgress?.({ file: file.path, done, total: variant.bytes });
        };
        await downloadPart(folder, { hub, listing, file, signal, patience, report });
      }
    });
  } catch (error) {
    throw error instanceof HeadlightError ? error : diskError(folder, error);
  }
}

interface Transfer {
  hub: Hub;
  listing: HubListing;
  file: HubFile;
  signal: AbortSignal;
  patience: Patience;
  /** Bytes of the file that are there. */
  report: (bytes: number) => void;
}

async function downloadPart(folder: string, transfer: Transfer): Promise<void> {
  const { hub, file, signal, patience, report } = transfer;
  const part = await PartFile.open(folder, file);
  try {
    let before = part.size;
    report(before);
    const progressed = (): boolean => {
      const further = part.size > before;
      before = part.size;
      return further;
    };
    await withRetries(
      hub,
      patience,
      signal,
      file.path,
      (attempt) => receive(part, attempt, transfer),
      progressed,
    );
    await part.finish();
  } finally {
    await part.close();
  }
}

/** One try to get what is missing of a file. */
async function receive(part: PartFile, attempt: Attempt, transfer: Transfer): Promise<void> {
  if (part.complete) return;
  const { hub, listing, file, report } = transfer;
  const { repository, commit } = listing;
  const inside = file.path.split('/').map(encodeURIComponent).join('/');
  const url = `${hub.endpoint}/${repository.name}/resolve/${commit}/${inside}`;
  const from = part.size;
  let startsOver = false;
  const blob = await downloadFile({
    repo: repository.name,
    path: file.path,
    // What the listing said, which saves asking for each file again.
    downloadInfo: { url, size: file.size, etag: file.hash.value },
    // Not by the hub's other protocol: mirrors do not pass it on, and plain ranges resume as well.
    xet: false,
    fetch: async (input, init) => {
      const response = await attempt.fetch(input, init);
      startsOver = from > 0 && response.status !== 206;
      return response;
    },
  });
  for await (const chunk of blob!.slice(from).stream() as ReadableStream<Uint8Array>) {
    if (startsOver) await part.restart();
    startsOver = false;
    attempt.heard();
    await part.append(chunk);
    report(part.size);
  }
  if (!part.complete) throw new TypeError(l10n.t('the connection ended early'));
}

/** Refuses what cannot fit before anything comes. */
async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (needed <= free) return;
  throw new HeadlightError(
    'DownloadFailed',
    l10n.t(
      'The model needs {0} MB more, and there are {1} MB free for {2}. Make room, then add the model again.',
      megabytes(needed),
      megabytes(free),
      folder,
    ),
  );
}

/** Lets one process at a time write to a folder. A lock whose process is gone holds nobody up. */
async function withLock(folder: string, work: () => Promise<void>): Promise<void> {
  const lock = path.join(folder, 'download.lock');
  const take = (): Promise<void> => writeFile(lock, String(process.pid), { flag: 'wx' });
  try {
    await take();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isRunning(Number(await readFile(lock, 'utf8')))) {
      throw new HeadlightError('DownloadFailed', l10n.t('This model is being downloaded by another window.'));
    }
    await rm(lock, { force: true });
    await take();
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function diskError(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const message =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? l10n.t(
          'There is no room left for {0}. Make room, then add the model again: it goes on where it stopped.',
          folder,
        )
      : l10n.t(
          '{0} cannot be written ({1}). Give write access to it, then add the model again.',
          folder,
          messageOf(error),
        );
  return new HeadlightError('DownloadFailed', message);
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
