import type { EncodedToken, TextRange } from './encoding';
import type { TextQuestion, Window } from './inspections';

/** What is masked together: a token, a whole word, an n-gram of words, an entity. */
export type MaskingPolicy = 'token' | 'word' | 'span' | 'entity';

/** Where entities come from: a model that tags words, or a list. */
export type EntitySource = { tagger: string } | { words: string[] };

export interface MaskingOptions {
  /** Share of the tokens that is masked, above 0 and below 1. */
  rate: number;
  /** A whole number from 0 to 2³²-1; the same seed gives the same patterns. */
  seed: number;
  /** How many epochs, each with a pattern of its own: 1 to 100. */
  epochs: number;
  entities: EntitySource;
}

/** A token that is a target, and what stands in its place. */
export interface MaskedToken {
  /** Index in the model's input. */
  position: number;
  action: 'mask' | 'random' | 'keep';
  /** What the model reads there. */
  id: number;
}

export interface MaskPattern {
  masked: MaskedToken[];
  /** What was masked together, as indices [start, end) in the model's input. */
  spans: TextRange[];
}

/** A pattern, and what the model makes of it. */
export interface JudgedPattern extends MaskPattern {
  /** The model's cross-entropy, the mean over the masked tokens, in nats; null where nothing is masked. */
  loss: number | null;
}

export interface MaskingQuestion extends TextQuestion, MaskingOptions {
  window?: number;
}

export interface MaskingResult {
  model: string;
  /** What the model reads before anything is masked. */
  tokens: EncodedToken[];
  /** How many of them may be masked. */
  maskable: number;
  /** The pattern of each epoch, by dynamic masking; static masking repeats the first. */
  patterns: Record<MaskingPolicy, JudgedPattern[]>;
  /** The tokens of what random ones were put in. */
  vocabulary: Record<number, string>;
  tokenCount: number;
  maximumLength: number | null;
  window: Window | null;
}

/** Pairs of sentences: whether one follows the other, or in which order they stand. */
export type PairTask = 'nextSentence' | 'sentenceOrder';

/** A text, or a file of texts. */
export type DataSource = { text: string } | { file: string };

export interface MaskFileQuestion extends MaskingOptions {
  model: string;
  source: DataSource;
  /** The JSON Lines file to write; it appears under this name when all of it is there. */
  output: string;
  policy: MaskingPolicy;
  /** Pairs of sentences from documents, instead of a line at a time. */
  pairs?: PairTask;
}

export interface MaskFileResult {
  output: string;
  examples: number;
  /** Tokens that may be masked, over all examples. */
  maskable: number;
  masked: number;
  /** Of the masked ones. */
  actions: Record<MaskedToken['action'], number>;
  /** Examples of pairs that belong together, and that do not; null without pairs. */
  pairs: { positive: number; negative: number } | null;
}
