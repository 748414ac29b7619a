import type { ArchitectureFacts } from './architecture';

/** The kinds of question that a model can be asked; each has a current model of its own. */
export type QuestionKind =
  | 'tokens'
  | 'maskedWords'
  | 'attention'
  | 'pair'
  | 'classes'
  | 'tags'
  | 'answer'
  | 'similarity'
  | 'generation';

/** One input or output of the graph; a dimension is a size, a symbolic name, or null when the file does not say. */
export interface TensorFacts {
  name: string;
  type: string;
  shape: (number | string | null)[];
}

/** Something that a model folder lacks, and what to do about it. */
export interface MissingPart {
  part: 'onnx' | 'tokenizer' | 'config' | 'mlmHead' | 'attention';
  message: string;
  /** A command for a terminal that gives it. */
  command?: string;
}

/** `present`: a tensor of the graph. `recomputed`: by nodes that Headlight adds in memory. */
export type Availability = 'present' | 'recomputed' | 'missing';

/** One attention of a model. */
export interface AttentionFacts {
  /** What attends: an encoder to itself, a decoder to itself, or a decoder to an encoder. */
  stack: 'encoder' | 'decoder' | 'cross';
  /** Counted from 0 within its stack. */
  layer: number;
  /** null where the graph does not tell. */
  heads: number | null;
  how: Availability;
  /** Why it is not in the graph as it is; null for what is. */
  reason: string | null;
}

/** Tensors that a stack has once. */
export type StackRole =
  | 'tokenEmbedding'
  | 'positionEmbedding'
  | 'segmentEmbedding'
  | 'embeddingSum'
  | 'embeddingNorm'
  | 'embeddingProjection'
  | 'relativePositionBias'
  | 'finalNorm'
  | 'lastHiddenState';

/** Tensors of an attention; `Heads` are the contexts of all heads side by side. */
export type AttentionPart =
  | 'Query'
  | 'Key'
  | 'Value'
  | 'Scores'
  | 'Mask'
  | 'Probabilities'
  | 'Context'
  | 'Heads'
  | 'Output'
  | 'ResidualSum'
  | 'Norm';

export type FeedForwardPart = 'Inner' | 'Gate' | 'Activation' | 'Output' | 'ResidualSum' | 'Norm';

/** Tensors of a layer. */
export type LayerRole =
  | `attention${AttentionPart}`
  | `crossAttention${AttentionPart}`
  | `feedForward${FeedForwardPart}`
  | 'hiddenState';

/** Tensors behind the last layer: what a pooler and each head give. */
export type HeadRole =
  | 'pooler'
  | 'maskedWordLogits'
  | 'nextTokenLogits'
  | 'nextSentenceLogits'
  | 'sentenceOrderLogits'
  | 'classLogits'
  | 'tagLogits'
  | 'answerStartLogits'
  | 'answerEndLogits'
  | 'replacedTokenLogits';

/** Which tensor of a Transformer is meant. */
export interface RolePlace {
  role: StackRole | LayerRole | HeadRole;
  /** null for what stands behind all stacks. */
  stack: 'encoder' | 'decoder' | null;
  /** Counted from 0 within its stack; null for what a model or stack has once. */
  layer: number | null;
}

/** A tensor of a Transformer by its role, and how it can be had. */
export interface RoleFacts extends RolePlace {
  how: Availability;
  /** Why it is not in the graph as it is; null for what is. */
  reason: string | null;
}

/** What is known of a model before it runs. Numbers are null where neither config.json nor the graph tells. */
export interface ModelFacts {
  /** The folder's name, or the file's for a bare `.onnx`. */
  model: string;
  /** The folder or file that was opened, absolute. */
  path: string;
  /** The `.onnx` file that answers, absolute; null for a folder with a tokenizer alone. */
  onnxFile: string | null;
  /** Bytes of that file, and of its weights in files beside it. */
  fileSize: number | null;
  /** Every `.onnx` variant beside it, absolute. */
  variants: string[];
  /** The tokenizer's file, absolute. */
  tokenizerFile: string | null;
  /** `model_type` of config.json. */
  family: string | null;
  layers: number | null;
  heads: number | null;
  hiddenSize: number | null;
  vocabularySize: number | null;
  /** The most tokens that the model reads at once, special tokens included. */
  maximumLength: number | null;
  /** Weights counted once each. */
  parameters: number | null;
  producer: string | null;
  opsets: { domain: string; version: number }[];
  inputs: TensorFacts[];
  outputs: TensorFacts[];
  /** Every attention, in the graph's order but for missing ones, which come last. */
  attention: AttentionFacts[];
  /** Every role of a Transformer of this kind; empty for a graph that is none. */
  roles: RoleFacts[];
  /** null for a graph in which no Transformer is found. */
  architecture: ArchitectureFacts | null;
  answers: QuestionKind[];
  missing: MissingPart[];
}
