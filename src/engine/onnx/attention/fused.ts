import { intAttribute, intsAttribute, floatAttribute } from '../structure';
import type { OnnxNode } from '../types';
import type { NodeBuilder } from '../nodeBuilder';
import type { AttentionContext } from './patterns';
import {
  additiveMask,
  attend,
  byHead,
  causalMask,
  forEachHead,
  lowest,
  queryPlaces,
  withPast,
} from './recompute';
import type { AttentionTensors } from './types';

/** Why a node's attention is not recomputed: what its form has, in onnxruntime's words, that is not known here. */
export class UnknownForm {
  constructor(readonly part: string) {}
}

type Recipe = (context: AttentionContext, node: OnnxNode) => AttentionTensors | UnknownForm;

/** What onnxruntime hides tokens with where the file does not say. */
const usualFilter = -10000;

/**
 * onnxruntime's operators of the domain com.microsoft that compute attention inside, and how to compute it again
 * with operators of the standard set. Inputs and masks are as its documentation of these operators has them, in the
 * forms that its CPU kernels take (contrib_ops/cpu/bert).
 */
export const fusedRecipes: ReadonlyMap<string, Recipe> = new Map([
  ['Attention', recomputeAttention],
  ['QAttention', recomputeQAttention],
  ['MultiHeadAttention', recomputeMultiHead],
  ['GroupQueryAttention', recomputeGrouped],
]);

function recomputeAttention(context: AttentionContext, node: OnnxNode): AttentionTensors | UnknownForm {
  const [input = '', weight = '', bias = '', mask = '', past = '', scores = ''] = node.inputs;
  const builder = context.builder(node);
  const product = builder.op('MatMul', [builder.cast(input, 'float32'), builder.cast(weight, 'float32')]);
  return ofProjection(context, node, builder, { input, product, bias, mask, past, scores });
}

function recomputeQAttention(context: AttentionContext, node: OnnxNode): AttentionTensors | UnknownForm {
  const [input = '', weight = '', bias = '', inputScale = '', weightScale = ''] = node.inputs;
  const [mask = '', inputZero = '', weightZero = '', past = ''] = node.inputs.slice(5);
  const builder = context.builder(node);
  // Scales and zero points are one for all or one for each column: DequantizeLinear has those from operator set 13 on.
  const real = (tensor: string, scale: string, zero: string): string => {
    const whole = builder.cast(tensor, 'float32');
    const shifted = zero === '' ? whole : builder.op('Sub', [whole, builder.cast(zero, 'float32')]);
    return builder.op('Mul', [shifted, scale]);
  };
  const product = builder.op('MatMul', [
    real(input, inputScale, inputZero),
    real(weight, weightScale, weightZero),
  ]);
  return ofProjection(context, node, builder, { input, product, bias, mask, past, scores: '' });
}

/** What Attention and QAttention have in common; '' is what is left out. */
interface Projection {
  /** [B, S, hidden] */
  readonly input: string;
  /** Queries, keys and values side by side, without bias: [B, S, D + D + Dv]. */
  readonly product: string;
  readonly bias: string;
  readonly mask: string;
  /** Keys and values of earlier runs, [2, B, N, P, D]. */
  readonly past: string;
  /** Added to the scores, [B, N, S, T]. */
  readonly scores: string;
}

function ofProjection(
  context: AttentionContext,
  node: OnnxNode,
  builder: NodeBuilder,
  parts: Projection,
): AttentionTensors | UnknownForm {
  const { input, product, bias, mask, past, scores } = parts;
  const heads = intAttribute(node, 'num_heads', 1);
  // The operator's own kernel ends the process where it has none.
  if (bias === '') return new UnknownForm('no bias');
  for (const attribute of ['do_rotary', 'past_present_share_buffer']) {
    if (intAttribute(node, attribute, 0) !== 0) return new UnknownForm(attribute);
  }
  const sizes = intsAttribute(node, 'qkv_hidden_sizes') ?? [];
  const biased = builder.op('Add', [product, builder.cast(bias, 'float32')]);
  const [query, key, value] = builder
    .split(biased, sizes.length === 3 ? sizes : 3, 2)
    .map((part) => byHead(builder, part, heads)) as [string, string, string];
  const earlier = past === '' ? undefined : [0, 1].map((element) => builder.pick(past, element, 0));
  const [keys, values] = [withPast(builder, earlier?.[0], key), withPast(builder, earlier?.[1], value)];
  const isCausal = intAttribute(node, 'unidirectional', 0) !== 0;
  const merged = mergeMasks(context, node, builder, { query, keys, mask, scores, isCausal });
  if (merged instanceof UnknownForm) return merged;
  const scale = floatAttribute(node, 'scale') || undefined;
  return {
    how: 'recomputed',
    stack: context.stacks.stackOf({
      query: input,
      key: input,
      masks: [mask, scores],
      isDecoder: isCausal || past !== '',
    }),
    heads,
    ...attend(builder, { query, key: keys, value: values, scale, mask: merged }),
    edit: builder.edit,
  };
}

function recomputeMultiHead(context: AttentionContext, node: OnnxNode): AttentionTensors | UnknownForm {
  const [query = '', key = '', value = '', bias = '', mask = '', scores = ''] = node.inputs;
  const [pastKey = '', pastValue = '', pastLength = '', beams = ''] = node.inputs.slice(6);
  // Side by side in one tensor they are for GPUs: the CPU has no kernel.
  if (key === '' || value === '') return new UnknownForm('packed queries, keys and values');
  if (pastLength !== '') return new UnknownForm('past_sequence_length');
  if (beams !== '') return new UnknownForm('cache_indirection');
  const heads = intAttribute(node, 'num_heads', 1);
  const isCausal = intAttribute(node, 'unidirectional', 0) !== 0;
  const builder = context.builder(node);
  const states = builder.cast(query, 'float32');
  const add = biasOf(builder, states, bias);
  const read = (tensor: string, part: number): string =>
    byHead(builder, add(builder.cast(tensor, 'float32'), part), heads);
  // Keys and values of another sequence may come by head, [B, N, T, D], as an earlier run has left them.
  const isByHead = context.shapes.get(key)?.length === 4;
  const [ownKeys, ownValues] = isByHead
    ? [builder.cast(key, 'float32'), builder.cast(value, 'float32')]
    : [read(key, 1), read(value, 2)];
  const queries = byHead(builder, add(states, 0), heads);
  const keys = withPast(builder, pastKey || undefined, ownKeys);
  const values = withPast(builder, pastValue || undefined, ownValues);
  const merged = mergeMasks(context, node, builder, { query: queries, keys, mask, scores, isCausal });
  if (merged instanceof UnknownForm) return merged;
  const scale = floatAttribute(node, 'scale') || undefined;
  return {
    how: 'recomputed',
    stack: context.stacks.stackOf({
      query,
      key,
      masks: [mask, scores],
      isDecoder: isCausal || pastKey !== '',
    }),
    heads,
    ...attend(builder, { query: queries, key: keys, value: values, scale, mask: merged }),
    edit: builder.edit,
  };
}

/** Adds its part of the biases of queries, keys and values, which lie one after the other. */
function biasOf(builder: NodeBuilder, query: string, bias: string): (tensor: string, part: number) => string {
  if (bias === '') return (tensor) => tensor;
  const all = builder.cast(bias, 'float32');
  const width = builder.size(query, 2);
  const twice = builder.op('Add', [width, width]);
  const ends = [[0], width, twice, [Number.MAX_SAFE_INTEGER]] as const;
  return (tensor, part) => builder.op('Add', [tensor, builder.slice(all, ends[part]!, ends[part + 1]!, 0)]);
}

function recomputeGrouped(context: AttentionContext, node: OnnxNode): AttentionTensors | UnknownForm {
  const [query = '', key = '', , , , lengths = '', , cosines = '', sines = ''] = node.inputs;
  const [placesInput = '', scoresInput = '', sink = ''] = node.inputs.slice(9);
  // What comes out as keys and values for the next run: those of earlier runs among them, and turned.
  const [, presentKey = '', presentValue = ''] = node.outputs;
  if (presentKey === '' || presentValue === '') return new UnknownForm('present_key left out');
  if (sink !== '') return new UnknownForm('head_sink');
  if (scoresInput !== '') return new UnknownForm('attention_bias');
  const isQuantised = node.inputs.slice(12).some((name) => name !== '');
  if (isQuantised) return new UnknownForm('k_scale');
  for (const attribute of ['smooth_softmax', 'rotary_interleaved']) {
    if (intAttribute(node, attribute, 0) !== 0) return new UnknownForm(attribute);
  }
  const heads = intAttribute(node, 'num_heads', 1);
  const shared = intAttribute(node, 'kv_num_heads', heads);
  const builder = context.builder(node);
  const states = builder.cast(query, 'float32');
  const all = byHead(builder, states, key === '' ? heads + 2 * shared : heads);
  const unturned = key === '' ? builder.slice(all, [0], [heads], 1) : all;
  const [queries, batch] = [builder.size(unturned, 2), builder.size(unturned, 0)];
  // The operator is given the place of each text's last token, which is its length less one.
  const last = builder.reshape(
    builder.cast(lengths, 'int64'),
    builder.concat([batch, builder.ints([1, 1])], 0),
  );
  const past = builder.op('Sub', [builder.op('Add', [last, builder.ints([1])]), queries]);
  // A text that is shorter than the run is padded, not continued.
  const start = builder.op('Mul', [
    past,
    builder.cast(builder.op('Greater', [past, builder.ints([0])]), 'int64'),
  ]);
  const places = builder.op('Add', [start, builder.transpose(builder.positions(queries), [1, 0])]);
  const isTurned = intAttribute(node, 'do_rotary', 0) !== 0;
  const turnPlaces = placesInput === '' ? builder.pick(places, 0, 2) : placesInput;
  const turned = isTurned ? rotate(builder, unturned, turnPlaces, cosines, sines) : unturned;
  const [keys, values] = [presentKey, presentValue].map((name) =>
    forEachHead(builder, builder.cast(name, 'float32'), unturned),
  ) as [string, string];
  const count = builder.size(keys, 2);
  let seen = causalMask(builder, places, count);
  const window = intAttribute(node, 'local_window_size', -1);
  if (window > 0) {
    const first = builder.op('Sub', [places, builder.ints([window - 1])]);
    seen = builder.op('And', [
      seen,
      builder.op('Not', [builder.op('Greater', [first, builder.positions(count)])]),
    ]);
  }
  const mask = additiveMask(builder, builder.unsqueeze(seen, 1), lowest);
  const scale = floatAttribute(node, 'scale') || undefined;
  const softcap = floatAttribute(node, 'softcap') || undefined;
  return {
    how: 'recomputed',
    stack: 'decoder',
    heads,
    ...attend(builder, { query: turned, key: keys, value: values, scale, softcap, mask }),
    edit: builder.edit,
  };
}

/**
 * Rotary position embedding (Su et al. 2021) as these operators have it: the first half of what is turned is taken
 * together with the second. @param tensor [B, N, S, D]. @param places [B, S]. @param cosines, sines [places, half].
 */
function rotate(
  builder: NodeBuilder,
  tensor: string,
  places: string,
  cosines: string,
  sines: string,
): string {
  const half = builder.size(cosines, 1);
  const whole = builder.op('Add', [half, half]);
  const one = builder.slice(tensor, [0], half, 3);
  const other = builder.slice(tensor, half, whole, 3);
  const rest = builder.slice(tensor, whole, [Number.MAX_SAFE_INTEGER], 3);
  const [cosine, sine] = [cosines, sines].map((table) =>
    builder.unsqueeze(builder.op('Gather', [builder.cast(table, 'float32'), places], { axis: 0 }), 1),
  ) as [string, string];
  const times = (left: string, right: string): string => builder.op('Mul', [left, right]);
  const first = builder.op('Sub', [times(one, cosine), times(other, sine)]);
  const second = builder.op('Add', [times(other, cosine), times(one, sine)]);
  return builder.concat([first, second, rest], 3);
}

/** Masks as onnxruntime's operators take them. */
interface Masks {
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

/** Everything that is added to the scores as one tensor, to be broadcast to [B, N, S, T]. */
function mergeMasks(
  { shapes, index }: AttentionContext,
  node: OnnxNode,
  builder: NodeBuilder,
  { query, keys, mask, scores, isCausal }: Masks,
): string | undefined | UnknownForm {
  const filter = floatAttribute(node, 'mask_filter_value') ?? usualFilter;
  let merged: string | undefined;
  if (mask !== '') {
    // The length of each text, the second result of this operator, is not described.
    const isLengths = index.producer(mask)?.opType === 'EmbedLayerNormalization';
    const rank = isLengths ? 1 : shapes.get(mask)?.length;
    if (rank === undefined || rank < 1 || rank > 3)
      return new UnknownForm(`mask of ${rank ?? 'unknown'} axes`);
    const seen = rank === 1 ? seenUpTo(builder, mask, query, keys) : isPositive(builder, mask);
    const axes = rank === 3 ? [1] : [1, 2];
    merged = additiveMask(builder, builder.unsqueeze(seen, ...axes), filter);
  }
  if (isCausal) {
    const [queries, all] = [builder.size(query, 2), builder.size(keys, 2)];
    const places = queryPlaces(builder, queries, builder.op('Sub', [all, queries]));
    const seen = causalMask(builder, places, all);
    // The causal mask takes the place of the other: of two tokens that are hidden, one is so entirely.
    const others = merged ?? builder.scalar(0);
    merged = builder.op('Where', [seen, others, builder.scalar(lowest)], {}, 'mask');
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
