import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../core/errors';
import { throwIfCancelled, type CallContext } from '../core/rpc';
import type { FoundRun, Run, RunFormat, RunProblem, RunSummary, RunsResult } from '../protocol/runs';
import type { LogReader, ReadOptions } from './formats/format';
import type { LogData } from './logData';
import { byTag, mergeSeries, unionSeries } from './merge';
import { messageOfFile, searchRuns, type RunFiles } from './search';
import { summaryOf } from './summary';

/** A file that is read on and on. */
class OpenLog {
  /** Names the reading that last found something new: a log that is opened anew never has an old name. */
  reading = '';
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly reader: LogReader) {}

  get data(): LogData {
    return this.reader.data;
  }

  get runs(): ReadonlyMap<string, LogData> | undefined {
    return this.reader.runs;
  }

  /** Reads what is new, one reading after the other whoever asks: two at once would take the same records twice. */
  read(context: CallContext): Promise<void> {
    const own = this.turn.then(async () => {
      if (await this.reader.read(context)) this.reading = randomUUID();
    });
    this.turn = own.catch(() => {});
    return own;
  }
}

/** A run with what was read of it. */
interface ReadRun {
  files: RunFiles;
  logs: OpenLog[];
  problems: RunProblem[];
}

/** Lists of paths whose logs are kept, the latest asked for: a panel asks on only while it is visible. */
const mostKept = 8;

/**
 * Reads runs, and keeps what it read so that the next reading takes only what was added. What is kept is let go when
 * its paths are released, or when those of others were asked for since.
 */
export class RunStore {
  private readonly logs = new Map<string, OpenLog>();
  /** The files of each list of paths, the one asked for last at the end. */
  private readonly kept = new Map<string, string[]>();
  /** The files of the runs that were found, by format and path. */
  private readonly found = new Map<string, RunFiles>();

  constructor(private readonly options: ReadOptions = { checkData: false }) {}

  /** The runs below some folders, without reading them through. */
  find(folders: string[]): FoundRun[] {
    const runs = folders.filter((folder) => existsSync(folder)).flatMap((folder) => searchRuns(folder).runs);
    for (const run of runs) this.found.set(`${run.format} ${run.path}`, run);
    return runs.map(({ name, path: root, format, modified }) => ({ name, path: root, format, modified }));
  }

  /** What a run that was found has come to; null when its files are gone. What is read for it is not kept. */
  async summarise(root: string, format: RunFormat, context: CallContext): Promise<RunSummary | null> {
    const run = this.found.get(`${format} ${root}`);
    if (!run || !run.files.every((file) => existsSync(file))) return null;
    const read = async (): Promise<Run[]> => {
      const logs = run.files.map((file) => new OpenLog(run.logFormat.open(file, this.options)));
      for (const log of logs) await log.read(context);
      return runsOf({ files: run, logs, problems: [] });
    };
    return summaryOf(run, read, context);
  }

  /**
   * Reads all runs of some files and folders.
   * @param known the version that the asker has: when nothing is new since, no runs are given, and the same version.
   * @throws HeadlightError `NoRuns` when a path is not there or no log is found.
   */
  async read(
    paths: string[],
    context: CallContext,
    known?: string,
  ): Promise<RunsResult & { version: string }> {
    const { found, problems } = search(paths);
    if (found.length === 0) throw nothingFound(paths, problems);
    this.keep(
      paths,
      found.flatMap(({ files }) => files),
    );
    const read: ReadRun[] = [];
    for (const [index, files] of found.entries()) {
      const progress: CallContext['progress'] = ({ fraction = 0 }) =>
        context.progress({ message: files.name, fraction: (index + fraction) / found.length });
      read.push(await this.readFiles(files, { ...context, progress }));
    }
    throwIfCancelled(context.signal);
    const version = JSON.stringify([
      problems,
      read.map((run) => [
        ...[run.files.format, run.files.path, run.problems],
        run.logs.map(({ reading }) => reading),
      ]),
    ]);
    return { runs: version === known ? [] : read.flatMap(runsOf), problems, version };
  }

  /** Lets go of what was read of some paths, as far as nobody else who asked for it is left. */
  release(paths: string[]): void {
    this.kept.delete(keyOf(paths));
    const used = new Set([...this.kept.values()].flat());
    for (const file of this.logs.keys()) if (!used.has(file)) this.logs.delete(file);
  }

  /** Notes which files some paths stand for, and lets go of what was asked for longest ago when it is too much. */
  private keep(paths: string[], files: string[]): void {
    this.kept.delete(keyOf(paths));
    this.kept.set(keyOf(paths), files);
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept) this.release(JSON.parse(oldest!) as string[]);
  }

  /** Reads what is new in the files of a run. */
  private async readFiles(files: RunFiles, context: CallContext): Promise<ReadRun> {
    const read: ReadRun = { files, logs: [], problems: [] };
    for (const file of files.files) {
      throwIfCancelled(context.signal);
      let log = this.logs.get(file);
      if (!log) this.logs.set(file, (log = new OpenLog(files.logFormat.open(file, this.options))));
      read.logs.push(log);
      try {
        await log.read(context);
      } catch (error) {
        throwIfCancelled(context.signal);
        read.problems.push({ path: file, message: messageOfFile(error) });
      }
    }
    return read;
  }
}

/** The runs of what was read: one, or those that its file holds. */
function runsOf(read: ReadRun): Run[] {
  const several = read.logs[0]?.runs;
  if (!several) return [runOf(read)];
  const { name, path: file } = read.files;
  if (several.size === 0) return [runOf(read)];
  // Names of an untrusted database are no parts of a path.
  return [...several].map(([own, data]) => ({
    ...runOf({ ...read, logs: [{ data }] }),
    name: `${name}/${own}`,
    path: `${file}${path.sep}${encodeURIComponent(own)}`,
  }));
}

/** A run, of what its files have told so far. */
function runOf({
  files: { name, path: root, format, modified, logFormat, files },
  logs,
  problems,
}: Omit<ReadRun, 'logs'> & { logs: { data: LogData }[] }): Run {
  const data = logs.map((log) => log.data);
  const tagged = <Part extends { tag: string }>(partsOf: (log: LogData) => Part[]): Part[] =>
    data.flatMap((log, index) => {
      const prefix = logFormat.prefix?.(files[index]!) ?? '';
      return partsOf(log).map((part) => ({ ...part, tag: prefix + part.tag }));
    });
  const parts = tagged(({ series }) => series);
  // Each state of the Trainer holds its history from the start; other writers begin another file for what comes next.
  const series = format === 'trainerState' ? unionSeries(parts) : mergeSeries(parts);
  return {
    name,
    path: root,
    format,
    hyperparameters: Object.assign({}, ...data.map(({ hyperparameters }) => hyperparameters)),
    series,
    texts: data.flatMap(({ texts }) => texts),
    histograms: [...byTag(tagged(({ histograms }) => histograms))].map(([tag, same]) => ({
      tag,
      points: same.flatMap(({ points }) => points),
    })),
    images: [...byTag(tagged(({ images }) => images))].map(([tag, same]) => ({
      tag,
      steps: same.flatMap(({ steps }) => steps),
    })),
    best: data.reduce<Run['best']>(
      (best, each) => (each.best && (!best || each.best.step > best.step) ? each.best : best),
      null,
    ),
    modified,
    problems: [...problems, ...data.flatMap((each) => each.problems)],
  };
}

const keyOf = (paths: string[]): string => JSON.stringify(paths);

/** The runs of some paths, each once. @throws HeadlightError `NoRuns` when the only path is not there. */
function search(paths: string[]): { found: RunFiles[]; problems: RunProblem[] } {
  const problems: RunProblem[] = [];
  const found = new Map<string, RunFiles>();
  for (const start of paths) {
    if (!existsSync(start)) {
      const message = l10n.t('There is nothing at "{0}". Give a folder or file with training logs.', start);
      if (paths.length === 1) throw new HeadlightError('NoRuns', message);
      problems.push({ path: start, message });
      continue;
    }
    const below = searchRuns(start);
    problems.push(...below.problems);
    for (const run of below.runs) found.set(`${run.format} ${run.path}`, run);
  }
  return { found: [...found.values()], problems };
}

function nothingFound(paths: string[], problems: RunProblem[]): HeadlightError {
  const [problem] = problems;
  if (problem) return new HeadlightError('NoRuns', `${problem.path}: ${problem.message}`);
  return new HeadlightError(
    'NoRuns',
    l10n.t(
      'No training logs are found in {0}. Headlight reads trainer_state.json, TensorBoard event files, CSV and JSON lines with steps, MLflow, VisualDL and Trackio.',
      paths.map((each) => path.basename(each)).join(', '),
    ),
  );
}
