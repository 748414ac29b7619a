import type { NodeBuilder } from '../nodeBuilder';
import { floatAttribute } from '../structure';
import type { OnnxNode } from '../types';
import type { AttentionContext } from './context';
import { UnknownForm } from './types';

/** The lowest float32 number: what onnxruntime puts where a causal mask hides a token. */
export const lowest = -3.4028234663852886e38;

/** What onnxruntime's own operators hide tokens with where the file does not say. */
const usualFilter = -10000;

/**
 * What is added to the scores: `others`, or 0, where something may be seen, and `hidden` in their place elsewhere.
 * @param seen bool.
 */
export function hide(builder: NodeBuilder, seen: string, others?: string, hidden = lowest): string {
  return builder.op('Where', [seen, others ?? builder.scalar(0), builder.scalar(hidden)], {}, 'mask');
}

/**
 * Whether each query may see each key: those up to its own place, counted from the first key.
 * @param places of the queries, int64 `[S, 1]` or `[B, S, 1]`. @param keys their number.
 * @returns bool `[S, T]` or `[B, S, T]`.
 */
export function seenCausally(builder: NodeBuilder, places: string, keys: string): string {
  return builder.op('Not', [builder.op('Greater', [builder.positions(keys), places])]);
}

/** The places of queries that come after `past` keys, int64 `[S, 1]`. @param queries their number. */
export function queryPlaces(builder: NodeBuilder, queries: string, past: string): string {
  return builder.transpose(builder.op('Add', [builder.positions(queries), past]), [1, 0]);
}

/** Masks as onnxruntime's operators take them. */
export interface Masks {
  /** [B, N, S, D] */
  readonly query: string;
  /** [B, N, T, D] */
  readonly keys: string;
  /** The mask of tokens, whole numbers; '' for none. */
  readonly mask: string;
  /** Added to the scores; '' for nothing. */
  readonly scores: string;
  readonly isCausal: boolean;
}

/**
 * Everything that one of onnxruntime's operators adds to the scores as one tensor, to be broadcast to [B, N, S, T];
 * undefined for nothing.
 */
export function mergeMasks(
  { shapes, index }: AttentionContext,
  node: OnnxNode,
  builder: NodeBuilder,
  { query, keys, mask, scores, isCausal }: Masks,
): string | undefined | UnknownForm {
  const filter = floatAttribute(node, 'mask_filter_value') ?? usualFilter;
  let merged: string | undefined;
  if (mask !== '') {
    // The length of each text, the second result of this operator, is not described.
    const isLengths = index.producer(mask)?.opType.endsWith('EmbedLayerNormalization');
    const rank = isLengths ? 1 : shapes.get(mask)?.length;
    if (!rank || rank > 3) return new UnknownForm(`mask of ${rank ?? 'unknown'} axes`);
    const seen = rank === 1 ? seenUpTo(builder, mask, query, keys) : isPositive(builder, mask);
    const axes = rank === 3 ? [1] : [1, 2];
    merged = hide(builder, builder.unsqueeze(seen, ...axes), undefined, filter);
  }
  if (isCausal) {
    const [queries, all] = [builder.size(query, 2), builder.size(keys, 2)];
    const places = queryPlaces(builder, queries, builder.op('Sub', [all, queries]));
    merged = hide(builder, seenCausally(builder, places, all), merged);
  }
  if (scores === '') return merged;
  const added = builder.cast(scores, 'float32');
  return merged === undefined ? added : builder.op('Add', [added, merged], {}, 'mask');
}

/** Whether each number is above 0. */
function isPositive(builder: NodeBuilder, mask: string): string {
  return builder.op('Greater', [builder.cast(mask, 'float32'), builder.scalar(0)]);
}

/**
 * Which keys of each text lie before its end, bool [B, T]. The mask holds the ends, [B]; then perhaps the starts,
 * [2B]; or, after the ends, two lists of sums that say nothing more, [3B + 2].
 */
function seenUpTo(builder: NodeBuilder, mask: string, query: string, keys: string): string {
  const batch = builder.size(query, 0);
  const twice = builder.op('Add', [batch, batch]);
  const places = builder.positions(builder.size(keys, 2));
  const list = builder.cast(mask, 'int64');
  const ends = builder.unsqueeze(builder.slice(list, [0], batch, 0), 1);
  const padded = builder.concat([list, builder.op('Sub', [batch, batch])], 0);
  const hasStarts = builder.op('Equal', [builder.size(list, 0), twice]);
  // Where there are no starts, places from the list's end on are cut to one: nothing lies before it.
  const starts = builder.op('Mul', [
    builder.slice(padded, batch, twice, 0),
    builder.cast(hasStarts, 'int64'),
  ]);
  const isBefore = builder.op('Greater', [ends, places]);
  const isCut = builder.op('Greater', [builder.unsqueeze(starts, 1), places]);
  return builder.op('And', [isBefore, builder.op('Not', [isCut])]);
}
