import * as l10n from '@vscode/l10n';
import { distributionOf } from '../../core/distribution';
import { maskPattern, policies, unitsFor, type MaskVocabulary } from '../../core/masking/masking';
import { randomFor } from '../../core/masking/random';
import { isMaskable, isSpecialName, type RangesOfTexts, wordFinder } from '../../core/masking/units';
import type { CallContext } from '../../core/rpc';
import type { EncodedToken, TextRange } from '../../protocol/encoding';
import type {
  EntitySource,
  JudgedPattern,
  MaskingPolicy,
  MaskingQuestion,
  MaskingResult,
  MaskPattern,
} from '../../protocol/masking';
import { maskedLogits } from '../maskedRuns';
import type { Model, ModelStore } from '../models/store';
import type { ModelSession, SessionCache } from '../sessions';
import { readText } from './longText';
import { tags } from './tags';
import { requireMask, withId } from './vocabulary';

/**
 * One text under the patterns of masked-language-model training: by every policy, for every epoch, and what the model
 * loses on each.
 * @throws HeadlightError `NoMlmHead`, `NoTokens`, and as `readText` and, with a model for entities, `tags`.
 */
export async function masking(
  models: ModelStore,
  sessions: SessionCache,
  question: MaskingQuestion,
  context: CallContext,
): Promise<MaskingResult> {
  const model = models.open(question.model);
  const vocabulary = maskVocabularyOf(model);
  const { tokens, window, tokenCount } = await readText(model, question);
  const texts = [question.text, question.pair ?? ''];
  const entities = await entitiesOf(models, sessions, question, context);
  context.progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'none');
  const patterns: Partial<Record<MaskingPolicy, JudgedPattern[]>> = {};
  for (const [at, policy] of policies.entries()) {
    const message = l10n.t('Masking by policy {0} of {1}…', at + 1, policies.length);
    context.progress({ message, fraction: at / policies.length });
    const units = unitsFor(policy, tokens, texts, entities);
    const drawn = Array.from({ length: question.epochs }, (_, epoch) =>
      maskPattern(
        tokens,
        { policy, rate: question.rate, units },
        vocabulary,
        randomFor(question.seed, epoch, 0),
      ),
    );
    const losses = await lossesOf(model, session, tokens, drawn, context.signal);
    patterns[policy] = drawn.map((pattern, epoch) => ({ ...pattern, loss: losses[epoch]! }));
  }
  return {
    ...{ model: model.name, tokens, tokenCount, window, maximumLength: model.maximumLength },
    maskable: tokens.filter(isMaskable).length,
    patterns: patterns as Record<MaskingPolicy, JudgedPattern[]>,
    vocabulary: wordsOf(model, Object.values(patterns).flat()),
  };
}

/**
 * The model's cross-entropy on each pattern: the mean of -ln p(original token) over the masked tokens, as in training;
 * null where nothing is masked.
 */
export async function lossesOf(
  model: Model,
  session: ModelSession,
  tokens: EncodedToken[],
  patterns: readonly MaskPattern[],
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const asked = patterns.filter(({ masked }) => masked.length > 0);
  const runs = asked.map(({ masked }) => {
    const read = [...tokens];
    for (const { position, id } of masked) read[position] = withId(tokens[position]!, id);
    return { tokens: read, positions: masked.map(({ position }) => position) };
  });
  const losses = new Map<MaskPattern, number>();
  for await (const rows of maskedLogits(model, session, runs, signal)) {
    const pattern = asked[losses.size]!;
    const sum = pattern.masked.reduce(
      (all, { position }, at) => all - distributionOf(rows[at]!).logProbability(tokens[position]!.id),
      0,
    );
    losses.set(pattern, sum / pattern.masked.length);
  }
  return patterns.map((pattern) => losses.get(pattern) ?? null);
}

/** What a model found last, and in which texts: another rate or seed asks about the same ones. */
const taggedLast = new WeakMap<Model, { texts: string; entities: RangesOfTexts }>();

async function entitiesOf(
  models: ModelStore,
  sessions: SessionCache,
  question: MaskingQuestion,
  context: CallContext,
): Promise<RangesOfTexts> {
  const { text, pair = '', entities: source } = question;
  const find = entityFinder(models, sessions, question, context);
  if ('words' in source) return [await find(text), await find(pair)];
  const tagger = models.open(source.tagger);
  const texts = JSON.stringify([text, pair]);
  const before = taggedLast.get(tagger);
  if (before?.texts === texts) return before.entities;
  const entities: RangesOfTexts = [await find(text), await find(pair)];
  taggedLast.set(tagger, { texts, entities });
  return entities;
}

/** What finds entities in a text: the words of a list, or a model that tags them. */
export function entityFinder(
  models: ModelStore,
  sessions: SessionCache,
  { entities }: { entities: EntitySource },
  context: CallContext,
): (text: string) => Promise<TextRange[]> {
  if ('words' in entities) {
    const find = wordFinder(entities.words);
    return (text) => Promise.resolve(find(text));
  }
  const { tagger } = entities;
  return async (text) => {
    if (text.trim() === '') return [];
    const { spans } = await tags(models.open(tagger), sessions, { model: tagger, text }, context);
    return spans;
  };
}

const known = new WeakMap<Model, MaskVocabulary>();

/** The mask token and what may stand in its place. @throws HeadlightError `NoMlmHead`. */
export function maskVocabularyOf(model: Model): MaskVocabulary {
  const before = known.get(model);
  if (before) return before;
  const { id: maskId } = requireMask(model);
  const entries = Object.entries(model.tokenizer.native.getVocab(true));
  const randomIds = entries
    .flatMap(([token, id]) => (isSpecialName(token) ? [] : [id]))
    .sort((a, b) => a - b);
  const vocabulary = { maskId, randomIds };
  known.set(model, vocabulary);
  return vocabulary;
}

function wordsOf(model: Model, patterns: JudgedPattern[]): Record<number, string> {
  const random = patterns.flatMap(({ masked }) => masked.filter(({ action }) => action === 'random'));
  return Object.fromEntries(random.map(({ id }) => [id, model.tokenizer.native.idToToken(id) ?? String(id)]));
}
