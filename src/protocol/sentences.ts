import type { TextRange } from './encoding';
import type { TextQuestion } from './inspections';
import type { SourceRange } from './views';

/** One label of a head, and what the model gives it. */
export interface LabelScore {
  /** Index among the head's outputs. */
  id: number;
  label: string;
  logit: number;
  /** 0 to 1 by softmax over all labels, or by sigmoid where labels do not exclude each other; null for a plain number. */
  probability: number | null;
}

/** What turns logits into probabilities: `none` for a head that gives one number, as regression does. */
export type Activation = 'softmax' | 'sigmoid' | 'none';

/** The head that judges a pair: the second sentence follows (BERT), the order is right (ALBERT), or classes. */
export type PairHead = 'nextSentence' | 'sentenceOrder' | 'class';

export interface PairResult {
  model: string;
  head: PairHead;
  activation: Activation;
  /** In the order of the head's outputs. */
  scores: LabelScore[];
  /** Of the same two texts in the other order. */
  swapped: LabelScore[];
}

export interface ClassesQuestion extends TextQuestion {
  /** Every line that is not blank is a text of its own; no pair then. */
  byLine?: boolean;
}

/** The classes of one text. */
export interface ClassRow extends TextRange {
  /** Surest first; of lines the first twenty. */
  scores: LabelScore[];
  /** The text is longer than the model reads: its beginning was read. */
  cut: boolean;
}

export interface ClassesResult {
  model: string;
  activation: Activation;
  byLine: boolean;
  rows: ClassRow[];
}

/** What becomes of each word in turn: its tokens are masked, or left out. */
export type OcclusionWay = 'mask' | 'drop';

export interface OcclusionQuestion extends TextQuestion {
  way: OcclusionWay;
  /** Which of the head's outputs is watched, by its index; the surest when absent. */
  output?: number;
}

/** The watched output without something. */
export interface WatchedOutput {
  logit: number;
  probability: number | null;
}

/** Without one of the words. */
export interface OccludedWord extends SourceRange, WatchedOutput {}

export interface OcclusionResult {
  model: string;
  way: OcclusionWay;
  /** The watched output of the whole text. */
  whole: LabelScore;
  words: OccludedWord[];
  /** The text is longer than the model reads: its beginning was read. */
  cut: boolean;
}

export interface KnockOutQuestion extends TextQuestion {
  /** Which of the head's outputs is watched, by its index; the surest when absent. */
  output?: number;
}

export interface KnockOutResult {
  model: string;
  /** The watched output of the whole model. */
  whole: LabelScore;
  /** What the heads attend in. */
  stack: 'encoder' | 'decoder';
  /** Without each attention head, `[layer][head]`. */
  without: WatchedOutput[][];
  /** The text is longer than the model reads: its beginning was read. */
  cut: boolean;
}

/** One word and its tag. */
export interface TaggedWord extends TextRange {
  tag: string;
  /** Of the tag, at the word's first token. */
  probability: number;
}

/** Neighbouring words that make one thing, or one word where tags are of words, as parts of speech are. */
export interface TagSpan extends TextRange {
  label: string;
  /** Mean of the words' probabilities. */
  probability: number;
}

export interface TagsResult {
  model: string;
  words: TaggedWord[];
  spans: TagSpan[];
}

export interface AnswerQuestion {
  model: string;
  question: string;
  /** Where the answer is looked for. */
  text: string;
  /** How many answers, 1 to 20. */
  count: number;
}

/** One span of the text as an answer. */
export interface Answer extends TextRange {
  text: string;
  /** P(start) · P(end), each by softmax over all tokens of the text. */
  probability: number;
  /** Start logit + end logit, what answers are ranked by (Devlin et al. 2019, section 4.2). */
  score: number;
}

export interface AnswersResult {
  model: string;
  question: string;
  /** The best first; none overlaps in the same place twice. */
  answers: Answer[];
  /** Score of “no answer”, the logits of [CLS] (section 4.3): trained only in models of unanswerable questions. */
  noAnswerScore: number;
  /** Windows in which a long text was read. */
  windows: number;
}

/** How the tokens of a text become one vector. */
export type Pooling = 'cls' | 'mean' | 'max' | 'embeddings';

export interface SimilarityMatrix {
  pooling: Pooling;
  /** Cosine of each two texts, `[n][n]` row by row, -1 to 1. */
  values: number[];
  /** Mean of the cosines of different texts. */
  mean: number;
  /** Spearman's rank correlation with the lexical baseline over all pairs of different texts; null for too few. */
  correlation: number | null;
}

export interface SimilarityResult {
  model: string;
  lines: SourceRange[];
  matrices: SimilarityMatrix[];
  /** Cosine of token counts, `[n][n]`: the texts as bags of words. */
  lexical: number[];
}
