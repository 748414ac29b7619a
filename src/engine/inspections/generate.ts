import * as l10n from '@vscode/l10n';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { EncodedToken } from '../../protocol/encoding';
import type { Generated, GenerateQuestion, GenerateResult } from '../../protocol/generation';
import { readToGenerate } from '../generation/generator';
import { idsOf, meanLogProbability, search, type Hypothesis } from '../generation/search';
import { spell } from '../generation/spelling';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { hearCancellation } from '../turns';
import { requireWithin } from './requireWithin';
import { wordOf } from './vocabulary';

const mostBeams = 8;
const mostTokens = 512;

/** The most tokens that are generated when nobody says how many. */
const usualLength = 64;

/** A result, and each hypothesis as the decoder reads it: of a target its start token first, without the end. */
export interface GeneratedInputs {
  result: GenerateResult;
  inputs: EncodedToken[][];
}

/**
 * Generates text: a decoder goes on with it, an encoder and a decoder make another of it. What is written so far is
 * told as progress after each step.
 * @throws HeadlightError `NoHead`, `InputsUnsupported`, `NoTokens`, `ConfigInvalid`, `WrongUsage` for numbers that are out
 * of range.
 */
export async function generate(
  model: Model,
  sessions: SessionCache,
  question: GenerateQuestion,
  context: CallContext,
): Promise<GenerateResult> {
  return (await generateInputs(model, sessions, question, context)).result;
}

/** The same, with what the decoder would read of each generated text. */
export async function generateInputs(
  model: Model,
  sessions: SessionCache,
  { text, topK, ...wanted }: GenerateQuestion,
  { signal, progress }: CallContext,
): Promise<GeneratedInputs> {
  const { config } = model;
  const beams = wanted.beams ?? Math.min(config.beams ?? 1, mostBeams);
  const length = wanted.length ?? Math.min(config.newTokens ?? usualLength, mostTokens);
  requireWithin('beams', beams, mostBeams);
  requireWithin('length', length, mostTokens);
  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const generator = await readToGenerate(model, sessions, text, length);
  const { tokenizer } = model;
  const ends = endTokens(model);
  const most = Math.min(length, generator.room);
  const written = (ids: readonly number[]): Promise<string> =>
    spell(ids, generator.before?.id ?? null, tokenizer);
  const hypotheses = await search(
    async (ids) => {
      await hearCancellation(signal);
      return without(model.config.badTokens, await generator.next(ids));
    },
    { beams, length: most, ends, topK },
    async (ids) =>
      progress({
        message: l10n.t('Generated {0} of at most {1} tokens…', ids.length, most),
        fraction: ids.length / most,
        text: await written(ids),
      }),
  );
  const contentOf = (hypothesis: Hypothesis): number[] =>
    idsOf(hypothesis).slice(0, hypothesis.ended ? -1 : undefined);
  const generated = hypotheses.map(async (hypothesis): Promise<Generated> => ({
    text: await written(contentOf(hypothesis)),
    tokens: hypothesis.steps.map(({ id, choices, ...standing }) => ({
      ...{ ...standing, id, token: wordOf(id, tokenizer).token },
      predictions: choices.map(({ index, probability }) => ({ ...wordOf(index, tokenizer), probability })),
    })),
    score: meanLogProbability(hypothesis),
    ended: hypothesis.ended,
  }));
  const { kind, tokens, cut, gap, inputOf } = generator;
  return {
    result: { model: model.name, kind, tokens, cut, gap, beams, generated: await Promise.all(generated) },
    inputs: hypotheses.map((hypothesis) => inputOf(contentOf(hypothesis))),
  };
}

/** Logits that leave some tokens no probability, such as Marian's padding. */
function without(tokens: readonly number[], logits: Float32Array): Float32Array {
  if (tokens.length === 0) return logits;
  const allowed = logits.slice();
  for (const id of tokens) allowed[id] = -Infinity;
  return allowed;
}

/** What config.json says that ends a text; else the tokens that usually do. */
function endTokens({ config, tokenizer }: Model): number[] {
  if (config.endTokens.length > 0) return [...config.endTokens];
  return ['</s>', '[SEP]', '<|endoftext|>'].flatMap((token) => tokenizer.native.tokenToId(token) ?? []);
}
