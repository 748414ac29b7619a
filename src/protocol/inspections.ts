import type { EncodedToken, TextRange } from './encoding';

/** A model and a text, or a pair of texts. `model` is an absolute path to a folder or an `.onnx` file. */
export interface TextQuestion {
  model: string;
  text: string;
  pair?: string;
}

/** The tokens of a text, all of them, however long it is. */
export interface TokensResult {
  model: string;
  tokens: EncodedToken[];
  /** The most tokens that the model reads at once; null when unknown. Tokens from this index on are not read. */
  maximumLength: number | null;
}

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
