import path from 'node:path';
import { RunsClient } from '../client/runsClient';
import { HeadlightError } from '../core/errors';
import type { Run, RunsResult } from '../protocol/runs';
import { runsText } from '../core/plainText';
import type { Options } from './options';
import { print } from './answer';

/** Needs no engine: logs are read by a reader of their own. */
export async function runsCommand(positionals: string[], values: Options): Promise<void> {
  const [given] = positionals;
  if (given === undefined || positionals.length > 1) {
    throw new HeadlightError('WrongUsage', 'Give one PATH, a folder or a log file.');
  }
  const reader = new RunsClient(path.join(__dirname, 'runs.js'));
  try {
    const result = await reader.request('read', { paths: [path.resolve(given)] });
    await print({ json: runsJson(result), text: runsText(result) }, values);
  } finally {
    await reader.dispose();
  }
}

/** Series by series: ten million points are more than one string can hold. */
async function* runsJson({ runs, problems }: RunsResult): AsyncGenerator<string> {
  yield '{"runs":[';
  for (const [index, run] of runs.entries()) {
    const { name, path: at, format, hyperparameters } = run;
    const header = JSON.stringify({ name, path: at, format, hyperparameters });
    yield `${index === 0 ? '' : ','}${header.slice(0, -1)},"series":[`;
    for (const [number, { tag, steps, values, wallTimes }] of run.series.entries()) {
      yield `${number === 0 ? '' : ','}{"tag":${JSON.stringify(tag)},"steps":[`;
      yield* numbersJson(steps);
      yield '],"values":[';
      yield* numbersJson(values);
      yield '],"wallTimes":[';
      yield* numbersJson(wallTimes);
      yield ']}';
    }
    yield ']}';
  }
  yield `],"problems":${JSON.stringify([...problems, ...runs.flatMap((run: Run) => run.problems)])}}`;
}

function* numbersJson(numbers: Float64Array): Generator<string> {
  for (let start = 0; start < numbers.length; start += 10_000) {
    const part = Array.from(numbers.subarray(start, start + 10_000), (number) =>
      Number.isFinite(number) ? String(number) : `"${number}"`,
    );
    yield (start === 0 ? '' : ',') + part.join(',');
  }
}
