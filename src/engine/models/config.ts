import { toHeadlightError, type HeadlightError } from '../../core/errors';
import { positiveInteger, readJsonObject, type JsonObject } from './json';
import type { ModelLayout } from './layout';

/** What `config.json` and `generation_config.json` tell, under one name each; null where it does not. */
export interface ModelConfig {
  family: string | null;
  layers: number | null;
  heads: number | null;
  hiddenSize: number | null;
  vocabularySize: number | null;
  /** Tokens that the model reads at once. */
  maximumLength: number | null;
  /** Classes of the reference library. */
  architectures: readonly string[];
  /** Names of a head's outputs by index, `id2label`; a gap is an empty string. */
  labels: readonly string[];
  /** Labels do not exclude each other: `problem_type` says so. */
  isMultiLabel: boolean;
  /** Whether its scores over the vocabulary are for the token that comes next, not for the one that stands there. */
  predictsNextToken: boolean;
  /** Position id of the first token: RoBERTa's family counts from the padding id + 1. */
  firstPosition: number;
  /** Id of the token that a decoder beside an encoder begins with. */
  decoderStart: number | null;
  /** Ids of the tokens that end a generated text, `eos_token_id`. */
  endTokens: readonly number[];
  /** Ids of the tokens that are never generated, `bad_words_ids`; words of more than one token are not among them. */
  badTokens: readonly number[];
  /** Hypotheses that a search for generated text keeps, and the most tokens that it generates. */
  beams: number | null;
  newTokens: number | null;
  /** Why the configuration cannot be read; everything else is then unknown. */
  problem: HeadlightError | null;
}

const unknown: ModelConfig = {
  family: null,
  layers: null,
  heads: null,
  hiddenSize: null,
  vocabularySize: null,
  maximumLength: null,
  architectures: [],
  labels: [],
  isMultiLabel: false,
  predictsNextToken: false,
  firstPosition: 0,
  decoderStart: null,
  endTokens: [],
  badTokens: [],
  beams: null,
  newTokens: null,
  problem: null,
};

/** Families whose position ids start after the padding id (fairseq's way). */
const countedFromPadding = new Set([
  'roberta',
  'xlm-roberta',
  'xlm-roberta-xl',
  'camembert',
  'mpnet',
  'longformer',
  'data2vec-text',
  'roberta-prelayernorm',
  'esm',
]);

const mostLayers = 1024;

/** A file may claim any index. */
const mostLabels = 1_000_000;

/** Classes of the reference library whose head is read from left to right. */
const nextTokenClass = /(CausalLM|LMHeadModel|ConditionalGeneration|MTModel)$/;

/** Reads `config.json` and `generation_config.json`, with the limit that the tokenizer's own config adds. A broken file is told, not thrown. */
export function readConfig(layout: ModelLayout): ModelConfig {
  try {
    return readFiles(layout);
  } catch (error) {
    return { ...unknown, problem: toHeadlightError(error) };
  }
}

function readFiles(layout: ModelLayout): ModelConfig {
  const config = layout.config ? readJsonObject(layout.config, 'ConfigInvalid') : {};
  const family = typeof config['model_type'] === 'string' ? config['model_type'] : null;
  const firstPosition =
    family !== null && countedFromPadding.has(family) ? (integer(config, 'pad_token_id') ?? 1) + 1 : 0;
  const positions = positiveInteger(config, 'max_position_embeddings', 'n_positions', 'n_ctx');
  const limits = [
    positions === null ? null : positions - firstPosition,
    tokenizerLimit(layout.tokenizer.tokenizerConfig),
  ].filter((limit) => limit !== null);
  const architectures = strings(config, 'architectures');
  // The reference library has moved there what is about generation; older exports have it in config.json.
  const own = layout.generationConfig ? readJsonObject(layout.generationConfig, 'ConfigInvalid') : {};
  const generation = { ...config, ...own };
  const endTokens = [generation['eos_token_id']].flat().filter((id) => typeof id === 'number');
  return {
    family,
    layers: layerCount(config, 'num_hidden_layers', 'n_layers', 'n_layer', 'num_layers', 'encoder_layers'),
    heads: positiveInteger(
      config,
      'num_attention_heads',
      'n_heads',
      'n_head',
      'num_heads',
      'encoder_attention_heads',
    ),
    hiddenSize: positiveInteger(config, 'hidden_size', 'dim', 'n_embd', 'd_model'),
    vocabularySize: positiveInteger(config, 'vocab_size'),
    maximumLength: limits.length ? Math.min(...limits) : null,
    architectures,
    labels: labelsOf(config['id2label']),
    isMultiLabel: config['problem_type'] === 'multi_label_classification',
    predictsNextToken: architectures.some((name) => nextTokenClass.test(name)),
    firstPosition,
    decoderStart:
      integer(generation, 'decoder_start_token_id') ??
      integer(generation, 'bos_token_id') ??
      integer(generation, 'pad_token_id'),
    endTokens,
    // As the reference library does, which takes no end from a text.
    badTokens: singleTokens(generation['bad_words_ids']).filter((id) => !endTokens.includes(id)),
    beams: positiveInteger(generation, 'num_beams'),
    newTokens: positiveInteger(generation, 'max_new_tokens'),
    problem: null,
  };
}

/** Facts have a line for each layer: what no model has is not taken for true. */
function layerCount(config: JsonObject, ...keys: string[]): number | null {
  const layers = positiveInteger(config, ...keys);
  return layers !== null && layers <= mostLayers ? layers : null;
}

/** `id2label` maps indices, as keys of JSON, to names. */
function labelsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const labels: string[] = [];
  for (const [key, label] of Object.entries(value)) {
    const id = Number(key);
    if (Number.isSafeInteger(id) && id >= 0 && id < mostLabels && typeof label === 'string')
      labels[id] = label;
  }
  return Array.from(labels, (label) => label ?? '');
}

/** The ids of those words that are one token each. */
function singleTokens(words: unknown): number[] {
  if (!Array.isArray(words)) return [];
  return words.flatMap((word: unknown) =>
    Array.isArray(word) && word.length === 1 && typeof word[0] === 'number' ? [word[0]] : [],
  );
}

function strings(object: JsonObject, key: string): string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function integer(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** `model_max_length`, unless it is the reference library's way (1e30) of saying that there is none. */
function tokenizerLimit(file: string | null): number | null {
  if (!file) return null;
  const limit = positiveInteger(readJsonObject(file, 'TokenizerInvalid'), 'model_max_length');
  return limit !== null && limit < 1e6 ? limit : null;
}
