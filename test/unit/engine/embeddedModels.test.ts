import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import { findAttention } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { encode } from '../../../src/engine/tokenizers/encode';
import { largestDifference, openPath, openSidecar } from '../onnx/runtime';
import { embeddedFolders, referencesOf, type Reference } from './references';

const store = new ModelStore();
const isPair = (folder: string): boolean => path.basename(folder).startsWith('transformer-');
const maskToken = 4;

function int64(ids: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
}

function feedsOf(reference: Reference, names: readonly string[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name) => [name, int64(reference.inputs[name]!)]));
}

/** The rows of `[1, sequence, size]` numbers at some positions. */
function rows({ data, dims }: Tensor, positions: number[]): Float32Array {
  const size = dims.at(-1)!;
  const all = data as Float32Array;
  return Float32Array.from(positions.flatMap((at) => [...all.subarray(at * size, (at + 1) * size)]));
}

/** What PyTorch gave for an output: of scores over the vocabulary only the rows at masks, or the last, are kept. */
function expectOutput(reference: Reference, name: string, output: Tensor): void {
  const ids = reference.inputs['decoder_input_ids'] ?? reference.inputs['input_ids']!;
  const isOfVocabulary = output.dims.length === 3 && output.dims[2]! > 1000;
  if (name === 'prediction_logits') {
    const masks = ids.flatMap((id, at) => (id === maskToken ? [at] : []));
    expect(largestDifference(rows(output, masks), reference.tensor(name).values)).toBeLessThan(1e-4);
  } else if (isOfVocabulary) {
    const expected = reference.tensor('logits of the last token').values;
    expect(largestDifference(rows(output, [ids.length - 1]), expected)).toBeLessThan(1e-4);
  } else {
    const { values } = reference.tensor(name);
    expect(largestDifference(output.data as Float32Array, values)).toBeLessThan(1e-4);
  }
}

const named = embeddedFolders.map((folder) => [path.basename(folder), folder] as const);

describe.each(named.filter(([, folder]) => !isPair(folder)))('%s', (_, folder) => {
  const model = store.open(folder);
  const references = referencesOf(folder);

  it('has the ids that its own tokenizer gives', async () => {
    for (const { text, pair, inputs } of references) {
      const tokens = await encode(model.tokenizer, text, pair ?? undefined, 0);
      expect(tokens.map(({ id }) => id)).toEqual(inputs['input_ids']);
      if (inputs['token_type_ids'])
        expect(tokens.map(({ segmentId }) => segmentId)).toEqual(inputs['token_type_ids']);
    }
  });

  it("gives PyTorch's outputs within 1e-4", async () => {
    const file = path.join(folder, 'model.onnx');
    const session = await openPath(file);
    for (const reference of references) {
      const outputs = await session.run(feedsOf(reference, session.inputNames));
      for (const [name, output] of Object.entries(outputs)) expectOutput(reference, name, output);
    }
    await session.release();
  });

  it("gives PyTorch's attention within 1e-5", async () => {
    const onnx = readOnnxModel(path.join(folder, 'model.onnx'));
    const names = findAttention(onnx).map(({ probabilities }) => probabilities);
    expect(names).toHaveLength(model.config.layers!);
    const session = await openSidecar(buildSidecar(onnx, { outputs: names }));
    for (const reference of references) {
      const tapped = await session.run(
        feedsOf(
          reference,
          onnx.inputs.map(({ name }) => name),
        ),
        names,
      );
      const expected = reference.layers('attention');
      expect(expected).toHaveLength(names.length);
      names.forEach((name, layer) => {
        expect(largestDifference(tapped[name]!.data as Float32Array, expected[layer]!)).toBeLessThan(1e-5);
      });
    }
    await session.release();
  });
});

describe.each(named.filter(([, folder]) => isPair(folder)))('%s', (_, folder) => {
  const references = referencesOf(folder);

  it("gives PyTorch's translations, step by step, and its three attentions", async () => {
    const encoder = readOnnxModel(path.join(folder, 'encoder_model.onnx'));
    const decoder = readOnnxModel(path.join(folder, 'decoder_model.onnx'));
    const own = findAttention(encoder).map(({ probabilities }) => probabilities);
    const others = findAttention(decoder).map(({ probabilities }) => probabilities);
    const encoding = await openSidecar(buildSidecar(encoder, { outputs: ['last_hidden_state', ...own] }));
    const decoding = await openSidecar(buildSidecar(decoder, { outputs: ['logits', ...others] }));
    for (const reference of references) {
      const encoded = await encoding.run(feedsOf(reference, ['input_ids', 'attention_mask']));
      const decoded = await decoding.run({
        input_ids: int64(reference.inputs['decoder_input_ids']!),
        encoder_attention_mask: int64(reference.inputs['attention_mask']!),
        encoder_hidden_states: encoded['last_hidden_state']!,
      });
      expectOutput(reference, 'logits', decoded['logits']!);
      // The decoder's graph has each layer's attention to the target, then that to the source.
      const [target, source] = [reference.layers('decoder'), reference.layers('cross')];
      const expected = [...reference.layers('encoder'), ...target.flatMap((each, at) => [each, source[at]!])];
      [...own, ...others].forEach((name, layer) => {
        const output = (encoded[name] ?? decoded[name])!;
        expect(largestDifference(output.data as Float32Array, expected[layer]!)).toBeLessThan(1e-5);
      });
      expect(own.length + others.length).toBe(expected.length);
    }
    await Promise.all([encoding.release(), decoding.release()]);
  });
});
