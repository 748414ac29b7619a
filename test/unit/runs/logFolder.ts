import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import type { Run } from '../../../src/protocol/runs';
import { RunStore } from '../../../src/runs/store';

export const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
/** A new folder for each test. */
export let folder: string;
export let store: RunStore;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-runs-'));
  store = new RunStore();
});

/** Writes a log into the folder. @returns its path. */
export function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Reads the one run of the folder. */
export async function read(where = folder): Promise<Run> {
  const { runs } = await store.read([where], context);
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

/** The points of a tag, none where it is not there. */
export function points(run: Run, tag: string): [number, number][] {
  const series = run.series.find((each) => each.tag === tag);
  return series ? Array.from(series.steps, (step, index) => [step, series.values[index]!]) : [];
}
