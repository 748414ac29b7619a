import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { numberOf, type LogData } from '../logData';
import type { LogFormat, LogReader } from './format';
import { rewrittenLog } from './readers';

/** MLflow's file store, known by the `meta.yaml` of a run: a file for each metric, with lines `timestamp value step`. */
export const mlflow: LogFormat = {
  name: 'mlflow',
  mayBe: (name) => name === 'meta.yaml',
  begins: (head) => /^(run_id|run_uuid):/m.test(head.toString('utf8')),
  root: path.dirname,
  written: (file) => [file, ...filesBelow(path.join(path.dirname(file), 'metrics'))],
  open: (file) => storeReader(path.dirname(file)),
};

function storeReader(folder: string): LogReader {
  let seen: string | null = null;
  let reader = rewrittenLog(path.join(folder, 'meta.yaml'), (_, data) => parse(folder, data));
  return {
    get data() {
      return reader.data;
    },
    async read(context) {
      const files = ['metrics', 'params'].flatMap((part) => filesBelow(path.join(folder, part)));
      const state = JSON.stringify(files.map((file) => [file, statSync(file).size]));
      if (state === seen) return false;
      const fresh = rewrittenLog(path.join(folder, 'meta.yaml'), (_, data) => parse(folder, data));
      await fresh.read(context);
      [reader, seen] = [fresh, state];
      return true;
    },
  };
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** A key may hold slashes: it is the rest of the path. */
function keyOf(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

function parse(folder: string, data: LogData): void {
  const metrics = path.join(folder, 'metrics');
  for (const file of filesBelow(metrics)) {
    const tag = keyOf(metrics, file);
    const text = readFileSync(file, 'utf8');
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      const [time, value, step] = line.trim().split(/\s+/).map(numberOf);
      if (time !== undefined && value !== undefined && time !== null && value !== null)
        data.point(tag, step ?? 0, value, time / 1000);
    }
  }
  const parameters = path.join(folder, 'params');
  for (const file of filesBelow(parameters)) {
    const text = readFileSync(file, 'utf8');
    data.hyperparameters[keyOf(parameters, file)] = numberOf(text) ?? text;
  }
}
