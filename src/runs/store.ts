import { existsSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../core/errors';
import { throwIfCancelled, type CallContext } from '../core/rpc';
import type { FoundRun, Run, RunProblem, RunsResult } from '../protocol/runs';
import type { LogReader } from './formats/format';
import { mergeSeries, unionSeries } from './merge';
import { messageOfFile, searchRuns, type RunFiles } from './search';

/** Reads runs, and keeps what it read so that the next reading takes only what was added. */
export class RunStore {
  private readonly readers = new Map<string, LogReader>();
  /** How often each file had something new. */
  private readonly readings = new Map<string, number>();

  /** The runs below some folders, without reading them through. */
  find(folders: string[]): FoundRun[] {
    return folders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) =>
        searchRuns(folder).runs.map(({ name, path: root, format, modified }) => ({
          name,
          path: root,
          format,
          modified,
        })),
      );
  }

  /**
   * Reads all runs of some files and folders.
   * @throws HeadlightError `NoRuns` when a path is not there or no log is found.
   */
  async read(paths: string[], context: CallContext): Promise<RunsResult & { version: string }> {
    const problems: RunProblem[] = [];
    const found = new Map<string, RunFiles>();
    for (const start of paths) {
      if (!existsSync(start)) {
        const message = l10n.t('There is nothing at "{0}". Give a folder or file with training logs.', start);
        if (paths.length === 1) throw new HeadlightError('NoRuns', message);
        problems.push({ path: start, message });
        continue;
      }
      const search = searchRuns(start);
      problems.push(...search.problems);
      for (const run of search.runs) found.set(`${run.format} ${run.path}`, run);
    }
    const runs: Run[] = [];
    for (const [index, run] of [...found.values()].entries()) {
      const part = (fraction: number): number => (index + fraction) / found.size;
      const progress: CallContext['progress'] = ({ fraction = 0 }) =>
        context.progress({ message: run.name, fraction: part(fraction) });
      runs.push(await this.readRun(run, { ...context, progress }));
      throwIfCancelled(context.signal);
    }
    if (runs.length === 0) throw nothingFound(paths, problems);
    const readings = [...found.values()].map(({ files }) => files.map((file) => this.readings.get(file)));
    const version = JSON.stringify([[...found.keys()], readings, problems, runs.map((run) => run.problems)]);
    return { runs, problems, version };
  }

  private async readRun(files: RunFiles, context: CallContext): Promise<Run> {
    const { name, path: root, format, modified, logFormat } = files;
    const problems: RunProblem[] = [];
    const sources = [];
    for (const file of files.files) {
      let reader = this.readers.get(file);
      if (!reader) this.readers.set(file, (reader = logFormat.open(file)));
      try {
        if (await reader.read(context)) this.readings.set(file, (this.readings.get(file) ?? 0) + 1);
      } catch (error) {
        throwIfCancelled(context.signal);
        problems.push({ path: file, message: messageOfFile(error) });
      }
      sources.push({ data: reader.data, prefix: logFormat.prefix?.(file) ?? '' });
    }
    const data = sources.map((source) => source.data);
    const parts = sources.flatMap((source) =>
      source.data.series.map((series) => ({ ...series, tag: source.prefix + series.tag })),
    );
    // Each state of the Trainer holds its history from the start; other writers begin another file for what comes next.
    const series = format === 'trainerState' ? unionSeries(parts) : mergeSeries(parts);
    return {
      name,
      path: root,
      format,
      hyperparameters: Object.assign({}, ...data.map(({ hyperparameters }) => hyperparameters)),
      series,
      texts: data.flatMap(({ texts }) => texts),
      best: data.reduce<Run['best']>(
        (best, each) => (each.best && (!best || each.best.step > best.step) ? each.best : best),
        null,
      ),
      modified,
      problems: [...problems, ...data.flatMap((each) => each.problems)],
    };
  }
}

function nothingFound(paths: string[], problems: RunProblem[]): HeadlightError {
  const [problem] = problems;
  if (problem) return new HeadlightError('NoRuns', `${problem.path}: ${problem.message}`);
  return new HeadlightError(
    'NoRuns',
    l10n.t(
      'No training logs are found in {0}. Headlight reads trainer_state.json, TensorBoard event files, CSV and JSON lines with steps, MLflow and VisualDL.',
      paths.map((each) => path.basename(each)).join(', '),
    ),
  );
}
