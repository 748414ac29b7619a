import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../../src/engine/feeds';
import { attention } from '../../../src/engine/inspections/attention';
import { attentionSource } from '../../../src/engine/models/roles';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { encode } from '../../../src/engine/tokenizers/encode';
import { TraceStore } from '../../../src/engine/traces';
import { BertGraph, tinySizes, tinyVocabulary, type BertOptions } from '../../support/bertGraph';
import { largestDifference, openPath } from '../onnx/runtime';
import { headsOf } from './traced';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'af bg [MASK] ch di [MASK] ej.';

function modelFolder(options: Partial<BertOptions>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-model-'));
  const graph = new BertGraph({ opset: 17, fused: true, ...options });
  writeFileSync(path.join(folder, 'model.onnx'), graph.bytes());
  writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
  return folder;
}

async function weightsOf(model: string): Promise<Float32Array[]> {
  const question = { model, text, budgetBytes: Infinity };
  return headsOf(traces, await attention(store.open(model), sessions, traces, question, context));
}

describe.each(['Attention', 'MultiHeadAttention'] as const)('a BERT with attention in %s', (operator) => {
  const fused = modelFolder({ operator });

  it('has the facts of the same BERT written out', () => {
    expect(store.open(fused).facts).toMatchObject({
      layers: tinySizes.layers,
      heads: tinySizes.heads,
      answers: ['tokens', 'maskedWords', 'attention', 'pair', 'similarity'],
    });
  });

  it('shows the attention of the same BERT written out, within 1e-5', async () => {
    const [actual, expected] = [await weightsOf(fused), await weightsOf(modelFolder({}))];
    expect(actual).toHaveLength(tinySizes.layers * tinySizes.heads);
    actual.forEach((weights, at) => expect(largestDifference(weights, expected[at]!)).toBeLessThan(1e-5));
  });

  it('predicts without recomputing it: what the runtime is given is the file’s own graph', async () => {
    const model = store.open(fused);
    const tokens = await encode(model.tokenizer, text, undefined, 0);
    const feeds = feedsOf(model.graph.inputs, tokens, 0, '');
    const session = await sessions.open(model, 'none');
    const probabilities = attentionSource(model.graph.attention[0]!, 'probabilities');
    await expect(session.taps(feeds, [probabilities])).rejects.toThrow('could not run');
    const [row] = await session.logits(feeds, [3]);
    const plain = await openPath(model.graph.file);
    const { logits } = await plain.run(feedsOf(model.graph.inputs, tokens, 0, ''));
    const expected = (logits!.data as Float32Array).subarray(
      3 * tinySizes.vocabulary,
      4 * tinySizes.vocabulary,
    );
    expect(largestDifference(row!, expected)).toBeLessThan(1e-5);
  });
});
