import * as l10n from '@vscode/l10n';
import { findMaskMarks } from '../core/maskMarks';
import { toHeadlightError } from '../core/errors';
import type { Caller, CallOptions } from '../core/rpc';
import type { BothSides, ComparisonResult, Side } from '../protocol/comparison';
import type { EngineRequests } from '../protocol/engine';
import type { TextQuestion } from '../protocol/inspections';
import type { QuestionKind } from '../protocol/models';
import { askTokens } from './tokens';

/** Predictions that are compared of each mask. */
const topK = 10;

/** Tokens that are compared; of a longer text the first. */
const mostTokens = 1024;

/**
 * Two models on one text or pair: their tokens, and whatever heads either of them has. Why one cannot answer stands
 * beside what the other says.
 * @throws HeadlightError `Cancelled`, or what is wrong with a model's files.
 */
export async function compareModels(
  engine: Caller<EngineRequests>,
  models: readonly [string, string],
  text: Omit<TextQuestion, 'model'>,
  options: CallOptions,
): Promise<ComparisonResult> {
  const facts = [
    await engine.request('facts', { model: models[0] }, options),
    await engine.request('facts', { model: models[1] }, options),
  ] as const;
  const of = async <Result>(
    kind: QuestionKind,
    ask: (question: TextQuestion) => Promise<Result>,
  ): Promise<BothSides<Result> | null> => {
    if (!facts.some(({ answers }) => answers.includes(kind))) return null;
    const side = (model: string): Promise<Side<Result>> => sideOf(() => ask({ ...text, model }));
    return [await side(models[0]), await side(models[1])];
  };
  const hasMask = findMaskMarks(text.text + (text.pair ?? '')).length > 0;
  const tokens = await of('tokens', (question) =>
    askTokens(engine, { ...question, most: mostTokens }, options),
  );
  const noTokens: Side<never> = { result: null, problem: l10n.t('The model has no tokenizer.') };
  return {
    models: [facts[0].model, facts[1].model],
    tokens: tokens ?? [noTokens, noTokens],
    masked: hasMask
      ? await of('maskedWords', (question) => engine.request('fill', { ...question, topK }, options))
      : null,
    pair:
      text.pair === undefined
        ? null
        : await of('pair', (question) => engine.request('pair', question, options)),
    classes:
      text.pair === undefined
        ? await of('classes', (question) => engine.request('classes', question, options))
        : null,
    tags:
      text.pair === undefined
        ? await of('tags', (question) => engine.request('tags', question, options))
        : null,
  };
}

async function sideOf<Result>(ask: () => Promise<Result>): Promise<Side<Result>> {
  try {
    return { result: await ask(), problem: null };
  } catch (thrown) {
    const error = toHeadlightError(thrown);
    if (error.code === 'Cancelled') throw error;
    return { result: null, problem: error.message };
  }
}
