/**
 * How a stack knows where a token stands: a vector added to the token's (learned or sinusoidal), a bias added to the
 * scores by distance, learned (relative) or a slope for each head (slopes), scores of content with position
 * (disentangled), or turned queries and keys (rotary).
 */
export type Positions = 'learned' | 'sinusoidal' | 'relative' | 'slopes' | 'disentangled' | 'rotary';

export type NormKind = 'layer' | 'rms';

/** Before the function (Xiong et al. 2020) or after the sum (Vaswani et al. 2017). */
export type NormPlacement = 'before' | 'after';

export type Activation =
  | 'gelu'
  | 'geluTanh'
  | 'quickGelu'
  | 'silu'
  | 'relu'
  | 'reluSquared'
  | 'tanh'
  | 'sigmoid'
  | 'none'
  | 'unknown';

export type HeadKind =
  | 'maskedWord'
  | 'nextToken'
  | 'nextSentence'
  | 'sentenceOrder'
  | 'class'
  | 'tag'
  | 'answerStart'
  | 'answerEnd'
  | 'replacedToken';

export type BlockKind =
  'embeddings' | 'attention' | 'crossAttention' | 'feedForward' | 'finalNorm' | 'pooler' | 'head';

/** A Transformer as the papers draw it, without the names of its tensors. */
export interface ArchitectureFacts {
  /** An encoder before its decoder. */
  stacks: StackFacts[];
  hasPooler: boolean;
  heads: HeadFacts[];
  weights: WeightFacts[];
}

/** Sizes are null where the graph does not tell. */
export interface StackFacts {
  kind: 'encoder' | 'decoder';
  embeddings: EmbeddingsFacts;
  layers: LayerFacts[];
  hasFinalNorm: boolean;
  hiddenSize: number | null;
}

export interface EmbeddingsFacts {
  token: TableFacts | null;
  /** The vectors that are added by position; null where a stack knows positions in another way. */
  position: TableFacts | null;
  segment: TableFacts | null;
  hasNorm: boolean;
  /** Narrow embeddings are projected to hidden states. */
  hasProjection: boolean;
  /** Every way that the stack has; empty where none is found. */
  positions: Positions[];
}

/** Vectors that are looked up, or computed where `rows` is null. */
export interface TableFacts {
  rows: number | null;
  width: number | null;
}

export interface LayerFacts {
  attention: AttentionSublayerFacts;
  crossAttention: AttentionSublayerFacts | null;
  feedForward: FeedForwardFacts;
  /** Attention and feed-forward network read the same hidden state, and both are added to it at once. */
  isParallel: boolean;
  /** Both read what one norm gives. */
  sharesNorm: boolean;
}

export interface SublayerFacts {
  /** null where no norm is found. */
  norm: { placement: NormPlacement; kind: NormKind } | null;
}

export interface AttentionSublayerFacts extends SublayerFacts {
  heads: number | null;
  /** How far from its own place a token sees, in tokens (local attention); null without such a limit. */
  window: number | null;
}

export interface FeedForwardFacts extends SublayerFacts {
  /** Numbers that the activation reads for each token. */
  innerSize: number | null;
  activation: Activation;
  isGated: boolean;
}

export interface HeadFacts {
  kind: HeadKind;
  /** Scores for each token, or for each text. */
  size: number | null;
}

/** The weights of one block. */
export interface WeightFacts {
  block: BlockKind;
  /** Index among the stacks; null for the pooler and the heads. */
  stack: number | null;
  /** Every layer that uses these weights, counted from 0; empty for what a stack has once. */
  layers: number[];
  /** Index among the heads; null for other blocks. */
  head: number | null;
  /** Numbers in the weights, those that an earlier block uses not counted. */
  parameters: number;
  /** The blocks whose weights this one uses, too. */
  tiedTo: BlockKind[];
}
