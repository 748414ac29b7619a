import type { EncodedToken, TextRange } from './encoding';
import type { Prediction, TextQuestion, Window } from './inspections';

/** What a model gives to the token that stands in a place. */
export interface Standing {
  /** Natural logarithm of its probability. */
  logProbability: number;
  /** 1 for the most probable of the vocabulary. */
  rank: number;
}

/** A word where it stands: what the model expects there, and what it thinks of the word. */
export interface WordQuestion extends TextQuestion {
  /** UTF-16 offset in `text` of a character of the word. */
  offset: number;
  /** How many predictions, 1 to 100. */
  topK: number;
}

export interface WordPiece extends TextRange, Standing {
  token: string;
  id: number;
}

export interface WordResult extends TextRange {
  model: string;
  /** The word's pieces, each given those before it, with it and those after it hidden. */
  pieces: WordPiece[];
  /** Of the whole word: the sum over its pieces. */
  logProbability: number;
  /** Bits, of what the model expects of one token in the word's place. */
  entropy: number;
  /** One token in the place of the whole word, the most probable first. */
  predictions: Prediction[];
  /** The part that was read; null when the model read all of it. */
  window: Window | null;
}

export interface JointQuestion extends TextQuestion {
  /** Hypotheses that the search keeps, 1 to 20. */
  beams: number;
}

/** Words for all masks of a text at once. */
export interface JointFill {
  /** One for each mask, in the order of the masks. */
  words: { token: string; id: number; text: string }[];
  /** Masks in the order in which they were filled: the surest first. */
  order: number[];
  /** Sum of the log probabilities of the words, each with all masks hidden: as if they were independent. */
  independent: number;
  /** The same sum, each word with those before it in `order` in place. Both are distributions over all fills. */
  joint: number;
}

export interface JointResult {
  model: string;
  /** Where the masks stand in their texts, and in what the model read. */
  masks: (TextRange & { sequence: 0 | 1; position: number })[];
  /** The most probable word of each mask on its own. */
  independent: JointFill;
  /** The mask of which the model is surest is filled, then the model is asked again. */
  surestFirst: JointFill;
  /** The best that a search with several hypotheses finds, by `joint`. */
  beam: JointFill[];
  tokenCount: number;
  maximumLength: number | null;
}

/** Each token masked in turn. */
export interface ScoreQuestion extends TextQuestion {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
}

/** What the model gives to a token of the text when it does not see it. */
export interface TokenScore extends Standing {
  /** With only this token hidden (Salazar et al. 2020); `logProbability` hides the later pieces of its word, too. */
  tokenwise: number;
  /** Bits. */
  entropy: number;
  /** What the model expects most in its place. */
  expected: Prediction;
}

export interface WordScore extends TextRange {
  sequence: 0 | 1;
  /** Sum over its pieces. */
  logProbability: number;
  /** Indices of its tokens, [firstToken, endToken). */
  firstToken: number;
  endToken: number;
}

export interface ScoreResult {
  model: string;
  /** What the model read. */
  tokens: EncodedToken[];
  /** One for each token; null for those that the tokenizer added, and for masks. */
  scores: (TokenScore | null)[];
  words: WordScore[];
  /** Pseudo-log-likelihood: the sum over tokens, by words (Kauf and Ivanova 2023). */
  logLikelihood: number;
  /** The same with each token hidden alone (Salazar et al. 2020). */
  tokenwise: number;
  /** exp(-logLikelihood / scored tokens). */
  pseudoPerplexity: number;
  tokenCount: number;
  maximumLength: number | null;
  /** The part that was read; null when the model read all of it. */
  window: Window | null;
}
