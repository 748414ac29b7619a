import { listFiles, modelInfo } from '@huggingface/hub';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { usualPatience, withRetries, type Patience } from './attempt';
import type { Hub, Repository } from './repository';

/** A file of a repository, and what its bytes have to be. */
export interface HubFile {
  /** Relative to the repository, with slashes. */
  path: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of the bytes, or git's SHA-1 of them as a blob, in hexadecimal. */
  hash: { algorithm: 'sha256' | 'gitBlob'; value: string };
}

/** A repository as it stands at one commit. */
export interface HubListing {
  repository: Repository;
  /** The commit that the revision names now: what is downloaded is of this one. */
  commit: string;
  /** What its card says, such as `apache-2.0`; null when it says nothing. */
  license: string | null;
  files: HubFile[];
}

/** A repository with more is none of a model. */
const mostFiles = 20_000;

/**
 * Lists the files of a repository with their sizes. Nothing is downloaded.
 * @throws HeadlightError `HubDenied`, `DownloadFailed` or `Cancelled`.
 */
export async function listRepository(
  hub: Hub,
  repository: Repository,
  signal: AbortSignal,
  patience = usualPatience,
): Promise<HubListing> {
  try {
    return await list(hub, repository, signal, patience);
  } catch (error) {
    // A page of HTML, say, from something between here and the hub.
    throw error instanceof HeadlightError ? error : notAHub(hub);
  }
}

async function list(
  hub: Hub,
  repository: Repository,
  signal: AbortSignal,
  patience: Patience,
): Promise<HubListing> {
  const { name, revision } = repository;
  const subject = `${name}@${revision}`;
  const at = { hubUrl: hub.endpoint };
  const info = await withRetries(hub, patience, signal, subject, ({ fetch }) =>
    modelInfo({ ...at, name, revision, fetch, additionalFields: ['sha', 'tags'] }),
  );
  const commit: unknown = info.sha;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40,64}$/.test(commit)) throw notAHub(hub);
  const files = await withRetries(hub, patience, signal, subject, async ({ fetch }) => {
    const found: HubFile[] = [];
    for await (const entry of listFiles({ ...at, repo: name, revision: commit, recursive: true, fetch })) {
      const file = entry.type === 'file' ? hubFile(entry) : null;
      if (file) found.push(file);
      if (found.length > mostFiles) throw notAHub(hub);
    }
    return found;
  });
  const tags: unknown = info.tags;
  const license = Array.isArray(tags) ? tags.find((tag) => /^license:[\w.-]{1,64}$/.test(String(tag))) : null;
  return { repository, commit, license: license ? String(license).slice('license:'.length) : null, files };
}

/** A file as the hub lists it; null for a path, size or hash that no hub would give. */
function hubFile({
  path,
  size,
  oid,
  lfs,
}: {
  path: string;
  size: number;
  oid?: string;
  lfs?: { oid: string };
}): HubFile | null {
  const [value, algorithm, digits] = lfs
    ? ([lfs.oid, 'sha256', 64] as const)
    : ([oid, 'gitBlob', 40] as const);
  const isHash = typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
  if (!isHash || !Number.isSafeInteger(size) || size < 0 || !isInside(path)) return null;
  return { path, size, hash: { algorithm, value } };
}

/** Whether a path stays in its folder on every system. */
function isInside(path: unknown): boolean {
  return (
    typeof path === 'string' &&
    path.length < 512 &&
    path.split('/').every((part) => /^[^\\:*?"<>|\p{Cc}]*[^\\:*?"<>|\p{Cc}. ]$/u.test(part))
  );
}

function notAHub({ endpoint }: Hub): HeadlightError {
  return new HeadlightError(
    'DownloadFailed',
    l10n.t('{0} does not answer as a hub does. Check the setting "headlight.hub.url".', endpoint),
  );
}
