import { compareModels } from '../client/compareModels';
import { askTokens, compareTokens } from '../client/tokens';
import { everyToken, oneHead } from '../core/attention/units';
import type { CallOptions } from '../core/rpc';
import { tokenWindows } from '../core/windows';
import type { HeadIndex, StackShape } from '../protocol/attention';
import type { ComparisonResult } from '../protocol/comparison';
import type { EncodedToken } from '../protocol/encoding';

import { questionKindOf, type FileQuestion, type FileResult } from '../protocol/files';
import type { GenerateQuestion, GenerateResult } from '../protocol/generation';
import type {
  FillResult,
  TokensComparison,
  TokensResult,
  TokenWindow,
  Window,
} from '../protocol/inspections';
import type { ModelFacts, QuestionKind } from '../protocol/models';
import type {
  AnswersResult,
  ClassesResult,
  KnockOutResult,
  OcclusionResult,
  OcclusionWay,
  PairResult,
  SimilarityResult,
  TagsResult,
} from '../protocol/sentences';
import type { InputResult } from '../protocol/tensor';
import type { JointResult, ScoreResult, WordResult } from '../protocol/words';
import type { ModelEntry } from './services/models';
import type { Services } from './services/services';
import { setting } from './services/settings';

/** What may be said beside every question. */
export interface ModelOptions extends CallOptions {
  /** A model folder or an `.onnx` file, absolute; the current model for the question when absent. */
  model?: string;
}

/** What may be said beside a text. */
export interface TextOptions extends ModelOptions {
  /** The second text of a pair. */
  pair?: string;
}

export interface TokensOptions extends TextOptions {
  /** Tokens that a window of a long text shares with the one before; 0 when absent. */
  stride?: number;
}

export interface FillOptions extends TextOptions {
  /** How many predictions for each mask; the user's setting when absent. */
  topK?: number;
}

export interface JointOptions extends TextOptions {
  /** Hypotheses that the search keeps, 1 to 20; 5 when absent. */
  beams?: number;
}

export interface ScoreOptions extends TextOptions {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
}

/** What is asked of a file; the current model for the question when none is named. */
export type FileQuestionOptions = Omit<FileQuestion, 'model'> & Pick<ModelOptions, 'model'>;

/** What a model attends to in a text. */
export interface Attention {
  model: string;
  /** What the model read. */
  tokens: EncodedToken[];
  /** The part of a long text that was read; null when the model read all of it. */
  window: Window | null;
  layers: number;
  heads: number;
  /** Softmax weights `[query][key]` of one head, row by row; rejects once newer runs took the memory. */
  weights(index: HeadIndex): Promise<Float32Array>;
}

/**
 * What other extensions can ask of Headlight: `extensions.getExtension<HeadlightApi>('headlight.headlight')`.
 * Every call rejects with an Error whose `code` says what went wrong and whose message says what to do.
 */
export interface HeadlightApi {
  /** The tokens of a text as a model reads them, each with its range in the text, and the windows of a long text. */
  tokens(text: string, options?: TokensOptions): Promise<TokensResult & { windows: TokenWindow[] }>;
  /** The tokens of a text as two models read them, aligned on the text. @param other a model folder or file, absolute. */
  compareTokens(text: string, other: string, options?: TextOptions): Promise<TokensComparison>;
  /** The embeddings of each token that add up to what the first layer reads. */
  input(text: string, options?: TextOptions): Promise<InputResult>;
  /** What a model expects in place of each `[MASK]` of a text. */
  fill(text: string, options?: FillOptions): Promise<FillResult>;
  /** Words for all masks of a text together, beside each on its own, with both scores. */
  fillJointly(text: string, options?: JointOptions): Promise<JointResult>;
  /** What a model thinks of the word at a UTF-16 offset of a text, and what it expects there. */
  word(text: string, offset: number, options?: FillOptions): Promise<WordResult>;
  /** Each token masked in turn: the pseudo-log-likelihood of a text. */
  score(text: string, options?: ScoreOptions): Promise<ScoreResult>;
  /** The attention of every head of every layer over a text. */
  attention(text: string, options?: TextOptions): Promise<Attention>;
  /** How two texts go together, by whichever head judges pairs, in both orders. */
  pair(text: string, second: string, options?: ModelOptions): Promise<PairResult>;
  /** The classes of a text or pair, or of each of its lines. */
  classify(text: string, options?: TextOptions & { byLine?: boolean }): Promise<ClassesResult>;
  /** What each word does to a class of a text or pair: masked in turn, or left out. */
  occlusion(
    text: string,
    options?: TextOptions & { way?: OcclusionWay; output?: number },
  ): Promise<OcclusionResult>;
  /** What each attention head does to it: its context zero in turn. */
  knockOut(text: string, options?: TextOptions & { output?: number }): Promise<KnockOutResult>;
  /** The tag of each word, and what the tags mark together. */
  tag(text: string, options?: ModelOptions): Promise<TagsResult>;
  /** The spans of a text that answer a question best. */
  answer(question: string, text: string, options?: ModelOptions & { count?: number }): Promise<AnswersResult>;
  /** What two models make of one text: tokens, masked words, labels and tags, and why one cannot answer. */
  compareModels(
    text: string,
    models: readonly [string, string],
    options?: Omit<TextOptions, 'model'>,
  ): Promise<ComparisonResult>;
  /** Asks about each row of a file and writes a line of JSON for each; the same question goes on where it was cancelled. */
  answerFile(question: FileQuestionOptions, options?: CallOptions): Promise<FileResult>;
  /** The lines of a text against each other, by four sentence vectors. */
  similarity(text: string, options?: ModelOptions): Promise<SimilarityResult>;
  /**
   * Text that a model generates after another, or out of it, with the distribution of each step; as its
   * generation_config.json says, else greedily and at most 64 tokens, with 5 predictions a step when nothing else is said. Progress tells in `text` what is written so far.
   */
  generate(
    text: string,
    options?: ModelOptions & Partial<Pick<GenerateQuestion, 'beams' | 'length' | 'topK'>>,
  ): Promise<GenerateResult>;
  /** What is known of a model before it runs. */
  facts(model: string, options?: CallOptions): Promise<ModelFacts>;
  /** The models that may run here. */
  models(): ModelEntry[];
}

/** The public API on top of the services. */
export function createApi({ engine, models }: Services): HeadlightApi {
  const modelFor = async (kind: QuestionKind, given: string | undefined): Promise<string> => {
    const model = given ?? (await models.current(kind));
    models.requireTrust(model);
    return model;
  };
  return {
    async tokens(text, { model: given, pair, stride = 0, ...call } = {}) {
      const model = await modelFor('tokens', given);
      const result = await askTokens(engine, { model, text, pair }, call);
      return { ...result, windows: tokenWindows(result, stride) };
    },
    async compareTokens(text, other, { model: given, pair, ...call } = {}) {
      const model = await modelFor('tokens', given);
      models.requireTrust(other);
      return compareTokens(engine, { model, text, pair }, other, call);
    },
    async input(text, { model: given, pair, ...call } = {}) {
      const model = await modelFor('tokens', given);
      return engine.request('input', { model, text, pair }, call);
    },
    async fill(text, { model: given, pair, topK = setting('maskedWords.topK'), ...call } = {}) {
      const model = await modelFor('maskedWords', given);
      return engine.request('fill', { model, text, pair, topK }, call);
    },
    async fillJointly(text, { model: given, pair, beams = 5, ...call } = {}) {
      const model = await modelFor('maskedWords', given);
      return engine.request('fillJointly', { model, text, pair, beams }, call);
    },
    async word(text, offset, { model: given, pair, topK = setting('maskedWords.topK'), ...call } = {}) {
      const model = await modelFor('maskedWords', given);
      return engine.request('word', { model, text, pair, offset, topK }, call);
    },
    async score(text, { model: given, pair, window, ...call } = {}) {
      const model = await modelFor('maskedWords', given);
      return engine.request('score', { model, text, pair, window }, call);
    },
    async attention(text, { model: given, pair, ...call } = {}) {
      const model = await modelFor('attention', given);
      const question = { model, text, pair, budgetBytes: Infinity };
      const { trace, stacks, ...result } = await engine.request('attention', question, call);
      const [{ stack, layers, heads }] = stacks as [StackShape];
      const weights = (index: HeadIndex): Promise<Float32Array> =>
        engine.request('attentionWeights', { trace, stack, source: oneHead(index), shape: everyToken });
      return { ...result, layers, heads, weights };
    },
    async pair(text, pair, { model: given, ...call } = {}) {
      return engine.request('pair', { model: await modelFor('pair', given), text, pair }, call);
    },
    async classify(text, { model: given, pair, byLine, ...call } = {}) {
      const model = await modelFor('classes', given);
      return engine.request('classes', { model, text, pair, byLine }, call);
    },
    async occlusion(text, { model: given, pair, way = 'mask', output, ...call } = {}) {
      const model = await modelFor(pair === undefined ? 'classes' : 'pair', given);
      return engine.request('occlusion', { model, text, pair, way, output }, call);
    },
    async knockOut(text, { model: given, pair, output, ...call } = {}) {
      const model = await modelFor(pair === undefined ? 'classes' : 'pair', given);
      return engine.request('knockOut', { model, text, pair, output }, call);
    },
    async tag(text, { model: given, ...call } = {}) {
      return engine.request('tags', { model: await modelFor('tags', given), text }, call);
    },
    async answer(question, text, { model: given, count = 5, ...call } = {}) {
      return engine.request(
        'answers',
        { model: await modelFor('answer', given), question, text, count },
        call,
      );
    },
    async compareModels(text, both, { pair, ...call } = {}) {
      for (const model of both) models.requireTrust(model);
      return compareModels(engine, both, { text, pair }, call);
    },
    async answerFile({ model: given, ...question }, call) {
      const model = await modelFor(questionKindOf[question.kind], given);
      return engine.request('answerFile', { model, ...question }, call);
    },
    async similarity(text, { model: given, ...call } = {}) {
      return engine.request('similarity', { model: await modelFor('similarity', given), text }, call);
    },
    async generate(text, { model: given, beams, length, topK = 5, ...call } = {}) {
      const model = await modelFor('generation', given);
      return engine.request('generate', { model, text, beams, length, topK }, call);
    },
    facts: async (model, options) => models.facts(model, options),
    models: () => models.list(),
  };
}
