import type { CallOptions } from '../core/rpc';
import type { HeadIndex } from '../protocol/attention';
import type { EncodedToken } from '../protocol/encoding';
import type { FillResult, TokensResult, Window } from '../protocol/inspections';
import type { ModelFacts } from '../protocol/models';
import type { JointResult, ScoreResult, WordResult } from '../protocol/words';
import type { ModelEntry } from './services/models';
import type { Services } from './services/services';
import { setting } from './services/settings';

/** What may be said beside a text. */
export interface TextOptions extends CallOptions {
  /** A model folder or an `.onnx` file, absolute; the current model for the question when absent. */
  model?: string;
  /** The second text of a pair. */
  pair?: string;
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
  /** The tokens of a text as a model reads them, each with its range in the text. */
  tokens(text: string, options?: TextOptions): Promise<TokensResult>;
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
  /** What is known of a model before it runs. */
  facts(model: string, options?: CallOptions): Promise<ModelFacts>;
  /** The models that may run here. */
  models(): ModelEntry[];
}

/** The public API on top of the services. */
export function createApi({ engine, models }: Services): HeadlightApi {
  return {
    async tokens(text, { model: given, pair, ...call } = {}) {
      const model = given ?? (await models.current('tokens'));
      models.requireTrust(model);
      return engine.request('tokens', { model, text, pair }, call);
    },
    async fill(text, { model: given, pair, topK = setting('maskedWords.topK'), ...call } = {}) {
      const model = given ?? (await models.current('maskedWords'));
      models.requireTrust(model);
      return engine.request('fill', { model, text, pair, topK }, call);
    },
    async fillJointly(text, { model: given, pair, beams = 5, ...call } = {}) {
      const model = given ?? (await models.current('maskedWords'));
      models.requireTrust(model);
      return engine.request('fillJointly', { model, text, pair, beams }, call);
    },
    async word(text, offset, { model: given, pair, topK = setting('maskedWords.topK'), ...call } = {}) {
      const model = given ?? (await models.current('maskedWords'));
      models.requireTrust(model);
      return engine.request('word', { model, text, pair, offset, topK }, call);
    },
    async score(text, { model: given, pair, window, ...call } = {}) {
      const model = given ?? (await models.current('maskedWords'));
      models.requireTrust(model);
      return engine.request('score', { model, text, pair, window }, call);
    },
    async attention(text, { model: given, pair, ...call } = {}) {
      const model = given ?? (await models.current('attention'));
      models.requireTrust(model);
      const question = { model, text, pair, budgetBytes: Infinity };
      const { trace, ...result } = await engine.request('attention', question, call);
      return { ...result, weights: (index) => engine.request('attentionWeights', { trace, ...index }) };
    },
    facts: async (model, options) => models.facts(model, options),
    models: () => models.list(),
  };
}
