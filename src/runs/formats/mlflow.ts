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
  open: (file) => storeReader(path.dirname(file)),
};

function storeReader(folder: string): LogReader {
  let seen = '';
  let reader = rewrittenLog(path.join(folder, 'meta.yaml'), (_, data) => parse(folder, data));
  return {
    get data() {
      return reader.data;
    },
    async read(context) {
      const metrics = filesBelow(path.join(folder, 'metrics'));
      const state = metrics.map((file) => statSync(file).size).join();
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

function parse(folder: string, data: LogData): void {
  const metrics = path.join(folder, 'metrics');
  for (const file of filesBelow(metrics)) {
    // The key may hold slashes: it is the rest of the path.
    const tag = path.relative(metrics, file).split(path.sep).join('/');
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
    data.hyperparameters[path.relative(parameters, file)] = numberOf(text) ?? text;
  }
}
