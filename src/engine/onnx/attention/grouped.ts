import type { NodeBuilder } from '../nodeBuilder';
import { floatAttribute, intAttribute } from '../structure';
import type { OnnxNode } from '../types';
import type { AttentionContext } from './context';
import { hide, seenCausally } from './masks';
import { attend, byHead, forEachHead } from './recompute';
import { UnknownForm, type AttentionTensors } from './types';

/**
 * Recomputes GroupQueryAttention, which reads each text up to each token: heads of queries share those of keys and
 * values, and both may be turned by their places.
 */
export function recomputeGrouped(context: AttentionContext, node: OnnxNode): AttentionTensors | UnknownForm {
  const [query = '', key = '', , , , lengths = '', , cosines = '', sines = ''] = node.inputs;
  const [scoresInput = '', sink = ''] = node.inputs.slice(10);
  // What comes out as keys and values for the next run: those of earlier runs among them, and turned.
  const [, presentKey = '', presentValue = ''] = node.outputs;
  if (presentKey === '' || presentValue === '') return new UnknownForm('present_key left out');
  if (node.inputs.slice(12).some((name) => name !== '')) return new UnknownForm('k_scale');
  // Of these weights a part goes to nothing: their rows do not sum to 1.
  if (intAttribute(node, 'smooth_softmax', 0) !== 0) return new UnknownForm('smooth_softmax');
  if (sink !== '') return new UnknownForm('head_sink');
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
  // Position ids are not read: onnxruntime 1.30 turns what it multiplies by the places in the text all the same.
  const turnPlaces = builder.pick(places, 0, 2);
  const inPairs = intAttribute(node, 'rotary_interleaved', 0) !== 0;
  const turned = isTurned ? rotate(builder, unturned, turnPlaces, cosines, sines, inPairs) : unturned;
  const [keys, values] = [presentKey, presentValue].map((name) =>
    forEachHead(builder, builder.cast(name, 'float32'), unturned),
  ) as [string, string];
  const count = builder.size(keys, 2);
  let seen = seenCausally(builder, places, count);
  const window = intAttribute(node, 'local_window_size', -1);
  if (window > 0) {
    const first = builder.op('Sub', [places, builder.ints([window - 1])]);
    seen = builder.op('And', [
      seen,
      builder.op('Not', [builder.op('Greater', [first, builder.positions(count)])]),
    ]);
  }
  const added = scoresInput === '' ? undefined : builder.cast(scoresInput, 'float32');
  const mask = hide(builder, builder.unsqueeze(seen, 1), added);
  const scale = floatAttribute(node, 'scale') || undefined;
  const softcap = floatAttribute(node, 'softcap') || undefined;
  return {
    how: 'recomputed',
    stack: 'decoder',
    heads,
    ...attend(builder, { query: turned, key: keys, value: values, scale, softcap, mask }),
    edit: builder.edit,
    operator: node,
  };
}

/**
 * Rotary position embedding (Su et al. 2021) as these operators have it: two numbers each are turned together, one of
 * the first half with one of the second, or one with its neighbour. What is beyond both halves stays.
 * @param tensor [B, N, S, D]. @param places [B, S]. @param cosines, sines [places, half].
 * @param inPairs whether neighbours are turned together.
 */
function rotate(
  builder: NodeBuilder,
  tensor: string,
  places: string,
  cosines: string,
  sines: string,
  inPairs: boolean,
): string {
  const half = builder.size(cosines, 1);
  const whole = builder.op('Add', [half, half]);
  const rest = builder.slice(tensor, whole, [Number.MAX_SAFE_INTEGER], 3);
  const pairs = builder.reshape(
    builder.slice(tensor, [0], whole, 3),
    inPairs ? [0, 0, 0, -1, 2] : [0, 0, 0, 2, -1],
  );
  const axis = inPairs ? 4 : 3;
  const [one, other] = [builder.pick(pairs, 0, axis), builder.pick(pairs, 1, axis)];
  const [cosine, sine] = [cosines, sines].map((table) =>
    builder.unsqueeze(builder.op('Gather', [builder.cast(table, 'float32'), places], { axis: 0 }), 1),
  ) as [string, string];
  const times = (left: string, right: string): string => builder.op('Mul', [left, right]);
  const turned = [
    builder.op('Sub', [times(one, cosine), times(other, sine)]),
    builder.op('Add', [times(other, cosine), times(one, sine)]),
  ].map((each) => builder.unsqueeze(each, axis));
  return builder.concat([builder.reshape(builder.concat(turned, axis), [0, 0, 0, -1]), rest], 3);
}
