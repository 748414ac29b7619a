import type { EngineClient } from '../../../client/engineClient';
import { everyToken, oneHead } from '../../../core/attention/units';
import { npyOf } from '../../../core/npy';
import type { StackQuestion, StackShape } from '../../../protocol/attention';

/** The exact weights of every head of a stack as a NumPy file, `[layer][head][query][key]`. */
export async function everyHead(
  engine: EngineClient,
  stack: StackQuestion,
  { layers, heads }: StackShape,
): Promise<Uint8Array> {
  const read = (layer: number, head: number): Promise<Float32Array> =>
    engine.request('attentionWeights', { ...stack, source: oneHead({ layer, head }), shape: everyToken });
  const { queries, keys } = await engine.request('attentionSlice', {
    ...stack,
    slice: { kind: 'matrix', source: oneHead({ layer: 0, head: 0 }), shape: everyToken },
  });
  const area = queries * keys;
  const all = new Float32Array(layers * heads * area);
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      all.set(await read(layer, head), (layer * heads + head) * area);
    }
  }
  return npyOf(all, [layers, heads, queries, keys]);
}
