import { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import { tapEdit } from '../../../src/engine/onnx/architecture/sources';
import type { Activation, Layer, TensorSource } from '../../../src/engine/onnx/architecture/types';
import { findAttention } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import type { OnnxValue } from '../../../src/engine/onnx/types';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { families } from '../../support/graphs/all';
import type { SublayerNames } from '../../support/graphs/transformerWriter';
import { scratchFolder } from './folder';
import { largestDifference, openSidecar } from './runtime';

const folder = scratchFolder();

/** The sizes of open axes; two texts, the second of which ends with two tokens of padding. */
const axes: Record<string, number> = { batch: 2, sequence: 7, target: 5, encoder_sequence: 6, past: 3 };

function feedOf({ name, elementType, dims }: OnnxValue): Tensor {
  const shape = dims!.map((size) => (typeof size === 'number' ? size : axes[size!]!));
  const count = shape.reduce((product, size) => product * size, 1);
  const length = shape[1]!;
  const places = Array.from({ length: count }, (_, at) => at);
  if (elementType === 'float32')
    return new Tensor(
      Float32Array.from(places, (at) => Math.sin(at)),
      shape,
    );
  const numbers = places.map((at) => {
    const isPadding = at >= count - 2;
    if (name.endsWith('attention_mask')) return isPadding ? 0 : 1;
    if (name === 'token_type_ids') return at % length > 3 ? 1 : 0;
    if (name === 'position_ids') return at % length;
    return isPadding ? 1 : 2 + ((at * 7) % 18);
  });
  return new Tensor('int64', BigInt64Array.from(numbers, BigInt), shape);
}

describe.each(families)('the tensors of $name', ({ name, family }) => {
  const { writer } = family;
  const model = readOnnxModel(folder.write(`${name.replaceAll(/\W/g, '')}.onnx`, writer.bytes()));
  const found = findArchitecture(model, findAttention(model));
  const sources = found.stacks.flatMap(({ embeddings, layers, finalNorm }) => [
    ...[embeddings.token, embeddings.position, embeddings.segment, embeddings.sum, embeddings.norm],
    ...layers.flatMap(sourcesOf),
    finalNorm,
  ]);
  const known = family.stacks.flatMap(({ layers }) =>
    layers.flatMap(({ attention, crossAttention, feedForward }) =>
      [attention, crossAttention, feedForward].flatMap((sublayer) => sublayer?.stream ?? []),
    ),
  );
  let values: Record<string, Tensor>;

  beforeAll(async () => {
    const taps = tapEdit(sources);
    const outputs = [...new Set([...known, ...taps.outputs])];
    const sidecar = buildSidecar(model, { ...taps, outputs });
    const session = await openSidecar(sidecar);
    const feeds = Object.fromEntries(model.inputs.map((input) => [input.name, feedOf(input)]));
    values = await session.run(feeds);
  });

  const numbersOf = (source: TensorSource | string): Float32Array => {
    if (typeof source === 'string') return values[source]!.data as Float32Array;
    if (source.how === 'missing') throw new Error(source.reason);
    return values[source.tensor]!.data as Float32Array;
  };
  const constant = (tensor: string): Float32Array => writer.numbers.get(tensor)!.data;
  const each = (
    check: (one: Layer, expected: (typeof family.stacks)[number]['layers'][number]) => void,
  ): void =>
    family.stacks.forEach(({ layers }, stack) =>
      layers.forEach((layer, at) => check(found.stacks[stack]!.layers[at]!, layer)),
    );
  const eachSublayer = (
    check: (one: Layer['attention'] | Layer['feedForward'], expected: SublayerNames) => void,
  ): void =>
    each((one, expected) => {
      check(one.attention, expected.attention);
      if (expected.crossAttention) check(one.crossAttention!, expected.crossAttention);
      check(one.feedForward, expected.feedForward);
    });

  it('has rows of the token table, and their sum with the others', () => {
    const table = [...writer.numbers.values()][0]!;
    const [, width] = table.dims as [number, number];
    found.stacks.forEach(({ embeddings, kind }, index) => {
      const name = index === 1 ? 'decoder_input_ids' : 'input_ids';
      const ids = feedOf(model.inputs.find((input) => input.name === name)!).data as BigInt64Array;
      const expected = Float32Array.from(
        [...ids].flatMap((id) => [...table.data.subarray(Number(id) * width, (Number(id) + 1) * width)]),
      );
      const token = numbersOf(embeddings.token);
      expect([kind, largestDifference(token, expected)]).toEqual([kind, 0]);
      if (embeddings.sum.how === 'missing') return;
      const parts = [embeddings.position, embeddings.segment].flatMap((part) =>
        part.how === 'missing' ? [] : [numbersOf(part)],
      );
      const sum = token.map((number, at) =>
        parts.reduce((total, part) => total + part[at % part.length]!, number * (family.embeddingScale ?? 1)),
      );
      expect(largestDifference(numbersOf(embeddings.sum), sum)).toBeLessThan(1e-5);
    });
  });

  it('has residual sums of the stream and what each sublayer gives', () => {
    eachSublayer(({ output, residualSum }, { stream, beside }) => {
      const others = [stream, ...(beside === undefined ? [] : [beside])].map(numbersOf);
      const sum = numbersOf(output).map((number, at) =>
        others.reduce((total, other) => total + other[at]!, number),
      );
      expect(largestDifference(numbersOf(residualSum), sum)).toBeLessThan(1e-5);
    });
  });

  it('has norms with the mean and variance of their weights', () => {
    eachSublayer(({ norm, normKind, normPlacement, residualSum }, { stream, norm: result }) => {
      const { scale, bias } = writer.normWeights.get(result)!;
      const input = normPlacement === 'after' ? numbersOf(residualSum) : numbersOf(stream);
      const expected = normed(input, normKind!, constant(scale), bias ? constant(bias) : undefined);
      expect(largestDifference(numbersOf(norm), expected)).toBeLessThan(1e-3);
    });
  });

  it('has products of the heads with the output projection', () => {
    each(({ attention }, { attention: { matrix, bias } }) => {
      const expected = linear(
        numbersOf(attention.concatenatedHeads),
        constant(matrix),
        bias ? constant(bias) : undefined,
      );
      expect(largestDifference(numbersOf(attention.output), expected)).toBeLessThan(1e-5);
    });
  });

  it('has feed-forward networks that compute what they are said to', () => {
    each(({ feedForward }, { feedForward: { matrix, bias } }) => {
      const { inner, gated, activated, activation, output } = feedForward;
      const factor = gated.how === 'missing' ? undefined : numbersOf(gated);
      const expected = numbersOf(inner).map((x, at) => activations[activation]!(x) * (factor?.[at] ?? 1));
      expect(largestDifference(numbersOf(activated), expected)).toBeLessThan(1e-5);
      const product = linear(expected, constant(matrix), bias ? constant(bias) : undefined);
      expect(largestDifference(numbersOf(output), product)).toBeLessThan(1e-5);
    });
  });
});

function sourcesOf({ attention, crossAttention, feedForward, hiddenState }: Layer): TensorSource[] {
  const attentions = [attention, ...(crossAttention ? [crossAttention] : [])];
  return [
    ...[...attentions, feedForward].flatMap(({ output, residualSum, norm }) => [output, residualSum, norm]),
    ...attentions.map(({ concatenatedHeads }) => concatenatedHeads),
    ...[feedForward.inner, feedForward.gated, feedForward.activated, hiddenState],
  ];
}

/** x·W + b, row by row. */
function linear(x: Float32Array, matrix: Float32Array, bias: Float32Array | undefined): Float32Array {
  const outputs = bias?.length ?? 8;
  const inputs = matrix.length / outputs;
  return Float32Array.from({ length: (x.length / inputs) * outputs }, (_, at) => {
    const [row, column] = [Math.floor(at / outputs), at % outputs];
    let sum = bias?.[column] ?? 0;
    for (let each = 0; each < inputs; each++)
      sum += x[row * inputs + each]! * matrix[each * outputs + column]!;
    return sum;
  });
}

/** Layer norm or RMS norm, row by row, with variance and mean computed as their definitions say. */
function normed(
  x: Float32Array,
  kind: 'layer' | 'rms',
  scale: Float32Array,
  bias: Float32Array | undefined,
): Float32Array {
  const width = scale.length;
  const result = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    const row = [...x.subarray(start, start + width)];
    const mean = kind === 'layer' ? row.reduce((sum, number) => sum + number, 0) / width : 0;
    const variance = row.reduce((sum, number) => sum + (number - mean) ** 2, 0) / width;
    row.forEach((number, at) => {
      result[start + at] = ((number - mean) / Math.sqrt(variance)) * scale[at]! + (bias?.[at] ?? 0);
    });
  }
  return result;
}

/** The error function by its power series, which converges fast for the numbers here. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const activations: Partial<Record<Activation, (x: number) => number>> = {
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x) => Math.max(x, 0),
  silu: (x) => x / (1 + Math.exp(-x)),
  quickGelu: (x) => x / (1 + Math.exp(-1.702 * x)),
};
