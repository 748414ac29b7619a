import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Folders that trainers write logs to below their output folder. */
const logFolders = new Set(['runs', 'logs', 'lightning_logs']);

/** The folder of an ONNX model that came out of a run: its own, that of its latest checkpoint, or the one with its logs. */
export function modelOf(run: string): string | null {
  const checkpoints = namesIn(run)
    .filter((name) => /^checkpoint-\d+$/.test(name))
    .sort((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]))
    .map((name) => path.join(run, name));
  const folders = [run, ...checkpoints, ...foldersAround(run)];
  return folders.flatMap((folder) => [folder, path.join(folder, 'onnx')]).find(holdsModel) ?? null;
}

/** The folder of a log file; the output folder of a trainer that writes its logs to a folder of their own. */
function foldersAround(run: string): string[] {
  const outside = path.dirname(run);
  if (statSync(run, { throwIfNoEntry: false })?.isFile() || logFolders.has(path.basename(run)))
    return [outside];
  return logFolders.has(path.basename(outside)) ? [path.dirname(outside)] : [];
}

function holdsModel(folder: string): boolean {
  return namesIn(folder).some((name) => name.endsWith('.onnx'));
}

/** The names in a folder; none of what is no folder, or cannot be read. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
