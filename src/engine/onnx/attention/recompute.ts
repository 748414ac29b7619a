import type { NodeBuilder } from '../nodeBuilder';
import type { AttentionNames } from './types';

/** The lowest float32 number: what onnxruntime puts where a causal mask hides a token. */
export const lowest = -3.4028234663852886e38;

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
}

/** Adds the nodes of softmax(q·kᵀ·scale + mask)·v. */
export function attend(builder: NodeBuilder, parts: AttentionParts): AttentionNames {
  const { query, value, mask, scale, softcap } = parts;
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
  const probabilities = builder.op('Softmax', [scores], { axis: 3 }, 'probabilities');
  const context = builder.op('MatMul', [probabilities, value], {}, 'context');
  return { query, key, value, scores, mask, probabilities, context };
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

/**
 * Whether each query may see each key: those up to its own place, counted from the first key.
 * @param places of the queries, int64 `[S, 1]` or `[B, S, 1]`. @param keys their number.
 * @returns bool `[S, T]` or `[B, S, T]`.
 */
export function causalMask(builder: NodeBuilder, places: string, keys: string): string {
  return builder.op('Not', [builder.op('Greater', [builder.positions(keys), places])]);
}

/** The places of queries that come after `past` keys, int64 `[S, 1]`. @param queries their number. */
export function queryPlaces(builder: NodeBuilder, queries: string, past: string): string {
  return builder.transpose(builder.op('Add', [builder.positions(queries), past]), [1, 0]);
}

/** 0 where something may be seen, and `hidden` elsewhere. @param seen bool. */
export function additiveMask(builder: NodeBuilder, seen: string, hidden: number): string {
  return builder.op('Where', [seen, builder.scalar(0), builder.scalar(hidden)]);
}
