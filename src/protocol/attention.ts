import type { EncodedToken } from './encoding';
import type { TextQuestion, Window } from './inspections';

export interface AttentionQuestion extends TextQuestion {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
  /** Bytes of attention weights above which the question is refused with `OverBudget` before it runs. */
  budgetBytes: number;
}

/** One forward pass whose attention weights are kept in the engine, to be read slice by slice. */
export interface AttentionResult {
  model: string;
  /** Names the trace in later requests; a new one for each pass. */
  trace: string;
  /** What the model read. */
  tokens: EncodedToken[];
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
  maximumLength: number | null;
  /** The part that was read; null when the model read all of it. */
  window: Window | null;
  layers: number;
  heads: number;
}

/** One head of one layer, both from 0. */
export interface HeadIndex {
  layer: number;
  head: number;
}

/** A picture's worth of a trace. */
export type AttentionSlice =
  /** Every head of every layer, each pooled by maximum to at most `cells` x `cells`. */
  | { kind: 'atlas'; cells: number }
  /** Every head of a layer. */
  | { kind: 'layer'; layer: number }
  | ({ kind: 'head' } & HeadIndex);

/** Weights as bytes on the scale of `core/weightBytes`, `[layer][head][query][key]` as far as the slice has them. */
export interface AttentionBytes {
  bytes: Uint8Array;
  /** Queries, and as many keys, of each head: tokens, or cells where they are pooled. */
  size: number;
}

export interface AttentionSliceQuestion {
  trace: string;
  slice: AttentionSlice;
}

export interface AttentionWeightsQuestion extends HeadIndex {
  trace: string;
  /** Index of the query token; all of them when absent. */
  query?: number;
}
