import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import { tapEdit } from '../../../src/engine/onnx/architecture/sources';
import type { TensorSource } from '../../../src/engine/onnx/architecture/types';
import { findAttention } from '../../../src/engine/onnx/attention';
import { halfToFloat } from '../../../src/engine/onnx/halfFloat';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { largestDifference, openPath, openSidecar } from './runtime';

/** What `training/fixtures.py` wrote: exports of torch.onnx, and PyTorch's own numbers for them. */
const folder = path.resolve('test/fixtures/models');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => path.basename(file, '.onnx'));

interface Stored {
  shape: number[];
  values: number[];
}

interface Reference {
  inputs: Record<string, number[][]>;
  /** In the order in which they are computed: of a decoder's layer its own, then that to the encoder. */
  attention: Stored[];
  hidden: Stored[];
  output: Stored;
}

function numbersOf({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  // float16, as bits or, where Node has it, as numbers.
  return data instanceof Uint16Array
    ? Float32Array.from(data, halfToFloat)
    : Float32Array.from(data as ArrayLike<number>);
}

it('has an export of every kind', () => {
  expect(names).toEqual(
    expect.arrayContaining(['albert', 'bart', 'bert-float16', 'bert-int8', 'bert-opset11', 'distilbert']),
  );
});

describe.each(names)('the export %s', (name) => {
  const file = path.join(folder, `${name}.onnx`);
  const reference = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Reference;
  const model = readOnnxModel(file);
  const attention = findAttention(model);
  const { stacks, weights } = findArchitecture(model, attention);
  const layers = stacks.flatMap((stack) => stack.layers);
  const feeds = Object.fromEntries(
    Object.entries(reference.inputs).map(([input, rows]) => [
      input,
      new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]),
    ]),
  );
  const taps = tapEdit([
    ...attention.map(({ probabilities }): TensorSource => ({ how: 'present', tensor: probabilities })),
    ...layers.map(({ hiddenState }) => hiddenState),
  ]);
  const isInt8 = name.endsWith('int8');
  const isHalf = name.endsWith('float16');
  const tolerance = isHalf ? 2e-3 : 1e-5;
  let values: Record<string, Tensor>;
  /** Of the file itself, run without anything added. */
  let plain: Record<string, Tensor>;

  beforeAll(async () => {
    const outputs = [...new Set(['logits', ...taps.outputs])];
    values = await (await openSidecar(buildSidecar(model, { ...taps, outputs }))).run(feeds);
    plain = await (await openPath(file)).run(feeds);
  });

  it('has every attention and every layer that PyTorch has', () => {
    expect(attention.map(({ how, heads }) => [how, heads])).toEqual(
      reference.attention.map(({ shape }) => ['present', shape[1]]),
    );
    expect(layers).toHaveLength(reference.hidden.length);
  });

  it('has the stacks and shared weights that PyTorch has', () => {
    const kinds = name === 'gpt2' ? ['decoder'] : name === 'bart' ? ['encoder', 'decoder'] : ['encoder'];
    expect(stacks.map(({ kind }) => kind)).toEqual(kinds);
    const inLayers = weights.filter(({ block }) => block === 'attention').map((each) => [...each.layers]);
    const apart = stacks.flatMap((stack) => stack.layers.map((_, layer) => [layer]));
    expect(inLayers).toEqual(name === 'albert' ? [[0, 1]] : apart);
  });

  it('says the same with tensors tapped, in float32 and int8 to the last bit', () => {
    const difference = largestDifference(numbersOf(values['logits']!), numbersOf(plain['logits']!));
    expect(difference).toBeLessThanOrEqual(isHalf ? tolerance : 0);
  });

  it.skipIf(isInt8)(`has PyTorch’s attention within ${tolerance}`, () => {
    attention.forEach(({ probabilities }, at) => {
      const difference = largestDifference(
        numbersOf(values[probabilities]!),
        reference.attention[at]!.values,
      );
      expect([at, difference < tolerance]).toEqual([at, true]);
    });
  });

  it('has rows that sum to 1', () => {
    attention.forEach(({ probabilities }, at) => {
      const keys = reference.attention[at]!.shape[3]!;
      const numbers = numbersOf(values[probabilities]!);
      for (let row = 0; row < numbers.length; row += keys) {
        const sum = numbers.subarray(row, row + keys).reduce((total, each) => total + each, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(tolerance);
      }
    });
  });

  it.skipIf(isInt8)('has PyTorch’s hidden states', () => {
    layers.forEach(({ hiddenState }, at) => {
      if (hiddenState.how === 'missing') throw new Error(hiddenState.reason);
      const expected = reference.hidden[at]!.values;
      const scale = Math.max(1, ...expected.map(Math.abs));
      const difference = largestDifference(numbersOf(values[hiddenState.tensor]!), expected) / scale;
      expect([at, difference < tolerance]).toEqual([at, true]);
    });
  });
});
