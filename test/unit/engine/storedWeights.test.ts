import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../../src/engine/feeds';
import { attention } from '../../../src/engine/inspections/attention';
import { fill } from '../../../src/engine/inspections/fill';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { encode } from '../../../src/engine/tokenizers/encode';
import { TraceStore } from '../../../src/engine/traces';
import { BertGraph, tinySizes, tinyVocabulary, type Storage } from '../../support/bertGraph';
import { largestDifference } from '../onnx/runtime';
import { headsOf } from './traced';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'af bg [MASK] ch di [MASK] ej.';

function modelFolder(storage: Storage, unpacked: boolean): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-model-'));
  const graph = new BertGraph({ opset: 17, fused: false, storage, unpacked });
  writeFileSync(path.join(folder, 'model.onnx'), graph.bytes());
  writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
  return folder;
}

describe.each(['int8', 'float16'] as const)('a BERT with weights stored as %s', (storage) => {
  const packed = modelFolder(storage, false);
  const plain = modelFolder(storage, true);

  it('has the facts of the same BERT in float32', () => {
    const [facts, expected] = [store.open(packed).facts, store.open(plain).facts];
    expect(facts).toMatchObject({
      layers: tinySizes.layers,
      heads: tinySizes.heads,
      hiddenSize: tinySizes.hidden,
      vocabularySize: tinySizes.vocabulary,
      maximumLength: tinySizes.positions,
      answers: ['tokens', 'maskedWords', 'attention', 'pair', 'similarity'],
    });
    expect(facts.parameters).toBe(expected.parameters);
  });

  it('predicts the same words, its logits within 1e-5', async () => {
    const [one, other] = await Promise.all(
      [packed, plain].map(async (folder) => {
        const model = store.open(folder);
        const question = { model: folder, text, topK: 5 };
        const { masks } = await fill(model, sessions, question, context);
        const tokens = await encode(model.tokenizer, text, undefined, 0);
        const session = await sessions.open(model, 'none');
        const feeds = feedsOf(model.graph.inputs, tokens, 0, '');
        const positions = masks.map(({ position }) => position);
        const ids = masks.map(({ predictions }) => predictions.map(({ id }) => id));
        return { positions, ids, logits: await session.logits(feeds, positions) };
      }),
    );
    expect(one!.positions).toEqual([3, 6]);
    expect(one!.ids).toEqual(other!.ids);
    one!.logits.forEach((row, index) =>
      expect(largestDifference(row, other!.logits[index]!)).toBeLessThan(1e-5),
    );
  });

  it('has the same attention within 1e-5', async () => {
    const [one, other] = await Promise.all(
      [packed, plain].map(async (folder) => {
        const question = { model: folder, text, budgetBytes: Infinity };
        return headsOf(traces, await attention(store.open(folder), sessions, traces, question, context));
      }),
    );
    expect(one).toHaveLength(tinySizes.layers * tinySizes.heads);
    one!.forEach((weights, at) => expect(largestDifference(weights, other![at]!)).toBeLessThan(1e-5));
  });
});
