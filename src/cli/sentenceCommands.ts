import type { EngineClient } from '../client/engineClient';
import { HeadlightError } from '../core/errors';
import {
  answersText,
  classesText,
  knockOutText,
  occlusionText,
  pairText,
  similarityText,
  tagsText,
} from '../core/sentencesText';
import type { TextQuestion } from '../protocol/inspections';
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
  { pair, label, drop, heads }: Options,
): Promise<Answer> {
  const output = label === undefined ? undefined : await outputOf(engine, { model, text, pair }, label);
  const question = { model, text, pair, output };
  const result = heads
    ? await engine.request('knockOut', question)
    : await engine.request('occlusion', { ...question, way: drop ? 'drop' : 'mask' });
  const notice = result.cut
    ? `The text is longer than ${result.model} reads: its beginning was read.`
    : undefined;
  const shown = 'words' in result ? occlusionText(result, [text, pair ?? '']) : knockOutText(result);
  return { json: result, text: shown, notice };
}

/** The index of a label among the outputs of the head that judges a text or pair. */
async function outputOf(engine: EngineClient, question: TextQuestion, label: string): Promise<number> {
  const scores =
    question.pair === undefined
      ? (await engine.request('classes', question)).rows[0]!.scores
      : (await engine.request('pair', question)).scores;
  const found = scores.find((each) => each.label === label);
  if (found) return found.id;
  const known = scores.map((each) => each.label).join(', ');
  throw new HeadlightError('WrongUsage', `--label takes one of: ${known}.`);
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
