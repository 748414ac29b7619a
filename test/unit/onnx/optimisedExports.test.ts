import path from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { attentionSource, roleSources } from '../../../src/engine/models/roles';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import { tapEdit } from '../../../src/engine/onnx/architecture/sources';
import type { Architecture, TensorSource } from '../../../src/engine/onnx/architecture/types';
import { findAttention, type AttentionTensors } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import type { OnnxModel } from '../../../src/engine/onnx/types';
import { exportFile, exportNames, feedsOf, numbersOf, readReference } from './exportReferences';
import { scratchFolder } from './folder';
import { largestDifference, openPath, openSidecar } from './runtime';

const folder = scratchFolder();

/** What is quantised is compared with the same graph before the optimiser. */
const isQuantised = (name: string): boolean => /int8|qdq|qoperator/.test(name);

/** Operators of onnxruntime's that its optimiser leaves in all of these files together. */
const seen = new Set<string>();

describe.each(exportNames)('the export %s after onnxruntime’s optimiser', (name) => {
  const reference = readReference(name);
  const tolerance = name.endsWith('float16') ? 2e-3 : 1e-5;
  let model: OnnxModel;
  let attention: AttentionTensors[];
  let architecture: Architecture;
  let values: Record<string, Tensor>;
  let plain: Record<string, Tensor>;
  /** Attention and hidden states as PyTorch or, of a quantised graph, the graph before the optimiser gives them. */
  let numbers: Record<'attention' | 'hidden', ArrayLike<number>[]>;

  beforeAll(async () => {
    const optimizedModelFilePath = path.join(folder.path, `${name}.onnx`);
    const options = {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath,
      logSeverityLevel: 3,
    } as const;
    await (await InferenceSession.create(exportFile(name), options)).release();
    model = readOnnxModel(optimizedModelFilePath);
    for (const { domain, opType } of model.nodes) if (domain === 'com.microsoft') seen.add(opType);
    architecture = findArchitecture(model, findAttention(model));
    attention = architecture.stacks.flatMap(({ layers }) =>
      layers.flatMap(({ attention: own, crossAttention }) => [
        own.tensors,
        ...(crossAttention ? [crossAttention.tensors] : []),
      ]),
    );
    const taps = tapEdit([
      ...attention.map((tensors) => attentionSource(tensors, 'probabilities')),
      ...roleSources(architecture).map(({ source }) => source),
    ]);
    const outputs = [...new Set(['logits', ...taps.outputs])];
    const feeds = feedsOf(reference);
    values = await (await openSidecar(buildSidecar(model, { ...taps, outputs }))).run(feeds);
    numbers = isQuantised(name)
      ? await unoptimised(name)
      : {
          attention: reference.attention.map(({ values: each }) => each),
          hidden: reference.hidden.map(({ values: each }) => each),
        };
    plain = await (await openPath(optimizedModelFilePath)).run(feeds);
  });

  it('has the attention of the export', () => {
    expect(attention.map(({ heads }) => heads)).toEqual(reference.attention.map(({ shape }) => shape[1]));
    // QLinearSoftmax rounds to steps of 1/16.
    const most = name === 'bert-qdq' ? 1 / 32 + tolerance : tolerance;
    attention.forEach(({ probabilities }, at) => {
      const expected = numbers.attention[at]!;
      const difference = largestDifference(numbersOf(values[probabilities]!), expected);
      expect([at, difference < most]).toEqual([at, true]);
    });
  });

  it('has the hidden states of the export', () => {
    const layers = architecture.stacks.flatMap((stack) => stack.layers);
    expect(layers).toHaveLength(reference.hidden.length);
    layers.forEach(({ hiddenState }, at) => {
      if (hiddenState.how === 'missing') throw new Error(hiddenState.reason);
      const expected = numbers.hidden[at]!;
      const scale = Math.max(1, ...Array.from(expected, Math.abs));
      const difference = largestDifference(numbersOf(values[hiddenState.tensor]!), expected) / scale;
      expect([at, difference < tolerance]).toEqual([at, true]);
    });
  });

  it('answers as before', () => {
    const difference = largestDifference(numbersOf(values['logits']!), numbersOf(plain['logits']!));
    expect(difference).toBeLessThan(tolerance);
  });
});

it('are all the operators that the optimiser fuses on a CPU', () => {
  expect([...seen].toSorted()).toEqual([
    ...['BiasGelu', 'DynamicQuantizeMatMul', 'FastGelu', 'FusedMatMul', 'Gelu', 'MatMulIntegerToFloat'],
    ...['QLinearSoftmax', 'SkipLayerNormalization'],
  ]);
});

async function unoptimised(name: string): Promise<Record<'attention' | 'hidden', ArrayLike<number>[]>> {
  const model = readOnnxModel(exportFile(name));
  const attention = findAttention(model);
  const layers = findArchitecture(model, attention).stacks.flatMap((stack) => stack.layers);
  const sources = {
    attention: attention.map((tensors) => attentionSource(tensors, 'probabilities')),
    hidden: layers.map(({ hiddenState }) => hiddenState),
  };
  const taps = tapEdit([...sources.attention, ...sources.hidden]);
  const values = await (
    await openSidecar(buildSidecar(model, taps), false)
  ).run(feedsOf(readReference(name)));
  const numbersAt = (list: readonly TensorSource[]): ArrayLike<number>[] =>
    list.map((source) => (source.how === 'missing' ? [] : numbersOf(values[source.tensor]!)));
  return { attention: numbersAt(sources.attention), hidden: numbersAt(sources.hidden) };
}
