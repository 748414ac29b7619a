import type { SidecarEdit } from '../edit';
import type { OnnxNode } from '../types';

/** What an attention reads: its own sequence, its own sequence up to each token, or another sequence. */
export type AttentionStack = 'encoder' | 'decoder' | 'cross';

/**
 * The tensors of one attention, softmax(q·kᵀ/√d + mask)·v, by their roles (Vaswani et al. 2017, section 3.2.1).
 * Shapes with B sequences, N heads, S queries, T keys and heads of size D; some exporters merge B and N.
 */
export interface AttentionTensors {
  /** `present`: the graph itself computes the probabilities. `recomputed`: nodes of `edit` do. */
  readonly how: 'present' | 'recomputed';
  readonly stack: AttentionStack;
  /** What has to be added to the graph for the tensors; empty where the graph has them all. */
  readonly edit: AttentionEdit;
  /** [B, N, S, D] */
  readonly query: string;
  /** [B, N, D, T]: as the product takes it, already transposed. */
  readonly key: string;
  /** [B, N, T, D] */
  readonly value: string;
  /** What the softmax reads, [B, N, S, T]: scaled and masked. */
  readonly scores: string;
  /** What is added to the scores to hide tokens, broadcast to [B, N, S, T]; undefined where nothing is added. */
  readonly mask: string | undefined;
  /** [B, N, S, T], as they are multiplied with the values; each row sums to 1. */
  readonly probabilities: string;
  /** The weighted sum of the values, [B, N, S, D]. */
  readonly context: string;
  /** N, where the graph tells. */
  readonly heads: number | undefined;
  /**
   * The graph's own tensors of some roles, where it computes the attention in the open: as integers, perhaps, or with
   * their axes in another order.
   */
  readonly inGraph?: Pick<AttentionNames, 'query' | 'key' | 'value' | 'context'>;
  /** The operator that computes the attention inside; undefined where the graph computes it in the open. */
  readonly operator: OnnxNode | undefined;
}

export type AttentionEdit = Required<Pick<SidecarEdit, 'addNodes' | 'addInitializers'>>;

const roles = ['query', 'key', 'value', 'scores', 'mask', 'probabilities', 'context'] as const;

/** What a tensor of an attention is, whatever the graph calls it. */
export type AttentionRole = (typeof roles)[number];

/** The names of an attention's tensors alone. */
export type AttentionNames = Pick<AttentionTensors, AttentionRole>;

/** The names of the tensors of these attentions, each once. */
export function tensorNames(layers: readonly AttentionNames[]): string[] {
  return [...new Set(layers.flatMap((layer) => roles.flatMap((role) => layer[role] ?? [])))];
}

/** An attention whose weights cannot be had. */
export interface MissingAttention {
  readonly how: 'missing';
  /** The operator that hides it. */
  readonly operator: string;
  /** Why, and the way out, in the user's language. */
  readonly reason: string;
}

export type AttentionLayer = AttentionTensors | MissingAttention;

/** Why a node's attention is not recomputed: what its form has, in onnxruntime's words, that is not known here. */
export class UnknownForm {
  constructor(readonly part: string) {}
}
