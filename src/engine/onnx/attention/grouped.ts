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
  const [placesInput = '', scoresInput = '', sink = ''] = node.inputs.slice(9);
  // What comes out as keys and values for the next run: those of earlier runs among them, and turned.
  const [, presentKey = '', presentValue = ''] = node.outputs;
  if (presentKey === '' || presentValue === '') return new UnknownForm('present_key left out');
  if (sink !== '') return new UnknownForm('head_sink');
  if (scoresInput !== '') return new UnknownForm('attention_bias');
  if (node.inputs.slice(12).some((name) => name !== '')) return new UnknownForm('k_scale');
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
  let seen = seenCausally(builder, places, count);
  const window = intAttribute(node, 'local_window_size', -1);
  if (window > 0) {
    const first = builder.op('Sub', [places, builder.ints([window - 1])]);
    seen = builder.op('And', [
      seen,
      builder.op('Not', [builder.op('Greater', [first, builder.positions(count)])]),
    ]);
  }
  const mask = hide(builder, builder.unsqueeze(seen, 1));
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
