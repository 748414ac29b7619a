import { elementTypeCode, type ElementType } from '../elementTypes';
import type { NodeBuilder } from '../nodeBuilder';
import { floatAttribute, intAttribute, type GraphIndex } from '../structure';
import type { OnnxNode } from '../types';
import type { AttentionContext } from './context';
import { hide, queryPlaces, seenCausally } from './masks';
import { attend, byHead, forEachHead, withPast } from './recompute';
import type { AttentionTensors } from './types';

/**
 * Recomputes the standard operator Attention (operator sets 23 and 24): its inputs are [B, N, S, D], or [B, S, N·D]
 * with the numbers of heads as attributes; there may be fewer heads of keys and values than of queries.
 */
export function recomputeStandard(context: AttentionContext, node: OnnxNode): AttentionTensors {
  const { index, shapes } = context;
  const [queries = '', keys = '', values = '', added = '', pastKey = '', pastValue = '', ends = ''] =
    node.inputs;
  const builder = context.builder(node);
  const counts = [intAttribute(node, 'q_num_heads', 0), intAttribute(node, 'kv_num_heads', 0)] as const;
  const isFlat = (shapes.get(queries)?.length ?? (counts[0] > 0 ? 3 : 4)) === 3;
  const [heads, shared] = isFlat ? counts : [shapes.get(queries)?.[1], shapes.get(keys)?.[1]];
  const read = (tensor: string, count: number): string => {
    const real = builder.cast(tensor, 'float32');
    return isFlat ? byHead(builder, real, count) : real;
  };
  const query = read(queries, counts[0]);
  const readShared = (tensor: string, past: string): string => {
    const whole = withPast(builder, past || undefined, read(tensor, counts[1]));
    return typeof heads === 'number' && heads === shared ? whole : forEachHead(builder, whole, query);
  };
  const [key, value] = [readShared(keys, pastKey), readShared(values, pastValue)];
  const isCausal = intAttribute(node, 'is_causal', 0) !== 0;
  const mask = maskOf(builder, index, { query, key, added, pastKey, isCausal, ends });
  const scale = floatAttribute(node, 'scale') || undefined;
  const softcap = floatAttribute(node, 'softcap') || undefined;
  return {
    how: 'recomputed',
    stack: context.stacks.stackOf({
      query: queries,
      key: keys,
      masks: [added],
      isDecoder: isCausal || pastKey !== '',
    }),
    heads: typeof heads === 'number' ? heads : undefined,
    ...attend(builder, { query, key, value, scale, softcap, mask, guarded: true }),
    edit: builder.edit,
    operator: node,
  };
}

/** What the operator hides keys by; '' is what is left out. */
interface Masks {
  /** [B, N, S, D] */
  readonly query: string;
  /** [B, N, T, D] */
  readonly key: string;
  /** Whether keys may be seen, or what is added to their scores: to be broadcast to [B, N, S, T]. */
  readonly added: string;
  /** [B, heads, P, D] */
  readonly pastKey: string;
  readonly isCausal: boolean;
  /** How many keys each text has, [B]. */
  readonly ends: string;
}

function maskOf(builder: NodeBuilder, index: GraphIndex, masks: Masks): string | undefined {
  const { query, key, added, pastKey, isCausal, ends } = masks;
  let mask: string | undefined;
  if (added !== '') mask = isBoolean(index, added) ? hide(builder, added) : builder.cast(added, 'float32');
  const count = builder.size(key, 2);
  if (isCausal) {
    const past = pastKey === '' ? builder.ints([0]) : builder.size(pastKey, 2);
    const places = queryPlaces(builder, builder.size(query, 2), past);
    mask = hide(builder, seenCausally(builder, places, count), mask);
  }
  if (ends === '') return mask;
  const seen = builder.op('Greater', [builder.unsqueeze(ends, 1), builder.positions(count)]);
  return hide(builder, builder.unsqueeze(seen, 1, 2), mask);
}

/** Operators that tell whether something holds. */
const logical = new Set(
  'And Or Not Xor Equal Less LessOrEqual Greater GreaterOrEqual IsNaN IsInf'.split(' '),
);

/** Operators that hand on the type of one input, by its place. */
const typeKeeping: ReadonlyMap<string, number> = new Map([
  ['Where', 1],
  ...'Identity Reshape Unsqueeze Squeeze Expand Slice Gather Transpose Concat Tile Trilu ScatterND'
    .split(' ')
    .map((opType) => [opType, 0] as const),
]);

/** More steps than there are between a mask and the comparison that makes it. */
const mostSteps = 16;

/** Whether a tensor's elements are bool, by its description or by what computes it. */
function isBoolean(index: GraphIndex, tensor: string): boolean {
  for (let name = tensor, steps = 0; steps < mostSteps; steps++) {
    const type = describedType(index, name);
    if (type !== undefined) return type === 'bool';
    const node = index.producer(name);
    if (node?.opType === 'Cast') return intAttribute(node, 'to', 0) === elementTypeCode('bool');
    const place = node && typeKeeping.get(node.opType);
    if (place === undefined) return node !== undefined && logical.has(node.opType);
    name = node?.inputs[place] ?? '';
  }
  return false;
}

function describedType({ model }: GraphIndex, name: string): ElementType | undefined {
  const described =
    model.valueInfo.get(name) ??
    model.initializers.get(name) ??
    model.inputs.find((input) => input.name === name);
  return described?.elementType === 'unknown' ? undefined : described?.elementType;
}
