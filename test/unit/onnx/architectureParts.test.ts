import { describe, expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import type { Architecture, TensorSource } from '../../../src/engine/onnx/architecture/types';
import { findAttention } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { BertGraph, tinySizes, type BertOptions } from '../../support/bertGraph';
import { albert, bert, encoderDecoder, gpt2 } from '../../support/graphs/families';
import { sizes, TransformerWriter, type Style } from '../../support/graphs/transformerWriter';
import { GraphWriter, node, types, value } from '../../support/onnxWriter';
import { embeddedFolders } from '../engine/references';
import { scratchFolder } from './folder';

const folder = scratchFolder();
let files = 0;

function architectureOf(graph: Uint8Array, hints?: Parameters<typeof findArchitecture>[2]): Architecture {
  const model = readOnnxModel(folder.write(`${files++}.onnx`, graph));
  return findArchitecture(model, findAttention(model), hints);
}

const nameOf = (source: TensorSource): string | undefined =>
  source.how === 'missing' ? undefined : source.tensor;
const torch: Style = { opset: 14, norm: 'torch' };

describe('weights', () => {
  it('of layers that share them are one set, used by each', () => {
    const family = albert(torch);
    const { weights } = architectureOf(family.writer.bytes());
    expect(weights.map(({ block, layers, initializers }) => [block, layers, initializers.length])).toEqual([
      // Three tables, a norm and a projection; four projections and a norm; two matrices and a norm.
      ['embeddings', [], 3 + 2 + 2],
      ['attention', [0, 1, 2], 4 * 2 + 2],
      ['feedForward', [0, 1, 2], 2 * 2 + 2],
      ['pooler', [], 2],
      // The transform, its norm, the tied table and a bias.
      ['head', [], 2 + 2 + 1 + 1],
      ['head', [], 2],
    ]);
  });

  it('that are tied are counted where they are first used', () => {
    const { writer } = gpt2({ opset: 11, norm: 'torch', linear: 'conv1d' });
    const [table] = [...writer.numbers.keys()];
    const { weights } = architectureOf(writer.bytes());
    const head = weights.at(-1)!;
    expect(head).toMatchObject({
      block: 'head',
      output: 'logits',
      initializers: [table],
      tied: [table],
      parameters: 0,
    });
    const { hidden, vocabulary, positions } = sizes;
    expect(weights[0]).toMatchObject({ block: 'embeddings', parameters: (vocabulary + positions) * hidden });
  });

  it('of encoder and decoder tell the stack that they are of', () => {
    const variant = { norm: 'after', activation: 'relu', positions: 'learned' } as const;
    const { weights } = architectureOf(encoderDecoder(torch, variant).writer.bytes());
    expect(weights.map(({ block, stack, layers }) => [block, stack, ...layers].join(' '))).toEqual([
      ...['embeddings 0', 'attention 0 0', 'feedForward 0 0', 'attention 0 1', 'feedForward 0 1'],
      ...['embeddings 1', 'attention 1 0', 'crossAttention 1 0', 'feedForward 1 0'],
      ...['attention 1 1', 'crossAttention 1 1', 'feedForward 1 1', 'head '],
    ]);
  });

  it.each(embeddedFolders)('of %s are all in a block, each counted once', (embedded) => {
    const { facts } = new ModelStore().open(embedded);
    const counted = facts.architecture!.weights.reduce((sum, { parameters }) => sum + parameters, 0);
    expect(counted).toBe(facts.parameters);
  });
});

const stored: [string, BertOptions][] = [
  ['with int8 matrices', { opset: 17, fused: true, quantised: true, quantisedLayers: 'matrices' }],
  ['with int8 products too', { opset: 14, fused: false, quantised: true, quantisedLayers: 'all' }],
  ['with weights stored as int8', { opset: 17, fused: false, storage: 'int8' }],
  ['with weights stored as float16', { opset: 17, fused: true, storage: 'float16' }],
];

describe.each(stored)('a BERT %s', (_, options) => {
  const graph = new BertGraph(options);
  const found = architectureOf(graph.bytes());
  const [stack] = found.stacks;

  it('has the hidden states of the same BERT', () => {
    expect(nameOf(stack!.embeddings.norm)).toBe(graph.hidden[0]);
    expect(stack!.layers.map(({ hiddenState }) => nameOf(hiddenState))).toEqual(graph.hidden.slice(1));
    expect(found.heads.map(({ kind }) => kind)).toEqual(['maskedWord', 'nextSentence']);
  });

  it('has feed-forward networks of GELU, whose inner products are found with their biases', () => {
    const names = stack!.layers.flatMap(({ feedForward }) => {
      expect(feedForward).toMatchObject({
        activation: 'gelu',
        normPlacement: 'after',
        inner: { how: 'present' },
      });
      return nameOf(feedForward.inner);
    });
    expect(new Set(names).size).toBe(tinySizes.layers);
  });

  it('has as many parameters in its layers as there are numbers', () => {
    const { hidden, inner } = tinySizes;
    const attention = 4 * (hidden * hidden + hidden) + 2 * hidden;
    const network = 2 * hidden * inner + inner + hidden + 2 * hidden;
    const blocks = found.weights.filter(({ layers }) => layers.length > 0);
    expect(blocks.map(({ parameters }) => parameters)).toEqual([attention, network, attention, network]);
  });
});

describe('an architecture', () => {
  it.each([
    ['open', torch],
    ['fused', { ...torch, fusedAttention: 'Attention' } as const],
  ])('keeps its layers together around feed-forward networks that are not known, %s', (_, style) => {
    const writer = new TransformerWriter(style);
    let state = writer.op('Gather', [writer.random([20, 8]), writer.input('input_ids')]);
    const states: string[] = [];
    for (let layer = 0; layer < 3; layer++) {
      const experts = (from: string): string =>
        writer.op('MoE', [from, writer.random([8, 2])], {}, 'com.microsoft');
      state = writer.layer(state, { norm: 'after', activation: 'gelu', network: experts });
      states.push(state);
    }
    writer.give('last_hidden_state', state);
    const { stacks } = architectureOf(writer.bytes());
    expect(stacks.map(({ layers }) => layers.length)).toEqual([3]);
    const [{ layers }] = stacks as [Architecture['stacks'][number]];
    expect(layers.map(({ hiddenState }) => nameOf(hiddenState))).toEqual([...states.slice(0, 2), undefined]);
    for (const { feedForward } of layers) {
      expect(feedForward.inner).toMatchObject({
        how: 'missing',
        reason: expect.stringContaining('feed-forward') as string,
      });
    }
  });

  it('takes no network of another stream for a layer’s', () => {
    const writer = new TransformerWriter(torch);
    const token = writer.op('Gather', [writer.random([20, 8]), writer.input('input_ids')]);
    const feed = (from: string): string =>
      writer.linear(writer.activate('relu', writer.linear(from, 8, 12)), 12, 8);
    let decoy = '';
    const state = writer.layer(token, {
      norm: 'after',
      activation: 'gelu',
      network: (from) => {
        decoy = writer.op('Add', [from, feed(token)]);
        return feed(from);
      },
    });
    writer.give('y', state);
    writer.give('z', decoy);
    const [layer] = architectureOf(writer.bytes()).stacks[0]!.layers;
    expect(nameOf(layer!.feedForward.residualSum)).toBe(writer.layers[0]!.feedForward.residualSum);
  });

  type Activate = (writer: TransformerWriter, inner: string) => string;
  const named =
    (name: string, attributes = {}, domain = ''): Activate =>
    (writer, inner) =>
      writer.op(name, [inner], attributes, domain);

  it.each<[string, string, Activate]>([
    ['relu', 'Relu', named('Relu')],
    [
      'reluSquared',
      'Relu and a product',
      (writer, inner) => {
        const relu = writer.op('Relu', [inner]);
        return writer.op('Mul', [relu, relu]);
      },
    ],
    [
      'reluSquared',
      'Relu and Pow',
      (writer, inner) => writer.op('Pow', [writer.op('Relu', [inner]), writer.scalar(2)]),
    ],
    ['gelu', 'Gelu', named('Gelu')],
    ['geluTanh', 'Gelu by tanh', named('Gelu', { approximate: 'tanh' })],
    ['geluTanh', 'FastGelu', named('FastGelu', {}, 'com.microsoft')],
    ['quickGelu', 'QuickGelu', named('QuickGelu', { alpha: { float: 1.702 } }, 'com.microsoft')],
    ['quickGelu', 'a sigmoid of 1.702 x', (writer, inner) => writer.activate('quickGelu', inner)],
    ['silu', 'QuickGelu with alpha 1', named('QuickGelu', { alpha: { float: 1 } }, 'com.microsoft')],
    ['silu', 'a sigmoid of x', (writer, inner) => writer.activate('silu', inner)],
    ['sigmoid', 'Sigmoid', named('Sigmoid')],
    ['tanh', 'Tanh', named('Tanh')],
    ['unknown', 'HardSwish', named('HardSwish')],
  ])('names the activation %s, written as %s', (activation, _, activate) => {
    const writer = new TransformerWriter(torch);
    const token = writer.op('Gather', [writer.random([20, 8]), writer.input('input_ids')]);
    let inner = '';
    const network = (from: string): string => {
      inner = writer.linear(from, 8, 12);
      return writer.linear(activate(writer, inner), 12, 8);
    };
    writer.give('y', writer.layer(token, { norm: 'before', activation: 'gelu', network }));
    const [stack] = architectureOf(writer.bytes()).stacks;
    expect(stack!.layers[0]!.feedForward).toMatchObject({
      activation,
      inner: { tensor: inner },
      isGated: false,
    });
  });

  it('finds both halves of a gated unit that one product computes', () => {
    const writer = new TransformerWriter(torch);
    const token = writer.op('Gather', [writer.random([20, 8]), writer.input('input_ids')]);
    const network = (from: string): string => {
      writer.nodes.push(
        node('Split', [writer.linear(from, 8, 24), writer.ints(12, 12)], ['gate', 'up'], { axis: 2 }),
      );
      return writer.linear(writer.op('Mul', ['up', writer.activate('silu', 'gate')]), 12, 8);
    };
    writer.give('y', writer.layer(token, { norm: 'before', activation: 'silu', network }));
    const { feedForward } = architectureOf(writer.bytes()).stacks[0]!.layers[0]!;
    expect(feedForward).toMatchObject({
      activation: 'silu',
      isGated: true,
      inner: { tensor: 'gate' },
      gated: { tensor: 'up' },
    });
  });

  it('tells heads of one form apart by config.json', () => {
    const { writer } = bert(torch, { head: 'mlm' });
    const hints = { architectures: ['XForTokenClassification'], family: null, predictsNextToken: false };
    const kinds = (hint: Partial<typeof hints>): string[] =>
      architectureOf(writer.bytes(), { ...hints, architectures: [], ...hint }).heads.map(({ kind }) => kind);
    expect([kinds({}), kinds({ predictsNextToken: true }), kinds(hints)]).toEqual([
      ['maskedWord'],
      ['nextToken'],
      ['tag'],
    ]);
  });

  it('says what is missing around an attention alone', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    const keys = graph.op('Transpose', ['x'], { perm: [0, 2, 1] });
    const weights = graph.op('Softmax', [graph.op('MatMul', ['x', keys])], { axis: -1 });
    graph.output('y', graph.op('MatMul', [weights, 'x']), types.float32);
    const { stacks, heads, weights: blocks } = architectureOf(graph.model(17));
    expect({ heads, blocks, layers: stacks[0]!.layers.length }).toEqual({ heads: [], blocks: [], layers: 1 });
    const { attention, hiddenState } = stacks[0]!.layers[0]!;
    for (const source of [attention.concatenatedHeads, attention.output, attention.norm, hiddenState]) {
      expect(source).toMatchObject({
        how: 'missing',
        reason: expect.stringMatching(/\w{3,}.*\.$/) as string,
      });
    }
  });

  it('is empty for a graph without attention', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 4]));
    graph.output('y', graph.op('Softmax', [graph.op('Relu', ['x'])], { axis: 1 }), types.float32);
    expect(architectureOf(graph.model(17))).toMatchObject({ stacks: [], heads: [], weights: [] });
  });

  it('is looked for no longer than its graph is large, and in no circle', () => {
    const writer = new TransformerWriter(torch);
    const table = writer.random([20, 8]);
    let state = writer.op('Gather', [table, writer.input('input_ids')]);
    // 100^40 ways through it: whoever walks all of them does not come back.
    for (let depth = 0; depth < 40; depth++) state = writer.op('Max', Array<string>(100).fill(state));
    for (let depth = 0; depth < 40; depth++) state = writer.op('Add', [state, state]);
    state = writer.layer(state, { norm: 'after', activation: 'gelu' });
    for (let depth = 0; depth < 40; depth++) state = writer.op('Add', [state, state]);
    writer.nodes.push(node('Add', ['b', state], ['a']), node('Add', ['a', state], ['b']));
    writer.give('y', writer.op('MatMul', ['b', writer.random([8, 20])]));
    const { stacks } = architectureOf(writer.bytes());
    expect(stacks.map(({ layers }) => layers.length)).toEqual([1]);
  });

  it.each(['Clip', 'Slice', 'Reshape', 'Mul', 'Add', 'Relu'])(
    'ends where %s nodes run in a circle',
    (operator) => {
      const writer = new TransformerWriter(torch);
      const circle = (name: string, extra: string[] = []): string => {
        writer.nodes.push(
          node(operator, [`${name}1`, ...extra], [`${name}2`]),
          node(operator, [`${name}2`, ...extra], [`${name}1`]),
        );
        return `${name}1`;
      };
      const half = writer.scalar(0.5);
      const table = writer.random([20, 8]);
      const token = writer.op('Gather', [table, circle('ids', [half])]);
      const state = writer.layer(writer.op('Add', [token, circle('embedded', [half])]), {
        norm: 'before',
        activation: 'gelu',
        network: (from) =>
          writer.linear(writer.op('Mul', [writer.linear(from, 8, 8), circle('inner', [half])]), 8, 8),
      });
      const again = writer.linear(writer.activate('relu', writer.linear(state, 8, 12)), 12, 8);
      // A second tensor of that name: the stream comes back to where it was.
      writer.nodes.push(node('Add', [again, state], [state]));
      writer.give('y', writer.op('MatMul', [circle('end', [half]), table]));
      expect(architectureOf(writer.bytes()).stacks).toHaveLength(1);
    },
  );
});
