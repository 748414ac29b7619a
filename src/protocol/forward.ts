import type { EncodedToken } from './encoding';
import type { TextQuestion, Window } from './inspections';
import type { RolePlace } from './models';
import type { TensorPicture } from './tensor';

export interface ForwardQuestion extends TextQuestion {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
}

/** One forward pass whose tensors are kept in the engine, to be read step by step. */
export interface ForwardResult {
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
  /** In the order of computation. */
  steps: ForwardStep[];
}

/** A tensor of the forward pass, and how it follows from earlier ones. */
export interface ForwardStep extends RolePlace {
  /** In mathematical notation, `_` before an index; null where its form is not recomputed. */
  formula: string | null;
  /** The steps that it is computed from. */
  inputs: number[];
  weights: ForwardWeight[];
  /** The places that have this tensor, too: the end of a layer is what the next one reads. */
  alsoAt: RolePlace[];
}

/** A weight of the file, as a formula names it. */
export interface ForwardWeight {
  symbol: string;
  /** Its name in the file. */
  name: string;
  /** Sizes of its axes as the graph uses it; empty where they are not known. */
  shape: number[];
}

export interface ForwardStepQuestion {
  trace: string;
  /** Index among the steps. */
  step: number;
  /** The token whose row is given, by its index. */
  token: number;
  /** Multiplications that recomputing may take: of a larger tensor some rows are recomputed, the token's first. */
  mostProducts: number;
}

/** A step's tensor beside its recomputation. */
export interface ForwardStepResult extends TensorPicture {
  /** The model's own numbers for the token, those of all heads side by side; NaN where a mask hides. */
  row: Float32Array;
  /** The same recomputed; null where the form is not recomputed. */
  recomputed: Float32Array | null;
  check: ForwardCheck | null;
}

/** How far a recomputation in float64 is from the model's own tensor. */
export interface ForwardCheck extends ForwardDifference {
  /** Rows that were recomputed. */
  rows: number;
  /** The same for each head on its own; one for tensors that are not by head. */
  heads: ForwardDifference[];
}

export interface ForwardDifference {
  /** Largest absolute difference. */
  absolute: number;
  /** The same over the largest absolute value of the model's numbers. */
  relative: number;
  /** Places where one has a number and the other has none. */
  mismatched: number;
}
