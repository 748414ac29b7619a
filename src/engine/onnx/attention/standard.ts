import type { NodeBuilder } from '../nodeBuilder';
import { floatAttribute, intAttribute } from '../structure';
import type { OnnxNode } from '../types';
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

/**
 * Recomputes the standard operator Attention (operator sets 23 and 24): its inputs are [B, N, S, D], or [B, S, N·D]
 * with the numbers of heads as attributes; there may be fewer heads of keys and values than of queries.
 */
export function recomputeStandard(context: AttentionContext, node: OnnxNode): AttentionTensors {
  const { shapes } = context;
  const [queryInput = '', keyInput = '', valueInput = '', maskInput = '', pastKey, pastValue, ends = ''] =
    node.inputs;
  const builder = context.builder(node);
  const isFlat = shapes.get(queryInput)?.length === 3;
  const heads = isFlat ? intAttribute(node, 'q_num_heads', 1) : numeric(shapes.get(queryInput)?.[1]);
  const shared = isFlat ? intAttribute(node, 'kv_num_heads', 1) : numeric(shapes.get(keyInput)?.[1]);
  const read = (tensor: string, count: number | undefined): string => {
    const real = builder.cast(tensor, 'float32');
    return isFlat ? byHead(builder, real, count!) : real;
  };
  const query = read(queryInput, heads);
  const [key, value] = (
    [
      [keyInput, pastKey],
      [valueInput, pastValue],
    ] as const
  ).map(([tensor, past]) => {
    const whole = withPast(builder, past || undefined, read(tensor, shared));
    return heads !== undefined && heads === shared ? whole : forEachHead(builder, whole, query);
  }) as [string, string];
  const isCausal = intAttribute(node, 'is_causal', 0) !== 0;
  const masks = maskInput === '' ? [] : [addedMask(builder, maskInput, isBoolean(context, maskInput))];
  if (isCausal) {
    const past = pastKey ? builder.size(pastKey, 2) : builder.ints([0]);
    const places = queryPlaces(builder, builder.size(query, 2), past);
    masks.push(additiveMask(builder, causalMask(builder, places, builder.size(key, 2)), lowest));
  }
  if (ends !== '') {
    const before = builder.op('Greater', [
      builder.unsqueeze(ends, 1),
      builder.positions(builder.size(key, 2)),
    ]);
    masks.push(additiveMask(builder, builder.unsqueeze(before, 1, 2), lowest));
  }
  const [first, ...more] = masks;
  const mask = first && more.reduce((sum, each) => builder.op('Add', [sum, each], {}, 'mask'), first);
  const scale = floatAttribute(node, 'scale') || undefined;
  const softcap = floatAttribute(node, 'softcap') || undefined;
  return {
    how: 'recomputed',
    stack: context.stacks.stackOf({
      query: queryInput,
      key: keyInput,
      masks: maskInput === '' ? [] : [maskInput],
      isDecoder: isCausal || Boolean(pastKey),
    }),
    heads,
    ...attend(builder, { query, key, value, scale, softcap, mask }),
    edit: builder.edit,
  };

  function addedMask(nodes: NodeBuilder, tensor: string, boolean: boolean): string {
    return boolean ? additiveMask(nodes, tensor, lowest) : nodes.cast(tensor, 'float32');
  }

  function numeric(size: unknown): number | undefined {
    return typeof size === 'number' ? size : undefined;
  }
}

/** Operators that tell whether something holds. */
const logical = new Set([
  ...[
    'And',
    'Or',
    'Not',
    'Xor',
    'Equal',
    'Less',
    'LessOrEqual',
    'Greater',
    'GreaterOrEqual',
    'IsNaN',
    'IsInf',
  ],
]);

/** Operators that hand on their first input's type. */
const typeKeeping = new Set([
  ...[
    'Identity',
    'Reshape',
    'Unsqueeze',
    'Squeeze',
    'Expand',
    'Slice',
    'Gather',
    'Transpose',
    'Concat',
    'Tile',
  ],
  ...['Trilu', 'ScatterND'],
]);

const booleanCode = 9;

/** Whether a tensor's elements are bool, by its description or by what computes it. */
function isBoolean({ index }: AttentionContext, tensor: string): boolean {
  for (let name = tensor, steps = 0; steps < 16; steps++) {
    const { model } = index;
    const type =
      model.valueInfo.get(name)?.elementType ??
      model.initializers.get(name)?.elementType ??
      model.inputs.find((input) => input.name === name)?.elementType;
    if (type !== undefined && type !== 'unknown') return type === 'bool';
    const node = index.producer(name);
    if (!node) return false;
    if (node.opType === 'Cast') return intAttribute(node, 'to', 0) === booleanCode;
    if (logical.has(node.opType)) return true;
    if (node.opType === 'Where') name = node.inputs[1] ?? '';
    else if (typeKeeping.has(node.opType)) name = node.inputs[0] ?? '';
    else return false;
  }
  return false;
}
