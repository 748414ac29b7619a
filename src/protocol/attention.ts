import type { TextRange } from './encoding';
import type { KeptPass, TextQuestion } from './inspections';

export interface AttentionQuestion extends TextQuestion {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
  /** Content tokens that a window shares with the one before, as Hugging Face tokenizers count a stride; 0 when absent. */
  stride?: number;
  /** A range of a text, 0 the text and 1 its pair, whose tokens are each replaced by the mask token. */
  masked?: TextRange & { sequence: 0 | 1 };
  /** Bytes of attention weights above which the question is refused with `OverBudget` before it runs. */
  budgetBytes: number;
  /** A trace that is compared with: refused with `NotComparable` before it runs where memory does not hold both. */
  beside?: string;
}

/** What attends to what: an encoder to itself, a decoder to itself up to each token, or a decoder to an encoder. */
export type AttentionStack = 'encoder' | 'decoder' | 'cross';

/** The attentions of one stack in a trace. */
export interface StackShape {
  stack: AttentionStack;
  layers: number;
  heads: number;
}

/** One forward pass whose attention weights are kept in the engine, to be read slice by slice. */
export interface AttentionResult extends KeptPass {
  /** The model has a mask token and was made to read it: one that generates was not. */
  canMask: boolean;
  /** The model goes on with a text, or makes a target of it. */
  canGenerate: boolean;
  /** At least one. */
  stacks: StackShape[];
}

/** One head of one layer, both from 0. */
export interface HeadIndex {
  layer: number;
  head: number;
}

/** The attention of one stack in a trace. */
export interface StackQuestion {
  trace: string;
  stack: AttentionStack;
}

/** Whose weights are shown: the mean or the maximum of some heads (of one head, its own), or a rollout. */
export type MatrixSource =
  | { kind: 'mean' | 'maximum'; heads: HeadIndex[] }
  /** Attention rollout (Abnar and Zuidema 2020) from the layer back to the embeddings. */
  | { kind: 'rollout'; layer: number };

/** In what form weights are shown. */
export interface MatrixShape {
  /** A row and a column for each word: the sum over its keys, the mean over its queries. */
  words: boolean;
  /** Special tokens and padding: shown, left out, or left out with what is left of each row scaled to sum to 1. */
  specials: 'shown' | 'hidden' | 'renormalised';
  /** Of a pair, the rows of one text and the columns of one; null for all. */
  block: { query: 0 | 1; key: 0 | 1 } | null;
}

/** A matrix of weights, `[query][key]`. */
export interface MatrixQuestion extends StackQuestion {
  source: MatrixSource;
  shape: MatrixShape;
}

/** A picture's worth of a stack. */
export type AttentionSlice =
  /** Every head of every layer, each pooled by maximum to at most `cells` x `cells`. */
  | { kind: 'atlas'; cells: number }
  /** Every head of a layer. */
  | { kind: 'layer'; layer: number }
  | { kind: 'matrix'; source: MatrixSource; shape: MatrixShape };

/** Weights as bytes on the scale of `core/weightBytes`, `[layer][head][query][key]` as far as the slice has them. */
export interface AttentionBytes {
  bytes: Uint8Array;
  /** Rows of each matrix: tokens or words, or cells where they are pooled. */
  queries: number;
  /** Columns of each matrix. */
  keys: number;
}

export interface AttentionSliceQuestion extends StackQuestion {
  slice: AttentionSlice;
}

/** A part of a matrix: the row of a query or the column of a key; all of it, row by row, without either. */
export interface AttentionWeightsQuestion extends MatrixQuestion {
  query?: number;
  key?: number;
}

export interface AttentionEdgesQuestion extends MatrixQuestion {
  /** How many at most. */
  count: number;
}

/** The largest weights of a matrix in falling order; those that are 0 are none. */
export interface AttentionEdges {
  queries: Uint32Array;
  keys: Uint32Array;
  weights: Float32Array;
}

/** What can be measured of a head, defined in `core/attention/headStatistics`. */
export const headStatistics = [
  'previousToken',
  'nextToken',
  'sameToken',
  'sameWord',
  'firstToken',
  'separator',
  'crossSentence',
  'broad',
  'entropy',
  'distance',
] as const;

export type HeadStatistic = (typeof headStatistics)[number];

/** Every statistic of every head, `[layer][head]`; NaN where it has no meaning, as of a pair where there is one text. */
export type StackStatistics = Record<HeadStatistic, Float32Array>;

/** Heads as points on a plane: the nearer, the more alike they attend. */
export interface HeadMap {
  /** Places `[layer][head]`, in units of the root of the mean Jensen-Shannon divergence. */
  x: Float32Array;
  y: Float32Array;
  /** The part of all squared distances that the plane shows, 0 to 1. */
  shown: number;
  /** How many queries were compared, evenly spaced, and of how many. */
  compared: number;
  queries: number;
  /** For each head the index, `layer * heads + head`, of the one that attends most like it. */
  nearest: Uint32Array;
}

/** The same stack of another trace, to compare heads with. */
export interface DivergenceQuestion extends StackQuestion {
  other: string;
}

export interface HeadScoresQuestion extends StackQuestion, HeadIndex {
  /** Index of the query token. */
  query: number;
}

/** How one query of a head comes to its weights: softmax(scale · q·k + added), with heads of size D. */
export interface HeadScores {
  /** `[D]` */
  query: Float32Array;
  /** `[key][D]` */
  keys: Float32Array;
  /** q·k of each key: the sum over its elements. */
  products: Float32Array;
  /** What the graph multiplies them with, 1/√D in most; 1 where it scales queries or keys before. */
  scale: number;
  /** What it adds to them: a mask, or biases of positions; null where it adds nothing. */
  added: Float32Array | null;
  /** What its softmax reads. */
  scores: Float32Array;
  /** The weights that it gives. */
  weights: Float32Array;
}

/** What is asked of a trace. All reject with `TraceGone` when it is no longer kept. */
export interface TraceRequests {
  attentionSlice: { params: AttentionSliceQuestion; result: AttentionBytes };
  /** Exact weights. */
  attentionWeights: { params: AttentionWeightsQuestion; result: Float32Array };
  attentionEdges: { params: AttentionEdgesQuestion; result: AttentionEdges };
  attentionStatistics: { params: StackQuestion; result: StackStatistics };
  attentionMap: { params: StackQuestion; result: HeadMap };
  /** Mean Jensen-Shannon divergence of each head from the same of another trace, `[layer][head]`, in bits. */
  attentionDivergence: { params: DivergenceQuestion; result: Float32Array };
  /** Runs the model once more for a layer that was not asked about before. */
  attentionScores: { params: HeadScoresQuestion; result: HeadScores };
}
