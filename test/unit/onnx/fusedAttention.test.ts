import { describe, expect, it } from 'vitest';
import type { AttentionTensors } from '../../../src/engine/onnx/attention';
import { node, types } from '../../support/onnxWriter';
import { AttentionCase as Case, batch, expectRecomputed, heads, hidden, size, tokens } from './attentionCase';
import { scratchFolder } from './folder';

const folder = scratchFolder();

/** A form of an operator, by what is special about it. */
type Form = [string, (graph: Case) => Case, AttentionTensors['stack']?];

let files = 0;

function describeForms(opType: string, forms: Form[], { tolerance = 1e-5, leastOpset = 10 } = {}): void {
  // Split, Unsqueeze and Slice change their form between these operator sets.
  describe.each([leastOpset, 17, 21])(`${opType} in operator set %i is recomputed`, (opset) => {
    it.each(forms)('with %s', async (_, build, stack = 'encoder') => {
      const graph = build(new Case());
      const file = folder.write(`model-${String(files++)}.onnx`, graph.model(opset));
      const { layer } = await expectRecomputed(file, graph.feeds, tolerance);
      expect(layer).toMatchObject({ stack, heads });
    });
  });
}

/** Tokens that earlier runs have read, and those with them. */
const past = 3;
const total = past + tokens;
const num_heads = heads;

const projected = (graph: Case): string[] => [
  graph.input('x', [batch, tokens, hidden]),
  graph.weights(hidden, 3 * hidden),
  graph.weights(3 * hidden),
];

const attention =
  (more: (graph: Case) => string[], attributes = {}) =>
  (graph: Case): Case =>
    graph.attention('Attention', [...projected(graph), ...more(graph)], { num_heads, ...attributes });

const tokenMask = (graph: Case): string => graph.int32('m', [2, 4], [1, 1, 1, 1, 1, 1, 0, 0]);
const alternating = Array.from({ length: 32 }, (_, at) => Number(at % 3 > 0));

describeForms('Attention', [
  ['no mask', attention(() => [])],
  ['ends of texts', attention((graph) => [graph.int32('m', [2], [4, 2])])],
  ['ends and starts of texts', attention((graph) => [graph.int32('m', [4], [4, 3, 1, 0])])],
  ['ends and sums of lengths', attention((graph) => [graph.int32('m', [8], [4, 2, 0, 4, 6, 0, 4, 6])])],
  ['a mask of tokens', attention((graph) => [tokenMask(graph)])],
  ['a mask of one token for all', attention((graph) => [graph.int32('m', [2, 1], [1, 1])])],
  [
    'a mask of queries and keys',
    attention((graph) => [graph.int32('m', [2, 4, 4], alternating)], { mask_filter_value: { float: -50 } }),
  ],
  [
    'a text that is all padding, hidden by the lowest number',
    attention((graph) => [graph.int32('m', [2, 4], [1, 1, 1, 0, 0, 0, 0, 0])], {
      mask_filter_value: { float: -3.4028234663852886e38 },
    }),
  ],
  ['a causal mask', attention(() => [], { unidirectional: 1 }), 'decoder'],
  [
    'a causal mask and one of tokens',
    attention((graph) => [graph.int32('m', [2, 4], [1, 1, 1, 1, 0, 1, 1, 1])], { unidirectional: 1 }),
    'decoder',
  ],
  [
    'a causal mask and one of queries and keys',
    attention((graph) => [graph.int32('m', [2, 4, 4], alternating)], { unidirectional: 1 }),
    'decoder',
  ],
  ...[false, true].map((masked): Form => [
    masked ? 'keys of earlier runs and a mask' : 'keys of earlier runs',
    (graph) => {
      const seen = Array.from({ length: batch * total }, (_, at) => Number(at !== 8 && at !== 9));
      const inputs = [...projected(graph), masked ? graph.int32('m', [batch, total], seen) : ''];
      return graph.attention(
        'Attention',
        [...inputs, graph.input('past', [2, batch, heads, past, size])],
        { num_heads, unidirectional: 1 },
        { outputs: ['y', 'present'] },
      );
    },
    'decoder',
  ]),
  [
    'lengths that the embedding counts',
    (graph) => {
      const ids = graph.int32('ids', [batch, tokens], [1, 2, 3, 4, 5, 6, 0, 0]);
      const tables = [7, tokens, 2].map((rows) => graph.weights(rows, hidden));
      const norm = [graph.weights(hidden), graph.weights(hidden)];
      const segments = graph.int32('segments', [batch, tokens], [0, 0, 1, 1, 0, 1, 0, 0]);
      const inputs = [ids, segments, ...tables, ...norm, tokenMask(graph)];
      graph.nodes.push(node('EmbedLayerNormalization', inputs, ['states', 'lengths'], {}, 'com.microsoft'));
      const parameters = [graph.weights(hidden, 3 * hidden), graph.weights(3 * hidden)];
      return graph.attention('Attention', ['states', ...parameters, 'lengths'], { num_heads });
    },
  ],
  [
    'something added to the scores',
    attention((graph) => [tokenMask(graph), '', graph.input('bias', [batch, heads, tokens, tokens], 3)]),
  ],
  [
    'other sizes of values, and a scale',
    (graph) =>
      graph.attention(
        'Attention',
        [graph.input('x', [batch, tokens, hidden]), graph.weights(hidden, 44), graph.weights(44)],
        { num_heads, qkv_hidden_sizes: [12, 12, 20], scale: { float: 0.7 } },
      ),
  ],
]);

/** An input of tokens, or of other texts' six. */
const read = (graph: Case, name: string, rows = tokens): string => graph.input(name, [batch, rows, hidden]);

const heads3 = (graph: Case, rows = tokens): string[] => [
  read(graph, 'q'),
  read(graph, 'k', rows),
  read(graph, 'v', rows),
];

/** Attention of one sequence to itself, as an optimiser leaves it: after the three projections. */
const self = (graph: Case): string[] => {
  const x = read(graph, 'x');
  return [0, 1, 2].map(() => graph.op('MatMul', [x, graph.weights(hidden, hidden)]));
};

const multiHead =
  (more: (graph: Case) => string[], attributes = {}) =>
  (graph: Case): Case =>
    graph.attention('MultiHeadAttention', [...self(graph), ...more(graph)], { num_heads, ...attributes });

const pastHeads = (graph: Case): string[] =>
  ['past_k', 'past_v'].map((name) => graph.input(name, [batch, heads, past, size]));

const withPresent = { outputs: ['y', 'present_k', 'present_v'] };

describeForms('MultiHeadAttention', [
  ['no mask', multiHead(() => [])],
  ['a bias', multiHead((graph) => [graph.weights(3 * hidden)])],
  ['a scale', multiHead(() => [], { scale: { float: 0.6 } })],
  ['ends of texts', multiHead((graph) => ['', graph.int32('m', [2], [4, 2])])],
  ['ends and sums of lengths', multiHead((graph) => ['', graph.int32('m', [8], [4, 2, 0, 4, 6, 0, 4, 6])])],
  ['a mask of tokens', multiHead((graph) => [graph.weights(3 * hidden), tokenMask(graph)])],
  [
    'a text that is all padding, hidden by the lowest number',
    multiHead((graph) => ['', graph.int32('m', [2, 4], [1, 1, 1, 0, 0, 0, 0, 0])], {
      mask_filter_value: { float: -3.4028234663852886e38 },
    }),
  ],
  ['a mask of queries and keys', multiHead((graph) => ['', graph.int32('m', [2, 4, 4], alternating)])],
  ['something added for each head', multiHead((graph) => ['', '', graph.input('bias', [1, heads, 4, 4], 3)])],
  [
    'something added for each text, and a mask',
    multiHead((graph) => ['', tokenMask(graph), graph.input('bias', [batch, 1, 4, 4], 3)]),
  ],
  ['a causal mask', multiHead(() => [], { unidirectional: 1 }), 'decoder'],
  [
    'keys of earlier runs',
    (graph) =>
      graph.attention(
        'MultiHeadAttention',
        [...self(graph), graph.weights(3 * hidden), '', '', ...pastHeads(graph)],
        { num_heads, unidirectional: 1 },
        withPresent,
      ),
    'decoder',
  ],
  [
    'another sequence',
    (graph) =>
      graph.attention('MultiHeadAttention', [...heads3(graph, 6), graph.weights(3 * hidden)], { num_heads }),
    'cross',
  ],
  [
    'another sequence, and other sizes of values',
    (graph) =>
      graph.attention(
        'MultiHeadAttention',
        [
          read(graph, 'q'),
          read(graph, 'k', 6),
          graph.input('v', [batch, 6, 24]),
          graph.weights(2 * hidden + 24),
        ],
        { num_heads },
      ),
    'cross',
  ],
  [
    'keys and values by head',
    (graph) => {
      const kept = ['k', 'v'].map((name) => graph.input(name, [batch, heads, 6, size]));
      return graph.attention('MultiHeadAttention', [read(graph, 'q'), ...kept], { num_heads });
    },
    'cross',
  ],
]);

const quantised =
  (perColumn: boolean, more: (graph: Case) => string[] = () => [], attributes = {}) =>
  (graph: Case): Case => {
    const states = graph.op('MatMul', [read(graph, 'x'), graph.weights(hidden, hidden)]);
    graph.nodes.push(node('DynamicQuantizeLinear', [states], ['bytes', 'scale', 'zero']));
    const columns = 3 * hidden;
    const integers = Int8Array.from({ length: hidden * columns }, (_, at) => ((at * 37) % 255) - 127);
    const scales = Float32Array.from({ length: perColumn ? columns : 1 }, (_, at) => 0.002 + at * 1e-5);
    const dims = perColumn ? [columns] : [];
    const inputs = [
      ...['bytes', graph.constant([hidden, columns], integers), graph.weights(columns)],
      ...['scale', graph.constant(dims, scales)],
    ];
    const [mask = '', past = ''] = more(graph);
    const zeros = graph.constant(dims, new Int8Array(scales.length).fill(3));
    return graph.attention('QAttention', [...inputs, mask, 'zero', zeros, past], {
      num_heads,
      ...attributes,
    });
  };

describeForms(
  'QAttention',
  [
    ['one scale of weights', quantised(false)],
    ['a scale for each column', quantised(true)],
    ['a mask of tokens', quantised(false, (graph) => [tokenMask(graph)])],
    ['a causal mask', quantised(true, () => [], { unidirectional: 1 }), 'decoder'],
  ],
  { leastOpset: 11 },
);

/** What a graph of float16 computes with the operator, from float32 and to float32. */
const inHalves =
  (opType: string, inputs: (graph: Case) => string[], more: (graph: Case) => string[] = () => []) =>
  (graph: Case): Case => {
    const halves = inputs(graph).map((name) => graph.op('Cast', [name], { to: types.float16 }));
    const result = graph.op(opType, [...halves, ...more(graph)], { num_heads }, 'com.microsoft');
    graph.output('y', graph.op('Cast', [result], { to: types.float32 }), types.float32);
    return graph;
  };

describeForms(
  'Attention of float16',
  [
    ['a mask of tokens', inHalves('Attention', projected, (graph) => [tokenMask(graph)])],
    ['three inputs', inHalves('MultiHeadAttention', self)],
  ],
  { tolerance: 2e-3 },
);

const shared = 1;
const wide = 16;

/** Two heads of queries to one of keys; lengths are given as the place of the last token. */
const grouped = (
  graph: Case,
  {
    lengths,
    length,
    packed = false,
    rotary = false,
    cached = false,
    places = false,
    added = false,
    attributes = {},
  }: {
    lengths: number[];
    length: number;
    packed?: boolean;
    rotary?: boolean;
    cached?: boolean;
    places?: boolean;
    added?: boolean;
    attributes?: Record<string, number | { float: number }>;
  },
): Case => {
  const rows = length - (cached ? past : 0);
  const dims = [batch, shared, past, wide];
  const states = packed
    ? [graph.input('qkv', [batch, rows, (heads + 2 * shared) * wide]), '', '']
    : [heads, shared, shared].map((count, at) => graph.input('qkv'[at]!, [batch, rows, count * wide]));
  const before = cached ? ['past_k', 'past_v'].map((name) => graph.input(name, dims)) : ['', ''];
  const table = (name: string): string => graph.input(name, [16, wide / 2]);
  return graph.attention(
    'GroupQueryAttention',
    [
      ...[...states, ...before, graph.int32('last', [batch], lengths), graph.int32('total', [1], [length])],
      ...(rotary ? [table('cos'), table('sin')] : ['', '']),
      places ? graph.int64('places', [batch, rows], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]) : '',
      added ? graph.input('added', [batch, heads, rows, length], 3) : '',
    ],
    { num_heads, kv_num_heads: shared, ...(rotary && { do_rotary: 1 }), ...attributes },
    withPresent,
  );
};

const whole = { lengths: [5, 5], length: 6 };
const next = { lengths: [3, 3], length: 4, cached: true };

describeForms('GroupQueryAttention', [
  ['a whole text', (graph) => grouped(graph, whole), 'decoder'],
  ['everything in one tensor', (graph) => grouped(graph, { ...whole, packed: true }), 'decoder'],
  ['turned keys', (graph) => grouped(graph, { ...whole, rotary: true }), 'decoder'],
  [
    'a scale and a cap',
    (graph) => grouped(graph, { ...whole, attributes: { scale: { float: 2 }, softcap: { float: 1.5 } } }),
    'decoder',
  ],
  [
    'keys turned in pairs',
    (graph) => grouped(graph, { ...whole, rotary: true, attributes: { rotary_interleaved: 1 } }),
    'decoder',
  ],
  ['position ids', (graph) => grouped(graph, { ...whole, rotary: true, places: true }), 'decoder'],
  [
    'something added and a cap',
    (graph) => grouped(graph, { ...whole, added: true, attributes: { softcap: { float: 1.5 } } }),
    'decoder',
  ],
  ['a window', (graph) => grouped(graph, { ...whole, attributes: { local_window_size: 3 } }), 'decoder'],
  ['keys of earlier runs', (graph) => grouped(graph, next), 'decoder'],
  ['turned keys of earlier runs', (graph) => grouped(graph, { ...next, rotary: true }), 'decoder'],
]);
