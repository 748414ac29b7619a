import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { FoundRun, RunProblem } from '../protocol/runs';
import { formats } from './formats/all';
import type { LogFormat } from './formats/format';

/** A run by its files, which are not read yet. */
export interface RunFiles extends FoundRun {
  logFormat: LogFormat;
  /** In the order of their names. */
  files: string[];
}

/** Entries of folders that one search looks at, and folders below folders. */
const limits = { entries: 50_000, depth: 12 };
const skipped = new Set(['node_modules', '.git', '.venv', 'venv', '__pycache__', '.ipynb_checkpoints']);
const headBytes = 4096;

/** The runs in a folder or of a file: known by the names of files and how they begin. */
export function searchRuns(start: string): { runs: RunFiles[]; problems: RunProblem[] } {
  const problems: RunProblem[] = [];
  const runs = new Map<string, RunFiles>();
  const isFile = statSync(start).isFile();
  const files = isFile ? [start] : filesBelow(start, problems);
  for (const file of files) {
    const logFormat = formatOf(file, isFile, problems);
    if (!logFormat) continue;
    const root = logFormat.root(file);
    const key = `${logFormat.name} ${root}`;
    const modified = lastWritten(logFormat, file);
    const known = runs.get(key);
    if (known) {
      known.files.push(file);
      known.modified = Math.max(known.modified, modified);
    } else {
      const name =
        (isFile ? '' : path.relative(start, root).split(path.sep).join('/')) || path.basename(root);
      runs.set(key, { name, path: root, format: logFormat.name, modified, logFormat, files: [file] });
    }
  }
  return {
    runs: [...runs.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })),
    problems,
  };
}

/** When a log was last written to, in milliseconds since 1970; 0 when it is gone. */
export function lastWritten(logFormat: LogFormat, file: string): number {
  const times = (logFormat.written?.(file) ?? [file]).map(
    (each) => statSync(each, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return times.reduce((latest, time) => Math.max(latest, time), 0);
}

/** Files that some format may read, in the order of their names. */
function filesBelow(start: string, problems: RunProblem[]): string[] {
  const found: string[] = [];
  let left = limits.entries;
  const queue: [folder: string, depth: number][] = [[start, 0]];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [folder, depth] = next;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (--left < 0) {
          const message = l10n.t(
            'The folder holds more than {0} files; only those were searched.',
            limits.entries,
          );
          problems.push({ path: start, message });
          return found.sort();
        }
        const file = path.join(folder, entry.name);
        if (entry.isDirectory() && depth < limits.depth && !skipped.has(entry.name))
          queue.push([file, depth + 1]);
        else if (entry.isFile() && formats.some((format) => format.mayBe(entry.name))) found.push(file);
      }
    } catch (error) {
      problems.push({ path: folder, message: messageOfFile(error) });
    }
  }
  return found.sort();
}

/** The format of a file. A file that a person names may have any name. */
function formatOf(file: string, anyName: boolean, problems: RunProblem[]): LogFormat | undefined {
  const name = path.basename(file);
  const named = formats.filter((format) => format.mayBe(name));
  const candidates = anyName && named.length === 0 ? formats : named;
  try {
    const head = headOf(file);
    return candidates.find((format) => format.begins(head, file));
  } catch (error) {
    problems.push({ path: file, message: messageOfFile(error) });
    return undefined;
  }
}

function headOf(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(descriptor, head, 0, headBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** Why a file or folder could not be read. */
export function messageOfFile(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return l10n.t('There is no permission to read it.');
  if (code === 'ENOENT') return l10n.t('It is no longer there. What was read before is still shown.');
  if (error instanceof SyntaxError)
    return l10n.t('It could not be parsed; it may be half-written: {0}', message);
  return l10n.t('It could not be read: {0}', message);
}
