import { describe, expect, it } from 'vitest';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import type { Architecture, TensorSource } from '../../../src/engine/onnx/architecture/types';
import { findAttention } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import {
  albert,
  bert,
  deberta,
  electra,
  encoderDecoder,
  fusedBert,
  gpt2,
  llama,
  mpnet,
  t5,
  type Family,
  type StackNames,
} from '../../support/graphs/families';
import type { Style, SublayerNames } from '../../support/graphs/transformerWriter';
import { scratchFolder } from './folder';

const torch11: Style = { opset: 11, norm: 'torch' };
const torch14: Style = { opset: 14, norm: 'torch' };
const torch17: Style = { opset: 17, norm: 'operator' };
const tensorflow: Style = { opset: 11, norm: 'tensorflow', linear: 'tensorflow' };
const conv1d: Style = { opset: 11, norm: 'torch', linear: 'conv1d' };
const optimised: Style = { opset: 17, norm: 'skip' };

const families: [string, Family, string?][] = [
  ['BERT, opset 11', bert(torch11)],
  ['BERT, opset 17', bert(torch17)],
  ['BERT of TensorFlow', bert(tensorflow)],
  ['BERT after onnxruntime’s optimiser', fusedBert('gelu', false)],
  ['BERT after onnxruntime’s optimiser, with the sum of its embeddings', fusedBert('geluTanh', true)],
  ['BERT with an MLM head', bert(torch14, { head: 'mlm' })],
  ['BERT that tags', bert(torch11, { head: 'tags' })],
  ['BERT that answers, opset 11', bert(torch11, { head: 'answers' })],
  ['BERT that answers, opset 17', bert(torch17, { head: 'answers' })],
  ['RoBERTa', bert(torch14, { positions: 'padding', segments: false, head: 'mlm' })],
  ['DistilBERT', bert(torch11, { segments: false, head: 'none' })],
  ['ALBERT', albert(torch14), 'albert'],
  ['ELECTRA', electra(torch14)],
  ['MPNet', mpnet(torch14)],
  ['DeBERTa', deberta(torch14)],
  ['GPT-2 of Conv1D layers', gpt2(conv1d)],
  ['GPT-2 with position ids as its input', gpt2({ ...conv1d, opset: 14 }, 'input')],
  ['GPT-2 after onnxruntime’s optimiser', gpt2(optimised)],
  [
    'the vanilla Transformer',
    encoderDecoder(torch17, { norm: 'after', activation: 'relu', positions: 'interleaved' }),
  ],
  ['Marian', encoderDecoder(torch11, { norm: 'after', activation: 'silu', positions: 'halves' })],
  ['BART', encoderDecoder(torch14, { norm: 'after', activation: 'gelu', positions: 'learned' })],
  ['mBART', encoderDecoder(torch17, { norm: 'before', activation: 'gelu', positions: 'learned' })],
  ['T5', t5(torch11, false)],
  ['T5 1.1', t5(torch14, true)],
  ['LLaMA', llama(torch14)],
  ['LLaMA after onnxruntime’s optimiser', llama(optimised)],
];

const folder = scratchFolder();

function open({ writer }: Family, name: string): ReturnType<typeof readOnnxModel> {
  return readOnnxModel(folder.write(`${name.replaceAll(/\W/g, '')}.onnx`, writer.bytes()));
}

/** The name of a tensor of the graph; undefined for what is computed again or missing. */
function nameOf(source: TensorSource): string | undefined {
  return source.how === 'present' ? source.tensor : undefined;
}

const sublayerNames = ({ output, residualSum, norm }: SublayerNames): object => ({
  output,
  residualSum,
  norm,
});

describe.each(families)('%s', (name, family, type) => {
  const model = open(family, name);
  const found = findArchitecture(model, findAttention(model), { architectures: [], family: type ?? null });

  it('has its stacks, layers and positions found', () => {
    const told = found.stacks.map(({ kind, embeddings, layers }) => [
      kind,
      layers.length,
      embeddings.positions,
    ]);
    expect(told).toEqual(
      family.stacks.map(({ kind, layers, positions }) => [kind, layers.length, positions]),
    );
  });

  it('has its embeddings found', () => {
    family.stacks.forEach(({ embeddings }, index) => {
      const { token, position, segment, sum, norm, projection } = found.stacks[index]!.embeddings;
      const names = { token, position, segment, sum, norm, projection };
      const expected = Object.fromEntries(
        Object.keys(names).map((role) => [role, embeddings[role as keyof typeof embeddings]]),
      );
      expect(
        Object.fromEntries(Object.entries(names).map(([role, source]) => [role, nameOf(source)])),
      ).toEqual(expected);
    });
  });

  it('has each layer’s tensors found', () => {
    family.stacks.forEach((stack, index) => {
      stack.layers.forEach((layer, at) => {
        const one = found.stacks[index]!.layers[at]!;
        for (const part of ['attention', 'crossAttention'] as const) {
          const expected = layer[part];
          expect(one[part] === undefined).toBe(expected === undefined);
          if (!expected) continue;
          expect(namesOfSublayer(one[part]!)).toEqual(sublayerNames(expected));
          expect(nameOf(one[part]!.concatenatedHeads)).toBe(expected.concatenatedHeads);
        }
        const { inner, gated, activated, activation } = one.feedForward;
        expect(namesOfSublayer(one.feedForward)).toEqual(sublayerNames(layer.feedForward));
        expect([inner, gated, activated].map(nameOf)).toEqual([
          layer.feedForward.inner,
          layer.feedForward.gated,
          layer.feedForward.activated,
        ]);
        expect([activation, one.feedForward.isGated]).toEqual([stack.activation, stack.gated ?? false]);
        expect(nameOf(one.hiddenState)).toBe(layer.hiddenState);
        expect(placesOfNorms(one)).toEqual(
          placesOfNorms(one).map(() => [stack.normPlacement, stack.normKind]),
        );
      });
    });
  });

  it('has its ends found', () => {
    expect(found.stacks.map(({ finalNorm, output }) => [nameOf(finalNorm), nameOf(output)])).toEqual(
      family.stacks.map(({ finalNorm, output }: StackNames) => [finalNorm, output]),
    );
    expect(nameOf(found.pooler)).toBe(family.pooler);
    expect(Object.fromEntries(found.heads.map(({ kind, logits }) => [kind, logits]))).toEqual(
      family.heads ?? {},
    );
  });

  it('has every weight counted once', () => {
    expect(found.weights.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(family.parameters);
  });
});

type Layer = Architecture['stacks'][number]['layers'][number];

function namesOfSublayer({ output, residualSum, norm }: Layer['attention'] | Layer['feedForward']): object {
  return { output: nameOf(output), residualSum: nameOf(residualSum), norm: nameOf(norm) };
}

function placesOfNorms({ attention, crossAttention, feedForward }: Layer): unknown[] {
  return [attention, ...(crossAttention ? [crossAttention] : []), feedForward].map(
    ({ normPlacement, normKind }) => [normPlacement, normKind],
  );
}
