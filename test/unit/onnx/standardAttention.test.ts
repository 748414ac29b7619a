import { describe, expect, it } from 'vitest';
import type { AttentionTensors } from '../../../src/engine/onnx/attention';
import { types } from '../../support/onnxWriter';
import { AttentionCase as Case, batch, expectRecomputed, heads, hidden, size, tokens } from './attentionCase';
import { scratchFolder } from './folder';
import { largestDifference } from './runtime';

const folder = scratchFolder();

type Form = [string, (graph: Case) => Case, Partial<Pick<AttentionTensors, 'stack' | 'heads'>>?];

const domain = '';
const past = 3;

/** Queries, keys and values by head, [batch, heads, rows, size]. */
const byHead = (graph: Case, counts = [heads, heads, heads], rows = tokens): string[] =>
  ['q', 'k', 'v'].map((name, at) => graph.input(name, [batch, counts[at]!, at === 0 ? tokens : rows, size]));

/** The same of one sequence, whose heads are cut out of its projections. */
const self = (graph: Case, counts = [heads, heads, heads]): string[] => {
  const x = graph.input('x', [batch, tokens, hidden]);
  return counts.map((count) => {
    const projected = graph.op('MatMul', [x, graph.weights(hidden, count * size)]);
    return graph.op('Transpose', [graph.op('Reshape', [projected, graph.ints(0, 0, count, size)])], {
      perm: [0, 2, 1, 3],
    });
  });
};

const attention =
  (more: (graph: Case) => string[] = () => [], attributes = {}) =>
  (graph: Case): Case =>
    graph.attention('Attention', [...self(graph), ...more(graph)], attributes, { domain });

const alternating = (count: number): number[] => Array.from({ length: count }, (_, at) => Number(at % 3 > 0));

const pastHeads = (graph: Case, count = heads): string[] =>
  ['past_k', 'past_v'].map((name) => graph.input(name, [batch, count, past, size]));

const withPresent = { domain, outputs: ['y', 'present_k', 'present_v'] };

const forms: Form[] = [
  ['no mask', attention()],
  ['a scale', attention(undefined, { scale: { float: 0.2 } })],
  ['a cap', attention(undefined, { softcap: { float: 0.3 } })],
  ['a causal mask', attention(undefined, { is_causal: 1 }), { stack: 'decoder' }],
  ['a mask of truths', attention((graph) => [graph.bool('m', [tokens, tokens], alternating(16))])],
  [
    'a mask of truths for each text',
    attention((graph) => [graph.bool('m', [batch, 1, 4, 4], alternating(32))]),
  ],
  ['a mask of truths for each head', attention((graph) => [graph.bool('m', [heads, 4, 4], alternating(32))])],
  ['a mask that is added', attention((graph) => [graph.input('m', [batch, heads, tokens, tokens], 4)])],
  [
    'a mask of truths that the graph computes',
    attention((graph) => {
      const seen = graph.int64('seen', [batch, tokens], [1, 1, 1, 1, 1, 1, 0, 0]);
      const truths = graph.op('Unsqueeze', [graph.op('Cast', [seen], { to: types.bool }), graph.ints(1, 2)]);
      return [graph.op('Expand', [truths, graph.ints(batch, 1, tokens, tokens)])];
    }),
  ],
  [
    'a mask, a cap and a causal mask',
    attention((graph) => [graph.input('m', [batch, heads, tokens, tokens], 4)], {
      is_causal: 1,
      softcap: { float: 0.5 },
    }),
    { stack: 'decoder' },
  ],
  [
    'a mask that leaves some tokens nothing to see',
    attention((graph) => [graph.bool('m', [tokens, tokens], [...'0111001111111111'].map(Number))], {
      is_causal: 1,
    }),
    { stack: 'decoder' },
  ],
  [
    'another sequence',
    (graph) => graph.attention('Attention', byHead(graph, undefined, 6), {}, { domain }),
    { stack: 'cross', heads: undefined },
  ],
  [
    'fewer heads of keys',
    (graph) => graph.attention('Attention', byHead(graph, [4, 2, 2]), {}, { domain }),
    { stack: 'cross', heads: undefined },
  ],
  [
    'fewer heads of keys than are cut out',
    (graph) => graph.attention('Attention', self(graph, [4, 2, 2]), {}, { domain }),
    { heads: 4 },
  ],
  [
    'heads side by side',
    (graph) => {
      const x = graph.input('x', [batch, tokens, hidden]);
      const states = [4, 2, 2].map((count) => graph.op('MatMul', [x, graph.weights(hidden, count * size)]));
      return graph.attention(
        'Attention',
        states,
        { q_num_heads: 4, kv_num_heads: 2, is_causal: 1 },
        { domain },
      );
    },
    { stack: 'decoder', heads: 4 },
  ],
  [
    'keys of earlier runs',
    (graph) =>
      graph.attention('Attention', [...self(graph), '', ...pastHeads(graph)], { is_causal: 1 }, withPresent),
    { stack: 'decoder' },
  ],
  [
    'keys of earlier runs and fewer heads of them',
    (graph) =>
      graph.attention('Attention', [...self(graph, [4, 2, 2]), '', ...pastHeads(graph, 2)], {}, withPresent),
    { stack: 'decoder', heads: 4 },
  ],
];

let files = 0;

describe.each([23, 24])('the standard Attention of operator set %i is recomputed', (opset) => {
  it.each(forms)('with %s', async (_, build, expected = {}) => {
    const graph = build(new Case());
    const file = folder.write(`model-${String(files++)}.onnx`, graph.model(opset, 10));
    const { layer } = await expectRecomputed(file, graph.feeds);
    expect(layer).toMatchObject({ stack: 'encoder', heads, ...expected });
  });
});

describe('the standard Attention is recomputed', () => {
  it.each([
    ['', {}],
    [' with a causal mask and a cap', { is_causal: 1, softcap: { float: 0.5 } }],
  ])('as it gives out its weights itself%s', async (_, attributes) => {
    const graph = new Case();
    const outputs = ['y', '', '', 'weights'];
    // Mode 3: behind the softmax.
    graph.attention(
      'Attention',
      self(graph),
      { ...attributes, qk_matmul_output_mode: 3 },
      { domain, outputs },
    );
    const { numbers, own } = await expectRecomputed(
      folder.write('own.onnx', graph.model(23, 10)),
      graph.feeds,
    );
    const [mine, theirs] = [numbers.probabilities!, own['weights']!];
    expect(largestDifference(mine.data as Float32Array, theirs.data as Float32Array)).toBeLessThan(1e-6);
  });

  it('with ends of texts', async () => {
    const graph = new Case();
    const ends = graph.int64('ends', [batch], [4, 2]);
    graph.attention('Attention', [...self(graph), '', '', '', ends], {}, { domain });
    await expectRecomputed(folder.write('ends.onnx', graph.model(24, 10)), graph.feeds);
  });

  it('in float16', async () => {
    const graph = new Case();
    const halves = self(graph).map((name) => graph.op('Cast', [name], { to: types.float16 }));
    const result = graph.op('Attention', halves, { is_causal: 1 });
    graph.output('y', graph.op('Cast', [result], { to: types.float32 }), types.float32);
    await expectRecomputed(folder.write('halves.onnx', graph.model(23, 10)), graph.feeds, 2e-3);
  });
});
