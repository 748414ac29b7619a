import type { EncodedToken } from './encoding';
import type { TextQuestion, Window } from './inspections';
import type { RolePlace } from './models';

/** One tensor inside a model, of one run over a text. */
export interface TensorQuestion extends TextQuestion, RolePlace {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
}

/** A tensor of a run as a picture, and what was read. */
export interface TensorResult extends TensorPicture {
  model: string;
  /** What the model read. */
  tokens: EncodedToken[];
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
  maximumLength: number | null;
  /** The part that was read; null when the model read all of it. */
  window: Window | null;
}

/** The tensors that make up what a Transformer's first layer reads, in the order of BERT's figure. */
export const inputRoles = [
  'tokenEmbedding',
  'segmentEmbedding',
  'positionEmbedding',
  'embeddingSum',
] as const;

export type InputRole = (typeof inputRoles)[number];

/** A tensor of the input figure. */
export interface InputPart {
  role: InputRole;
  /** What it is multiplied by before it is added; 1 of the sum. */
  factor: number;
  picture: TensorPicture;
}

/** A text as the first layer reads it: embeddings that add up (Devlin et al. 2018, section 3 and figure 2). */
export interface InputResult {
  model: string;
  /** What the model read. */
  tokens: EncodedToken[];
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
  maximumLength: number | null;
  /** The part that was read; null when the model read all of it. */
  window: Window | null;
  /** Those that the model has, the sum last. */
  parts: InputPart[];
  /** Why others cannot be had from the file. */
  missing: { role: InputRole; reason: string }[];
  /** Largest absolute difference between the sum of the other parts and the model's own; null without either. */
  difference: number | null;
}

/** A tensor as a matrix with a row for each token, reduced for drawing. */
export interface TensorPicture {
  /** Sizes of its axes, as the graph computes it. */
  shape: number[];
  /** As many as tokens, or one where the tensor is of the whole text. */
  rows: number;
  /** Numbers of a row, those of all heads side by side. */
  columns: number;
  /** How many heads are side by side; 1 for a tensor that is not by head. */
  heads: number;
  /** `[rows][cells]` on the scale of `core/signedBytes`; several columns make one cell, the largest stays. */
  bytes: Uint8Array;
  cells: number;
  /** The largest absolute value. */
  scale: number;
  statistics: TensorStatistics;
  /** Euclidean norm of each row. */
  norms: Float32Array;
}

/** Of all numbers of a tensor but those that a mask hides. */
export interface TensorStatistics {
  minimum: number;
  maximum: number;
  mean: number;
  standardDeviation: number;
  /** Places that a mask hides, or whose number is not finite. */
  withoutNumber: number;
}
