import type { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { attentionSource, roleSources } from '../../../src/engine/models/roles';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import { tapEdit } from '../../../src/engine/onnx/architecture/sources';
import { findAttention, tensorNames } from '../../../src/engine/onnx/attention';
import { joinEdits } from '../../../src/engine/onnx/edit';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { roundsInBetween } from '../../../src/engine/onnx/rounding';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { exportFile, exportNames, feedsOf, numbersOf, readReference } from './exportReferences';
import { largestDifference, openPath, openSidecar } from './runtime';

/** What is found in a file; of those that are not named, an encoder of BERT's kind. */
interface Expected {
  stacks: readonly ('encoder' | 'decoder')[];
  positions: readonly string[];
  how: 'present' | 'recomputed';
  /** What is quantised is compared with the same graph alone. */
  quantised: boolean;
  /** How far a token sees in every layer. */
  window: number;
}

const pair = ['encoder', 'decoder'] as const;
const expectations: Record<string, Partial<Expected>> = {
  alibi: { stacks: ['decoder'], positions: ['slopes'] },
  'alibi-table': { stacks: ['decoder'], positions: ['slopes'] },
  window: { window: 2 },
  albert: {},
  bart: { stacks: pair },
  'bert-float16': {},
  'bert-int8': { quantised: true },
  'bert-opset11': {},
  'bert-opset13': {},
  'bert-opset17': {},
  'bert-opset19': {},
  'bert-opset21': {},
  'bert-opset22': {},
  'bert-opset24': {},
  'bert-qdq': { quantised: true },
  'bert-qoperator': { quantised: true },
  deberta: { positions: ['disentangled'] },
  'deberta-buckets': { positions: ['disentangled'] },
  'deberta-first': { positions: ['disentangled'] },
  distilbert: {},
  'dynamo-opset18': {},
  'dynamo-opset20': {},
  'dynamo-opset23': { how: 'recomputed' },
  'dynamo-opset24': { how: 'recomputed' },
  electra: {},
  gpt2: { stacks: ['decoder'] },
  mpnet: { positions: ['learned', 'relative'] },
  roberta: {},
  'sdpa-bool': {},
  'sdpa-causal': { stacks: ['decoder'] },
  'sdpa-float': {},
  t5: { stacks: pair, positions: ['relative'] },
  't5-gated': { stacks: pair, positions: ['relative'] },
  vanilla: { stacks: pair, positions: ['sinusoidal'] },
};

it('has an export of every kind', () => {
  expect(exportNames).toEqual(Object.keys(expectations).toSorted());
});

describe.each(exportNames)('the export %s', (name) => {
  const {
    stacks: kinds = ['encoder'],
    positions = ['learned'],
    how = 'present',
    quantised = false,
    window,
  } = expectations[name]!;
  const file = exportFile(name);
  const reference = readReference(name);
  const model = readOnnxModel(file);
  const attention = findAttention(model);
  const architecture = findArchitecture(model, attention);
  const { stacks, weights } = architecture;
  const layers = stacks.flatMap((stack) => stack.layers);
  const feeds = feedsOf(reference);
  const taps = tapEdit([
    ...attention.map((tensors) => attentionSource(tensors, 'probabilities')),
    ...roleSources(architecture).map(({ source }) => source),
  ]);
  const isHalf = name.endsWith('float16');
  const tolerance = isHalf ? 2e-3 : 1e-5;
  /** Every role that the file shows, and the file's own output. */
  let values: Record<string, Tensor>;
  /** The file's own output, from the session that answers what is asked of the model: with its attention tapped. */
  let answers: Record<string, Tensor>;
  /** The same computed node by node, as the file has them. */
  let unoptimised: Record<string, Tensor>;
  /** Of the file itself, run without anything added. */
  let plain: Record<string, Tensor>;

  beforeAll(async () => {
    const sidecar = buildSidecar(model, { ...taps, outputs: [...new Set(['logits', ...taps.outputs])] });
    values = await (await openSidecar(sidecar)).run(feeds);
    unoptimised = await (await openSidecar(sidecar, false)).run(feeds);
    const answering = roundsInBetween(model) || how === 'recomputed' ? [] : tensorNames(attention);
    const joined = joinEdits(...attention.map(({ edit }) => edit), { outputs: ['logits', ...answering] });
    answers = await (await openSidecar(buildSidecar(model, joined))).run(feeds);
    plain = await (await openPath(file)).run(feeds);
  });

  it('has every attention and every layer that PyTorch has', () => {
    expect(attention.map((each) => [each.how, each.heads])).toEqual(
      reference.attention.map(({ shape }) => [how, shape[1]]),
    );
    expect(layers).toHaveLength(reference.hidden.length);
  });

  it('has the stacks, positions and shared weights that PyTorch has', () => {
    expect(stacks.map(({ kind }) => kind)).toEqual(kinds);
    expect(stacks.map(({ embeddings }) => embeddings.positions)).toEqual(kinds.map(() => positions));
    expect(layers.map(({ attention }) => attention.window)).toEqual(layers.map(() => window));
    const inLayers = weights.filter(({ block }) => block === 'attention').map((each) => [...each.layers]);
    const apart = stacks.flatMap((stack) => stack.layers.map((_, layer) => [layer]));
    expect(inLayers).toEqual(name === 'albert' ? [[0, 1]] : apart);
  });

  it('answers as the file alone does, to the last bit', () => {
    expect(numbersOf(answers['logits']!)).toEqual(numbersOf(plain['logits']!));
  });

  it('has the file’s own output with every role tapped', () => {
    const difference = largestDifference(numbersOf(values['logits']!), numbersOf(plain['logits']!));
    // A tap between operators that the runtime would fuse moves the last bit.
    expect(difference).toBeLessThan(tolerance);
  });

  it('has the values of the same graph without optimisation', () => {
    for (const tensor of taps.outputs) {
      const [one, other] = [values[tensor]!, unoptimised[tensor]!];
      expect([tensor, one.dims]).toEqual([tensor, other.dims]);
      const expected = numbersOf(other);
      const scale = Math.max(1, ...expected.map(Math.abs).filter((each) => each < 1e4));
      const difference = relativeDifference(numbersOf(one), expected) / scale;
      expect([tensor, difference, difference < tolerance]).toEqual([tensor, difference, true]);
    }
  });

  it.skipIf(quantised)(`has PyTorch’s attention within ${tolerance}`, () => {
    attention.forEach(({ probabilities }, at) => {
      const difference = largestDifference(
        numbersOf(values[probabilities]!),
        reference.attention[at]!.values,
      );
      expect([at, difference < tolerance]).toEqual([at, true]);
    });
  });

  it('has rows that sum to 1, or to 0 where PyTorch’s token sees nothing', () => {
    attention.forEach(({ probabilities }, at) => {
      const keys = reference.attention[at]!.shape[3]!;
      const numbers = numbersOf(values[probabilities]!);
      const sumAt = (list: ArrayLike<number>, row: number): number =>
        Array.from(list)
          .slice(row, row + keys)
          .reduce((total, each) => total + each, 0);
      for (let row = 0; row < numbers.length; row += keys) {
        const expected = Math.round(sumAt(reference.attention[at]!.values, row));
        expect(Math.abs(sumAt(numbers, row) - expected)).toBeLessThan(tolerance);
      }
    });
  });

  it.skipIf(quantised)('has PyTorch’s hidden states', () => {
    layers.forEach(({ hiddenState }, at) => {
      if (hiddenState.how === 'missing') throw new Error(hiddenState.reason);
      const expected = reference.hidden[at]!.values;
      const scale = Math.max(1, ...expected.map(Math.abs));
      const difference = largestDifference(numbersOf(values[hiddenState.tensor]!), expected) / scale;
      expect([at, difference < tolerance]).toEqual([at, true]);
    });
  });
});

/** The largest difference of numbers; those that stand for hidden tokens are equal where both are out of range. */
function relativeDifference(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return Infinity;
  return one.reduce((largest, number, at) => {
    const isSame = Object.is(number, other[at]) || (number < -1e4 && other[at]! < -1e4);
    return isSame ? largest : Math.max(largest, Math.abs(number - other[at]!));
  }, 0);
}
