import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import { runSuite } from '../support/suiteHosts';
import type { BenchModel } from './benchModel';
import type { Pair } from './statistics';

/** What test/bench/host is told, as JSON in the environment variable `HEADLIGHT_BENCH_TASK`. */
export interface HostTask {
  measurement: 'activation' | 'pause' | 'logPause';
  /** The folder of the model. */
  model: string;
  /** A file of 512 tokens. */
  textFile: string;
  /** A training log of a million points; only `logPause` reads it. */
  logFile?: string;
  resultFile: string;
}

/** What it answers, as JSON in the result file. */
export type HostResult = { pairs: Pair[] } | { error: string };

/** Measures inside a real extension host, started for it. */
export async function measureInHost(
  measurement: HostTask['measurement'],
  model: BenchModel,
  logFile?: string,
): Promise<Pair[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'headlight-bench-'));
  const folder = path.join(scratch, 'workspace');
  const task: HostTask = {
    measurement,
    model: model.folder,
    textFile: path.join(folder, 'text.txt'),
    logFile,
    resultFile: path.join(scratch, 'result.json'),
  };
  mkdirSync(folder);
  writeFileSync(task.textFile, model.text(512));
  try {
    await runSuite({
      extension: repositoryRoot,
      suite: path.join(repositoryRoot, 'out/test/bench/host.js'),
      folder,
      scratch,
      env: { HEADLIGHT_BENCH_TASK: JSON.stringify(task) },
    });
    // A host that died has ended like one that is done.
    if (!existsSync(task.resultFile)) throw new Error('The extension host ended without a result.');
    const result = JSON.parse(readFileSync(task.resultFile, 'utf8')) as HostResult;
    if ('error' in result) throw new Error(result.error);
    return result.pairs;
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}
