import type { NodeBuilder } from '../nodeBuilder';
import { floatAttribute, intAttribute, intsAttribute } from '../structure';
import type { OnnxNode } from '../types';
import type { AttentionContext } from './context';
import { recomputeGrouped } from './grouped';
import { mergeMasks } from './masks';
import { attend, byHead, withPast } from './recompute';
import { UnknownForm, type AttentionTensors } from './types';

type Recipe = (context: AttentionContext, node: OnnxNode) => AttentionTensors | UnknownForm;

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
    operator: node,
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
    operator: node,
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
