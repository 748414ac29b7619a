import type { ArchitectureFacts } from './architecture';
import type { HeadScores } from './attention';
import type { KeptPass, TextQuestion } from './inspections';
import type { RolePlace } from './models';
import type { InputPart, TensorPicture } from './tensor';

export interface ForwardQuestion extends TextQuestion {
  /** Which window of a text that is longer than the model reads, from 0; the first when absent. */
  window?: number;
  /** How many tokens a decoder has written, of the target where there is one: it reads these; all when absent. */
  written?: number;
}

/** One forward pass whose tensors are kept in the engine, to be read step by step. */
export interface ForwardResult extends KeptPass {
  architecture: ArchitectureFacts;
  /** The model goes on with a text, or makes a target of it. */
  canGenerate: boolean;
  /** How far a decoder has written; null where nothing is written token by token. */
  writing: Writing | null;
  /** In the order of computation. */
  steps: ForwardStep[];
}

/** What a decoder reads of the tokens that it writes one after the other. */
export interface Writing {
  /** Those that it reads. */
  written: number;
  tokens: number;
  /** The token after those; null after the last. */
  next: string | null;
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

export interface ForwardValuesQuestion {
  trace: string;
  /** Index among the steps. */
  step: number;
}

/** A step's tensor beside its recomputation. */
export interface ForwardStepResult extends TensorPicture {
  /** The model's own numbers for the token, those of all heads side by side; NaN where a mask hides. */
  row: Float32Array;
  /** The same recomputed; null where the form is not recomputed. */
  recomputed: Float32Array | null;
  check: ForwardCheck | null;
  /** Sizes of the axes of what the step is computed from. */
  inputShapes: number[][];
  details: ForwardDetails[];
}

/** What else there is to see in a step, by its kind. */
export type ForwardDetails =
  | InputDetails
  | NormDetails
  | ResidualDetails
  | ScoresDetails
  | UnitDetails
  | ChoiceDetails
  | LeakDetails
  | PositionDetails
  | StreamDetails;

/** The embeddings that add up, the sum last. */
export interface InputDetails {
  kind: 'input';
  parts: InputPart[];
}

/** How the query of a token comes to its weights, one for each head; -Infinity where a mask hides. */
export interface ScoresDetails {
  kind: 'scores';
  heads: HeadScores[];
}

/** Mean and variance over the features of each token, before and after, and the weights of each feature. */
export interface NormDetails {
  kind: 'norm';
  before: Moments;
  after: Moments;
  /** γ, as many as features. */
  scale: Float32Array;
  /** β; null for a norm without. */
  shift: Float32Array | null;
  epsilon: number;
}

/** One number for each token. */
export interface Moments {
  mean: Float32Array;
  variance: Float32Array;
}

/** A sum of the stream and what a sublayer adds, for one token, in every layer of its stack. */
export interface ResidualDetails {
  kind: 'residual';
  layers: {
    layer: number;
    /** Which sublayer adds. */
    part: 'attention' | 'crossAttention' | 'feedForward';
    /** Euclidean norm of the stream x, of what is added f(x), and the cosine between them. */
    stream: number;
    added: number;
    cosine: number;
  }[];
}

/** The hidden units that fire most for a token. */
export interface UnitDetails {
  kind: 'units';
  units: { unit: number; value: number }[];
  /** Units above 0, and how many there are. */
  active: number;
  count: number;
}

/** The most probable entries of a softmax over a row of logits. */
export interface ChoiceDetails {
  kind: 'choices';
  choices: { label: string; probability: number }[];
}

/** The residual stream of a token through all layers of its stack. */
export interface StreamDetails {
  kind: 'stream';
  states: {
    /** The layer that gives it; null for what the first one reads. */
    layer: number | null;
    norm: number;
    /** Cosine with the first and the last of these states. */
    toFirst: number;
    toLast: number;
  }[];
}

/** How much of each head's attention would go to tokens that the mask hides, were it not there. */
export interface LeakDetails {
  kind: 'leak';
  /** One share, 0 to 1, for each head. */
  shares: Float32Array;
  /** How many keys the mask hides from the token. */
  hidden: number;
}

/** Vectors of positions, and how alike they are by distance. */
export interface PositionDetails {
  kind: 'positions';
  isSinusoidal: boolean;
  /** `[positions][width]` of the model, on the scale of `core/signedBytes`. */
  picture: TensorPicture;
  /** Mean product of two vectors so far apart, over that of a vector with itself. */
  products: Float32Array;
  /** The same of sinusoids of this width, by their closed form. */
  closedForm: Float32Array;
  /** Of sinusoids, the largest difference of a number from sin or cos of its angle; null for others. */
  fromWaves: number | null;
  /** Of sinusoids, the largest difference of a vector from one that stands before it and is turned; null for others. */
  fromTurned: { distance: number; difference: number } | null;
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

/** Something to try out on the model beside its own pass. */
export type ForwardExperiment = 'lens' | 'shuffle' | 'gradient' | 'batchNorm';

export interface ForwardExperimentQuestion {
  trace: string;
  experiment: ForwardExperiment;
  /** The step that it is tried at, by its index. */
  step: number;
  token: number;
}

export type ForwardExperimentResult = LensResult | ShuffleResult | GradientResult | BatchNormResult;

/** What the language-model head makes of a token after each layer (nostalgebraist 2020, "the logit lens"). */
export interface LensResult {
  experiment: 'lens';
  states: { layer: number | null; choices: { label: string; probability: number }[] }[];
}

/** The tokens in another order, with and without positions. */
export interface ShuffleResult {
  experiment: 'shuffle';
  /** The tokens as they were read, shuffled. */
  tokens: string[];
  /**
   * Largest difference between what each token gets in either order, over the largest number: near 0 where the
   * results merely change places.
   */
  withPositions: number;
  withoutPositions: number;
}

/** What is left of a gradient on its way through the layers, by finite differences. */
export interface GradientResult {
  experiment: 'gradient';
  /** Length of a small change after each sublayer over its length before the first, of x + f(x). */
  withResidual: Float32Array;
  /** The same of f(x) alone, at the same states. */
  withoutResidual: Float32Array;
  /** Names of the sublayers, in order. */
  sublayers: { layer: number; part: 'attention' | 'feedForward' }[];
  /** Length of the change over the length of the state. */
  step: number;
  /** Directions that were tried; the lengths are their geometric mean. */
  directions: number;
  /** An illustration, not this model: the same of a tanh network unrolled over as many steps. */
  recurrent: Float32Array;
}

/** Layer norm beside batch norm, on the lines of the text as a batch. */
export interface BatchNormResult {
  experiment: 'batchNorm';
  /** Lines, and the tokens of the longest. */
  lines: number;
  longest: number;
  features: number;
  /** Sizes of batches that were drawn from the lines. */
  sizes: number[];
  /**
   * For each size, how far the mean of a feature over the batch strays from that over all lines: root mean square over
   * features and draws, in standard deviations of the feature.
   */
  meanStrays: Float32Array;
  /** The same of its standard deviation, as a ratio less 1. */
  deviationStrays: Float32Array;
  /** How far padding to the longest line moves the mean of a feature, in the same unit. */
  paddingMoves: number;
  /** Share of positions that are padding. */
  padding: number;
  /** How far padding moves the mean that layer norm takes of a token, in standard deviations over its features. */
  layerNormMoves: number;
}
