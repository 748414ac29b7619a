import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { EngineClient } from '../client/engineClient';
import { embeddedModels, explained, firstThatAnswers, locateModel } from '../client/models';
import { coverageText, maskFileText, restoredText } from '../core/dataText';
import { HeadlightError, messageOf, toHeadlightError } from '../core/errors';
import { policies } from '../core/masking/masking';
import type { EngineRequests } from '../protocol/engine';
import type { QuestionKind } from '../protocol/models';
import type { MappingMethod } from '../protocol/mapping';
import type { EntitySource, PairTask } from '../protocol/masking';
import { questionKindOf, type RowQuestion } from '../protocol/files';
import type { Answer } from './answer';
import { wholeNumber, type Options } from './options';

const pairTasks = new Map<string, PairTask>([
  ['nsp', 'nextSentence'],
  ['sop', 'sentenceOrder'],
]);

export async function maskCommand(
  engine: EngineClient,
  extensionRoot: string,
  positionals: string[],
  values: Options,
): Promise<Answer> {
  const [file] = expectFiles(positionals, 1);
  const { rate } = values;
  const policy = policies.find((each) => each === values.policy);
  if (!policy) throw wrong(`--policy takes one of: ${policies.join(', ')}.`);
  const share = Number(rate) / 100;
  if (!(share > 0 && share < 1)) throw wrong('--rate takes a number above 0 and below 100.');
  const task = values.pairs === undefined ? undefined : pairTasks.get(values.pairs);
  if (values.pairs !== undefined && !task) throw wrong('--pairs takes nsp or sop.');
  const result = await ask(engine, 'maskFile', {
    model: await modelFor(engine, extensionRoot, values.model, 'maskedWords'),
    source: { file: path.resolve(file!) },
    output: outputOf(values),
    policy,
    rate: share,
    seed: seedOf(values),
    epochs: wholeNumber('epochs', values.epochs, 1, 100),
    entities: policy === 'entity' ? await entitiesOf(engine, extensionRoot, values) : { words: [] },
    pairs: task,
  });
  return { json: result, text: maskFileText(result, share) };
}

export async function fileCommand(
  engine: EngineClient,
  extensionRoot: string,
  positionals: string[],
  values: Options,
): Promise<Answer> {
  const [file] = expectFiles(positionals, 1);
  const kinds = Object.keys(questionKindOf) as RowQuestion[];
  const kind = kinds.find((each) => each === values.ask);
  if (!kind) throw wrong(`--ask takes one of: ${kinds.join(', ')}.`);
  const asked = questionKindOf[kind];
  const result = await ask(engine, 'answerFile', {
    model: await modelFor(engine, extensionRoot, values.model, asked),
    ...{ kind, file: path.resolve(file!), column: values.column ?? null, output: outputOf(values) },
  }).catch(async (error: unknown) => {
    throw await explained(error, engine, embeddedModels(extensionRoot), asked);
  });
  const { rows, resumed } = result;
  const text = `${result.output}: ${rows} rows${resumed > 0 ? `, ${resumed} of them from before` : ''}`;
  return { json: result, text };
}

export async function mapCommand(
  engine: EngineClient,
  extensionRoot: string,
  [action = '', ...rest]: string[],
  values: Options,
): Promise<Answer> {
  if (!['make', 'apply', 'reverse'].includes(action))
    throw wrong('Say what to do: map make, apply or reverse.');
  const [file] = expectFiles(rest, 1);
  const [input, output] = [path.resolve(file!), outputOf(values)];
  if (action === 'make') {
    const { corpus } = values;
    const method: MappingMethod =
      corpus === undefined
        ? { by: 'random', seed: seedOf(values) }
        : { by: 'frequency', corpus: path.resolve(corpus) };
    const model = await modelFor(engine, extensionRoot, values.model, 'maskedWords');
    const made = await ask(engine, 'makeMapping', { model, input, output, method });
    return { json: made, text: coverageText(made) };
  }
  if (values.mapping === undefined) throw wrong('Give the mapping with --mapping.');
  const mapping = path.resolve(values.mapping);
  const reverse = action === 'reverse';
  const result = await ask(engine, 'applyMapping', { mapping, input, output, reverse });
  return { json: result, text: reverse ? restoredText(result) : coverageText(result) };
}

/** Asks for long work: says how far it is, and Ctrl+C ends it with nothing left behind. */
async function ask<Name extends 'answerFile' | 'maskFile' | 'makeMapping' | 'applyMapping'>(
  engine: EngineClient,
  name: Name,
  params: EngineRequests[Name]['params'],
): Promise<EngineRequests[Name]['result']> {
  const run = new AbortController();
  process.once('SIGINT', () => run.abort());
  let told = 0;
  try {
    return await engine.request(name, params, {
      signal: run.signal,
      onProgress({ message, fraction = 0 }) {
        const tenth = Math.floor(fraction * 10);
        if (tenth > told) process.stderr.write(`${message} ${tenth * 10} %\n`);
        told = Math.max(told, tenth);
      },
    });
  } catch (error) {
    // An engine that answers has taken away what it wrote by half.
    if (toHeadlightError(error).code === 'Cancelled') await engine.request('ping', null);
    throw error;
  }
}

async function modelFor(
  engine: EngineClient,
  extensionRoot: string,
  named: string | undefined,
  kind: QuestionKind,
): Promise<string> {
  return named
    ? locateModel(named, extensionRoot)
    : firstThatAnswers(engine, embeddedModels(extensionRoot), kind);
}

async function entitiesOf(
  engine: EngineClient,
  extensionRoot: string,
  values: Options,
): Promise<EntitySource> {
  const { entities, tagger } = values;
  if (entities === undefined) return { tagger: await modelFor(engine, extensionRoot, tagger, 'tags') };
  try {
    return {
      words: readFileSync(entities, 'utf8')
        .replace(/^\ufeff/, '')
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean),
    };
  } catch (error) {
    throw new HeadlightError(
      'FileUnusable',
      `${entities} cannot be read: ${messageOf(error)}. Name another with --entities.`,
    );
  }
}

function seedOf({ seed }: Options): number {
  return wholeNumber('seed', seed, 0, 2 ** 32 - 1);
}

function outputOf({ out }: Options): string {
  if (out === undefined) throw wrong('Name the file to write with --out.');
  return path.resolve(out);
}

function expectFiles(positionals: string[], count: number): string[] {
  if (positionals.length === count) return positionals;
  throw wrong('Give one FILE.');
}

function wrong(message: string): HeadlightError {
  return new HeadlightError('WrongUsage', message);
}
