import type { NodeBuilder } from '../nodeBuilder';
import { lowest } from './masks';
import type { AttentionNames } from './types';

/** float32 tensors that an attention is computed from; B sequences, N heads, S queries, T keys. */
export interface AttentionParts {
  /** [B, N, S, D] */
  readonly query: string;
  /** [B, N, T, D] */
  readonly key: string;
  /** [B, N, T, Dv] */
  readonly value: string;
  /** What the products are multiplied by; 1/√D when absent. */
  readonly scale: number | undefined;
  /** Scores become softcap·tanh(scores/softcap) before a mask is added; not when absent. */
  readonly softcap?: number | undefined;
  /** Added to the scores, to be broadcast to [B, N, S, T]. */
  readonly mask: string | undefined;
  /** Whether a query whose keys are all hidden weighs them by 0; else it weighs what is hidden. */
  readonly guarded?: boolean;
}

/** Adds the nodes of softmax(q·kᵀ·scale + mask)·v. */
export function attend(builder: NodeBuilder, parts: AttentionParts): AttentionNames {
  const { query, value, mask, scale, softcap, guarded = false } = parts;
  const key = builder.transpose(parts.key, [0, 1, 3, 2], 'key');
  const product = builder.op('MatMul', [query, key]);
  let scores =
    scale === undefined
      ? builder.op('Div', [product, builder.op('Sqrt', [builder.cast(builder.size(query, 3), 'float32')])])
      : builder.op('Mul', [product, builder.scalar(scale)]);
  if (softcap !== undefined) {
    const cap = builder.scalar(softcap);
    scores = builder.op('Mul', [builder.op('Tanh', [builder.op('Div', [scores, cap])]), cap]);
  }
  if (mask !== undefined) scores = builder.op('Add', [scores, mask], {}, 'scores');
  const weights = builder.op('Softmax', [scores], { axis: 3 }, 'probabilities');
  const probabilities = guarded && mask !== undefined ? guard(builder, scores, weights) : weights;
  const context = builder.op('MatMul', [probabilities, value], {}, 'context');
  return { query, key, value, scores, mask, probabilities, context };
}

/** 0 in place of the weights of rows that see nothing. The form of ReduceMax is that of operator set 18 and later. */
function guard(builder: NodeBuilder, scores: string, weights: string): string {
  const best = builder.op('ReduceMax', [scores, builder.ints([-1])], { keepdims: 1 });
  const sees = builder.op('Greater', [best, builder.scalar(lowest)]);
  return builder.op('Where', [sees, weights, builder.scalar(0)], {}, 'probabilities');
}

/** Tokens of width N·D, [B, S, N·D], by head: [B, N, S, D]. */
export function byHead(builder: NodeBuilder, tensor: string, heads: number): string {
  return builder.transpose(builder.reshape(tensor, [0, 0, heads, -1]), [0, 2, 1, 3]);
}

/** Keys or values of earlier runs and of this one, joined along the tokens of [B, N, T, D]. */
export function withPast(builder: NodeBuilder, past: string | undefined, tensor: string): string {
  return past === undefined ? tensor : builder.concat([builder.cast(past, 'float32'), tensor], 2);
}

/** Keys or values of fewer heads, each for as many of the queries' heads as there are to one: [B, N, T, D]. */
export function forEachHead(builder: NodeBuilder, tensor: string, query: string): string {
  const [batch, heads, shared] = [builder.size(query, 0), builder.size(query, 1), builder.size(tensor, 1)];
  const one = builder.ints([1]);
  const repeats = builder.concat([one, one, builder.op('Div', [heads, shared]), one, one], 0);
  const repeated = builder.op('Expand', [builder.unsqueeze(tensor, 2), repeats]);
  const shape = [batch, heads, builder.size(tensor, 2), builder.size(tensor, 3)];
  return builder.reshape(repeated, builder.concat(shape, 0));
}
