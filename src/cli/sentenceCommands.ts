import type { EngineClient } from '../client/engineClient';
import { HeadlightError } from '../core/errors';
import {
  answersText,
  classesText,
  occlusionText,
  pairText,
  similarityText,
  tagsText,
} from '../core/sentencesText';
import type { Options } from './options';
import type { Answer } from './answer';

export async function pairCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair }: Options,
): Promise<Answer> {
  if (pair === undefined) throw new HeadlightError('WrongUsage', 'Give the second text with --pair.');
  const result = await engine.request('pair', { model, text, pair });
  return { json: result, text: pairText(result) };
}

export async function classifyCommand(
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
): Promise<Answer> {
  const result = await engine.request('classes', {
    ...{ model, text, pair: values.pair },
    byLine: values['by-line'],
  });
  const cut = result.rows.some((row) => row.cut);
  const notice = cut ? `A text is longer than ${result.model} reads: its beginning was read.` : undefined;
  return { json: result, text: classesText(result, text), notice };
}

export async function whyCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, label, drop }: Options,
): Promise<Answer> {
  const question = { model, text, pair, way: drop ? 'drop' : 'mask' } as const;
  const { rows } = await engine.request('classes', { model, text, pair });
  const labels = rows[0]!.scores;
  const output = label === undefined ? undefined : labels.find((each) => each.label === label)?.id;
  if (label !== undefined && output === undefined) {
    const known = labels.map((each) => each.label).join(', ');
    throw new HeadlightError('WrongUsage', `--label takes one of: ${known}.`);
  }
  const result = await engine.request('occlusion', { ...question, output });
  const notice = result.cut
    ? `The text is longer than ${result.model} reads: its beginning was read.`
    : undefined;
  return { json: result, text: occlusionText(result, [text, pair ?? '']), notice };
}

export async function tagCommand(engine: EngineClient, model: string, text: string): Promise<Answer> {
  const result = await engine.request('tags', { model, text });
  return { json: result, text: tagsText(result, text) };
}

export async function answerCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { question, ...values }: Options,
): Promise<Answer> {
  if (!question) throw new HeadlightError('WrongUsage', 'Give the question with --question.');
  const count = Number(values['top-k']);
  const result = await engine.request('answers', { model, question, text, count });
  return { json: result, text: answersText(result) };
}

export async function similarCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair }: Options,
): Promise<Answer> {
  const result = await engine.request('similarity', { model, text, pair });
  return { json: result, text: similarityText(result) };
}
