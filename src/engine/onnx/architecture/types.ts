import type {
  Activation,
  BlockKind,
  HeadKind,
  NormKind,
  NormPlacement,
  Positions,
} from '../../../protocol/architecture';
import type { AttentionTensors } from '../attention';
import type { SidecarEdit } from '../edit';

export type { Activation, BlockKind, HeadKind, NormKind, Positions };

/** How a tensor can be had. */
export type TensorSource =
  | { readonly how: 'present'; readonly tensor: string }
  /** By what `edit` adds to the graph. Sources may share additions, which are added once. */
  | {
      readonly how: 'recomputed';
      readonly tensor: string;
      readonly edit: Required<Pick<SidecarEdit, 'addNodes' | 'addInitializers'>>;
      readonly reason: string;
    }
  | { readonly how: 'missing'; readonly reason: string };

/**
 * A Transformer as found in a graph: a plain description whose leaves are tensors by role. Shapes with B sequences,
 * S tokens, hidden size H and feed-forward size F; some exporters merge B and S. What is not found says why.
 */
export interface Architecture {
  /** Encoders before decoders, and in graph order. Empty for a graph that is no Transformer. */
  readonly stacks: readonly Stack[];
  /** BERT's pooler, tanh(dense(first token)), [B, H]. */
  readonly pooler: TensorSource;
  readonly heads: readonly Head[];
  /** Every block's weights; each weight is counted in the first block that uses it. */
  readonly weights: readonly WeightBlock[];
}

export interface Stack {
  readonly kind: 'encoder' | 'decoder';
  readonly embeddings: Embeddings;
  readonly layers: readonly Layer[];
  /** The norm after the last layer of a stack whose layers norm before their sublayers, [B, S, H]. */
  readonly finalNorm: TensorSource;
  /** The stack's result, [B, S, H]. */
  readonly output: TensorSource;
  /** H, where the graph tells. */
  readonly hiddenSize: number | undefined;
}

/** [B, S, E], E the size of embeddings: H but for ALBERT and ELECTRA. */
export interface Embeddings {
  readonly token: TensorSource;
  /** [1 or B, S, E] */
  readonly position: TensorSource;
  readonly segment: TensorSource;
  readonly sum: TensorSource;
  readonly norm: TensorSource;
  /** [B, S, H] */
  readonly projection: TensorSource;
  /** Empty where no positions are found. */
  readonly positions: readonly Positions[];
  /** Biases by distance, as they are looked up before they are turned for the scores: [S, T, N]. */
  readonly relativeBias: TensorSource;
  /** Rows of the stored tables, where there are any: vocabulary, positions, segments. */
  readonly rows: Readonly<Record<'token' | 'position' | 'segment', number | undefined>>;
  /** E, where the graph tells. */
  readonly width: number | undefined;
}

export interface Layer {
  /** Self-attention. */
  readonly attention: AttentionSublayer;
  /** Attention from decoder to encoder. */
  readonly crossAttention: AttentionSublayer | undefined;
  readonly feedForward: FeedForward;
  /** The layer's result, [B, S, H]. */
  readonly hiddenState: TensorSource;
}

/** The function of a sublayer with what stands around it, all [B, S, H]. */
export interface Sublayer {
  /** What the function gives, before it is added. */
  readonly output: TensorSource;
  /** One for both where attention and feed-forward network read the same hidden state side by side. */
  readonly residualSum: TensorSource;
  readonly norm: TensorSource;
  readonly normPlacement: NormPlacement | undefined;
  readonly normKind: NormKind | undefined;
}

export interface AttentionSublayer extends Sublayer {
  readonly tensors: AttentionTensors;
  /** How far from its own place a token sees, in tokens; undefined without such a limit. */
  readonly window: number | undefined;
  /** The contexts of all heads side by side, [B, S, H]. */
  readonly concatenatedHeads: TensorSource;
}

export interface FeedForward extends Sublayer {
  /** What the activation reads, [B, S, F]. */
  readonly inner: TensorSource;
  /** What a gated unit multiplies the activated product with, [B, S, F] (Shazeer 2020). */
  readonly gated: TensorSource;
  /** What the second matrix reads, [B, S, F]: activated and, in a gated unit, multiplied. */
  readonly activated: TensorSource;
  readonly activation: Activation;
  readonly isGated: boolean;
  /** F, where the graph tells. */
  readonly innerSize: number | undefined;
}

/** An output of the graph that is computed from the result of a stack. */
export interface Head {
  readonly kind: HeadKind;
  readonly logits: string;
  /** Scores for each token, or for each sequence. */
  readonly size: number | undefined;
}

export interface WeightBlock {
  readonly block: BlockKind;
  /** Index among the stacks; undefined for pooler and heads. */
  readonly stack: number | undefined;
  /** Every layer that uses these weights, counted from 0: ALBERT's use one set in all of them. */
  readonly layers: readonly number[];
  /** The output that a head's weights are for. */
  readonly output?: string;
  readonly initializers: readonly string[];
  /** Those of the initializers that an earlier block uses, too. */
  readonly tied: readonly string[];
  /** Numbers in the initializers, tied ones not counted. */
  readonly parameters: number;
}
