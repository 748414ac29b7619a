import type { EncodedToken, TextRange } from './encoding';

/** A model and a text, or a pair of texts. `model` is an absolute path to a folder or an `.onnx` file. */
export interface TextQuestion {
  model: string;
  text: string;
  pair?: string;
}

export interface TokensQuestion extends TextQuestion {
  /** How many tokens are given, from the first; all when absent. The counts are of all. */
  most?: number;
}

/** The tokens of a text. */
export interface TokensResult {
  model: string;
  tokens: EncodedToken[];
  /** What is to be said about each of `tokens`; null where there is nothing. */
  notes: (TokenNote | null)[];
  counts: TokenCounts;
  /** The most tokens that the model reads at once; null when unknown. Tokens from this index on are not read. */
  maximumLength: number | null;
}

/** The fields of tokens by name, each a column over all tokens; -1 stands for null. */
export interface TokenColumns extends Record<
  'id' | 'segmentId' | 'positionId' | 'start' | 'end' | 'sequence' | 'word',
  Int32Array
> {
  token: string[];
  /** Bits: 1 attention mask, 2 special, 4 unknown, 8 mask. */
  flags: Uint8Array;
}

/** Tokens of two tokenizers that stand for the same stretch of text: half-open ranges of indices. */
export interface AlignedGroup {
  sequence: 0 | 1;
  /** UTF-16 range in its text. */
  start: number;
  end: number;
  one: TextRange;
  other: TextRange;
}

/** The tokens of two models over one text, aligned on it. */
export interface TokensComparison {
  one: TokensResult;
  other: TokensResult;
  groups: AlignedGroup[];
}

/** Of the whole text or pair. */
export interface TokenCounts {
  /** Special tokens included. */
  tokens: number;
  /** Tokens that are of the text. */
  ofText: number;
  /** Words as the tokenizer cuts them before it looks for pieces: punctuation and ideographs are words of their own. */
  words: number;
  unknown: number;
}

/** A part of a long text that a model reads at once: tokens [firstToken, endToken), and their range in the text. */
export interface TokenWindow extends TextRange {
  firstToken: number;
  endToken: number;
}

/** What the tokenizer made of a token's text. */
export interface TokenNote {
  /** The text after normalisation, where that changed it; null where it did not. */
  normalized: string | null;
  unknown: UnknownReason | null;
}

/** Why the vocabulary has nothing for a piece of text. */
export type UnknownReason =
  /** WordPiece does not look for pieces of a word that is longer. */
  | { kind: 'tooLong'; characters: number; most: number }
  /** The vocabulary has no token for it; said of tokenizers that are not WordPiece. */
  | { kind: 'absent'; text: string }
  /** No piece begins as the rest of the word does; `found` are the pieces before it. */
  | { kind: 'noPiece'; found: string[]; rest: string };

export interface FillQuestion extends TextQuestion {
  /** How many predictions for each mask, 1 to 100. */
  topK: number;
}

export interface Prediction {
  token: string;
  id: number;
  /** Softmax over the whole vocabulary, 0 to 1. */
  probability: number;
  /** What to put into the text in the mask's place: the token without its continuation mark. */
  text: string;
}

/** The part of a long text that the model read around a mask. */
export interface Window extends TextRange {
  /** Which of the windows this is, from 0. */
  index: number;
  count: number;
}

export interface MaskPredictions {
  /** Index of the mask in the model's input, [CLS] counted; in its window's input where the text is long. */
  position: number;
  /** 0 for the text, 1 for its pair. */
  sequence: 0 | 1;
  /** UTF-16 range of the mask in its text. */
  start: number;
  end: number;
  /** The window that was read; null when the model read all of it. */
  window: Window | null;
  /** Bits: 0 where one word is certain. */
  entropy: number;
  predictions: Prediction[];
}

export interface FillResult {
  model: string;
  masks: MaskPredictions[];
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
  maximumLength: number | null;
}

/** One forward pass that the engine keeps, until newer ones need the memory. */
export interface KeptPass {
  model: string;
  /** Names the trace in later requests; a new one for each pass. */
  trace: string;
  /** What the model read; of an encoder and a decoder, the source. */
  tokens: EncodedToken[];
  /** What the decoder beside an encoder read, its start token first; null where there is none. */
  target: EncodedToken[] | null;
  /** The model has a decoder beside its encoder, which was not read for want of a target. */
  lacksTarget: boolean;
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
  maximumLength: number | null;
  /** The part that was read; null when the model read all of it. */
  window: Window | null;
}
