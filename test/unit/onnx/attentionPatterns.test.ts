import { describe, expect, it } from 'vitest';
import { attentionLayers, type AttentionStack } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { roundsInBetween } from '../../../src/engine/onnx/rounding';
import { bytes, GraphWriter, join, node, text, types, value } from '../../support/onnxWriter';
import {
  AttentionCase as Case,
  batch,
  expectMixed,
  heads,
  hidden,
  measure,
  size,
  tokens,
  type Measured,
} from './attentionCase';
import { scratchFolder } from './folder';
import { largestDifference } from './runtime';

const folder = scratchFolder();
let files = 0;
const scale = 0.5;

interface Parts {
  query: string;
  key: string;
  value: string;
}

/** Queries, keys and values of one sequence, [batch, tokens, heads, size], transposed as is asked for. */
function parts(graph: Case, perm?: number[], permKey = perm): Parts {
  const x = graph.input('x', [batch, tokens, hidden]);
  const [query, key, values] = [perm, permKey, perm].map((order) => {
    const projected = graph.op('MatMul', [x, graph.weights(hidden, hidden)]);
    const split = graph.op('Reshape', [projected, graph.ints(0, 0, heads, size)]);
    return order ? graph.op('Transpose', [split], { perm: order }) : split;
  }) as [string, string, string];
  return { query, key, value: values };
}

const [byHead, turned] = [
  [0, 2, 1, 3],
  [0, 2, 3, 1],
];

const finish = (graph: Case, context: string): Case => {
  graph.output('y', context, types.float32);
  return graph;
};

const scaled = (graph: Case, scores: string): string => graph.op('Mul', [scores, graph.scalar(scale)]);

const softmax = (graph: Case, scores: string): string => graph.op('Softmax', [scores], { axis: -1 });

/** A mask that is added, which hides the last token of the second text. */
const added = (graph: Case): string =>
  graph.constant([batch, 1, 1, tokens], Float32Array.of(0, 0, 0, 0, 0, 0, 0, -10000));

const einsum =
  (similarity: string, mixing: string, perm?: number[], keyFirst = false) =>
  (graph: Case): Case => {
    const { query, key, value: values } = parts(graph, perm);
    const factors = keyFirst ? [key, query] : [query, key];
    const weights = softmax(graph, scaled(graph, graph.op('Einsum', factors, { equation: similarity })));
    return finish(graph, graph.op('Einsum', [weights, values], { equation: mixing }));
  };

const quantise = (graph: Case, tensor: string, steps: number): [string, string, string] => {
  const [scaleName, zero] = [graph.scalar(steps), graph.constant([], Uint8Array.of(128))];
  return [graph.op('QuantizeLinear', [tensor, scaleName, zero]), scaleName, zero];
};

/** Products in int8 as static quantisation writes them; queries, keys and values are never computed as numbers. */
const integers = (graph: Case, quantisedSoftmax: boolean): Case => {
  const { query, key, value: values } = parts(graph);
  const step = 1 / 16;
  const turn = ([tensor, ...scales]: string[], perm: number[]): string[] => [
    graph.op('Transpose', [tensor!], { perm }),
    ...scales,
  ];
  const [left, right, mixed] = [
    turn(quantise(graph, query, step), byHead!),
    turn(quantise(graph, key, step), turned!),
    turn(quantise(graph, values, step), byHead!),
  ] as [string[], string[], string[]];
  const out = [graph.scalar(step), graph.constant([], Uint8Array.of(128))];
  const scores = graph.op('QLinearMatMul', [...left, ...right, ...out]);
  const last = [graph.scalar(1 / 255), graph.constant([], Uint8Array.of(0))];
  const real = (): string => graph.op('DequantizeLinear', [scores, ...out]);
  const weights = quantisedSoftmax
    ? graph.op('QLinearSoftmax', [scores, ...out, ...last], { axis: -1, opset: 13 }, 'com.microsoft')
    : graph.op('QuantizeLinear', [softmax(graph, real()), ...last]);
  const context = graph.op('QLinearMatMul', [weights, ...last, ...mixed, ...out]);
  return finish(graph, graph.op('DequantizeLinear', [context, ...out]));
};

/** `rounding`: how far own outputs move where the runtime rounds in other places. */
type Pattern = [string, (graph: Case) => Case, { scale?: number; tolerance?: number; rounding?: number }?];

const patterns: Pattern[] = [
  ['Einsum by head', einsum('bhqd,bhkd->bhqk', 'bhqk,bhkd->bhqd', byHead)],
  ['Einsum by token', einsum('bqhd,bkhd->bhqk', 'bhqk,bkhd->bqhd')],
  [
    'Einsum with keys first, as Keras has it',
    einsum('aecd, abcd -> acbe', 'acbe,aecd->abcd', undefined, true),
  ],
  ['Einsum with an ellipsis', einsum('...qd,...kd->...qk', '...qk,...kd->...qd', byHead)],
  [
    'a fused product that scales and transposes',
    (graph) => {
      const { query, key, value: values } = parts(graph, byHead);
      const attributes = { transB: 1, alpha: { float: scale } };
      const scores = graph.op('FusedMatMul', [query, key], attributes, 'com.microsoft');
      const hidden = graph.op('Add', [scores, added(graph)]);
      return finish(graph, graph.op('MatMul', [softmax(graph, hidden), values]));
    },
  ],
  ...[false, true].map((shifted): Pattern => [
    shifted ? 'a softmax written out around its maximum' : 'a softmax written out',
    (graph) => {
      const { query, key, value: values } = parts(graph, byHead, turned);
      const scores = graph.op('Add', [scaled(graph, graph.op('MatMul', [query, key])), added(graph)]);
      const maximum = (): string => graph.op('ReduceMax', [scores], { axes: [-1], keepdims: 1 });
      const exponent = shifted ? graph.op('Sub', [scores, maximum()]) : scores;
      const powers = graph.op('Exp', [exponent]);
      const weights = graph.op('Div', [
        powers,
        graph.op('ReduceSum', [powers, graph.ints(-1)], { keepdims: 1 }),
      ]);
      return finish(graph, graph.op('MatMul', [weights, values]));
    },
  ]),
  [
    "PyTorch's scaled_dot_product_attention with its guards",
    (graph) => {
      const { query, key, value: values } = parts(graph, byHead, turned);
      const root = Math.sqrt(scale);
      const factors = [query, key].map((name) => graph.op('Mul', [name, graph.scalar(root)]));
      const seen = graph.bool('seen', [batch, 1, 1, tokens], [1, 1, 1, 1, 1, 1, 1, 0]);
      const mask = graph.op('Where', [seen, graph.scalar(0), graph.scalar(-Infinity)]);
      const weights = softmax(graph, graph.op('Add', [graph.op('MatMul', factors), mask]));
      const guarded = graph.op('Where', [graph.op('IsNaN', [weights]), graph.scalar(0), weights]);
      return finish(graph, graph.op('MatMul', [guarded, values]));
    },
    // The factors themselves are scaled.
    { scale: 1 },
  ],
  [
    'texts and heads merged, as tf2onnx has it',
    (graph) => {
      const { query, key, value: values } = parts(graph, byHead, turned);
      const merge = (name: string, ...shape: number[]): string =>
        graph.op('Reshape', [name, graph.ints(...shape)]);
      const merged = [merge(query, -1, tokens, size), merge(key, -1, size, tokens)];
      const apart = merge(graph.op('MatMul', merged), batch, heads, tokens, tokens);
      const scores = graph.op('Add', [scaled(graph, apart), added(graph)]);
      const weights = merge(softmax(graph, scores), -1, tokens, tokens);
      return finish(graph, graph.op('MatMul', [weights, merge(values, -1, tokens, size)]));
    },
  ],
  [
    'float16',
    (graph) => {
      const halves = Object.values(parts(graph, byHead, turned)).map((name) =>
        graph.op('Cast', [name], { to: types.float16 }),
      ) as [string, string, string];
      const half = graph.constant([], Uint16Array.of(0x3800));
      const scores = graph.op('Mul', [graph.op('MatMul', halves.slice(0, 2)), half]);
      const context = graph.op('MatMul', [softmax(graph, scores), halves[2]]);
      return finish(graph, graph.op('Cast', [context], { to: types.float32 }));
    },
    { tolerance: 5e-3, rounding: 5e-3 },
  ],
  ['int8 products', (graph) => integers(graph, false), { scale: 1, tolerance: 0.05, rounding: 1 / 16 }],
  [
    'int8 products and softmax',
    (graph) => integers(graph, true),
    { scale: 1, tolerance: 0.05, rounding: 1 / 16 },
  ],
];

describe('attention is found and read by roles from', () => {
  it.each(patterns)(
    '%s',
    async (_, build, { scale: factor = scale, tolerance = 1e-5, rounding = 0 } = {}) => {
      const graph = build(new Case());
      const file = folder.write(`model-${String(files++)}.onnx`, graph.model(17));
      expect(roundsInBetween(readOnnxModel(file))).toBe(rounding > 0);
      const measured = await measure(file, graph.feeds, rounding);
      expect(measured.layer).toMatchObject({ how: 'present', stack: 'encoder', heads });
      // Merged axes are another form of the same numbers.
      const { probabilities, value: values } = measured.numbers;
      if (probabilities!.dims.length === values!.dims.length) expectMixed(measured, tolerance);
      expectScores(measured, factor, tolerance);
    },
  );
});

/** Expects that scores are the scaled products with what is added, and probabilities their exponentials, by row. */
function expectScores({ numbers }: Measured, factor: number, tolerance: number): void {
  const { query, key, scores, mask, probabilities } = numbers;
  const [rows, width, columns] = [query!.dims.at(-2)!, query!.dims.at(-1)!, key!.dims.at(-1)!];
  const [left, right] = [query!.data as Float32Array, key!.data as Float32Array];
  const hiddenBy = mask ? (mask.data as Float32Array) : undefined;
  const expected = Float32Array.from({ length: (left.length / width) * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const head = Math.floor(row / rows);
    let sum = 0;
    for (let axis = 0; axis < width; axis++) {
      sum += left[row * width + axis]! * right[(head * width + axis) * columns + column]!;
    }
    return sum * factor + (hiddenBy?.[Math.floor(head / heads) * columns + column] ?? 0);
  });
  const actual = scores!.data as Float32Array;
  const finite = (all: Float32Array): Float32Array => all.filter((each) => each > -1000);
  expect(largestDifference(finite(actual), finite(expected))).toBeLessThan(tolerance * 2);
  const weights = probabilities!.data as Float32Array;
  for (let start = 0; start < actual.length; start += columns) {
    const powers = actual.subarray(start, start + columns).map((each) => Math.exp(each));
    const sum = powers.reduce((all, each) => all + each, 0);
    const softmaxed = powers.map((each) => each / sum);
    expect(largestDifference(weights.subarray(start, start + columns), softmaxed)).toBeLessThan(tolerance);
  }
}

describe('what an attention reads', () => {
  /** Attention whose scores pass through `mask`, of `query` to `key`. */
  const stackOf = (
    build: (graph: GraphWriter) => { query?: string; key?: string; mask?: (scores: string) => string },
  ): AttentionStack => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    const { query = 'x', key = 'x', mask = (scores: string): string => scores } = build(graph);
    const turnedKey = graph.op('Transpose', [key], { perm: [0, 2, 1] });
    const weights = graph.op('Softmax', [mask(graph.op('MatMul', [query, turnedKey]))], { axis: -1 });
    graph.output('y', graph.op('MatMul', [weights, key]), types.float32);
    const [layer] = attentionLayers(readOnnxModel(folder.write('stack.onnx', graph.model(17))));
    if (layer?.how !== 'present') throw new Error('There is no attention.');
    return layer.stack;
  };

  const sizeOf = (graph: GraphWriter): string =>
    graph.op('Gather', [graph.op('Shape', ['x']), graph.constant([], BigInt64Array.of(1n))]);
  const range = (graph: GraphWriter): string =>
    graph.op(
      'Range',
      [...[0n, 1n].map((each) => graph.constant([], BigInt64Array.of(each)))].toSpliced(1, 0, sizeOf(graph)),
    );
  const hide = (graph: GraphWriter, seen: string, scores: string): string =>
    graph.op('Where', [seen, scores, graph.scalar(-1e4)]);

  it('is its own sequence', () => {
    expect(stackOf(() => ({}))).toBe('encoder');
    const lengths = stackOf((graph) => {
      graph.inputs.push(value('lengths', types.int64, ['batch', 1, 1]));
      // A comparison with what is fed is a mask of padding.
      return { mask: (scores) => hide(graph, graph.op('Less', [range(graph), 'lengths']), scores) };
    });
    expect(lengths).toBe('encoder');
    const window = stackOf((graph) => ({
      mask: (scores) => {
        const [rows, columns] = [graph.op('Unsqueeze', [range(graph), graph.ints(1)]), range(graph)];
        const distance = graph.op('Abs', [graph.op('Sub', [columns, rows])]);
        return hide(graph, graph.op('Less', [distance, graph.constant([], BigInt64Array.of(2n))]), scores);
      },
    }));
    expect(window).toBe('encoder');
  });

  it('is its own sequence up to each token, by a stored triangle', () => {
    const triangle = (above: number): AttentionStack =>
      stackOf((graph) => {
        const square = Uint8Array.from({ length: 16 }, (_, at) => (at % 4 > Math.floor(at / 4) ? above : 1));
        const mask = graph.op('Cast', [graph.constant([1, 4, 4], square)], { to: types.bool });
        return { mask: (scores) => hide(graph, mask, scores) };
      });
    expect(triangle(0)).toBe('decoder');
    expect(triangle(1)).toBe('encoder');
  });

  it('is its own sequence up to each token, by a computed triangle', () => {
    const stack = stackOf((graph) => ({
      mask: (scores) => {
        const shape = graph.op(
          'Concat',
          [1, 2].map(() => graph.op('Unsqueeze', [sizeOf(graph), graph.ints(0)])),
          { axis: 0 },
        );
        const full = graph.op('Expand', [graph.scalar(-1e4), shape]);
        return graph.op('Add', [scores, graph.op('Trilu', [full, graph.constant([], BigInt64Array.of(1n))])]);
      },
    }));
    expect(stack).toBe('decoder');
  });

  it('is its own sequence up to each token, by comparing positions', () => {
    const stack = stackOf((graph) => ({
      mask: (scores) => {
        const rows = graph.op('Unsqueeze', [range(graph), graph.ints(1)]);
        const seen = graph.op('LessOrEqual', [range(graph), rows]);
        const mask = graph.op('Where', [seen, graph.scalar(0), graph.scalar(-1e4)]);
        return graph.op('Add', [scores, mask]);
      },
    }));
    expect(stack).toBe('decoder');
  });

  it('is its own sequence with what earlier runs have read', () => {
    const stack = stackOf((graph) => {
      graph.inputs.push(value('past', types.float32, ['batch', 'before', 4]));
      return { key: graph.op('Concat', ['past', 'x'], { axis: 1 }) };
    });
    expect(stack).toBe('decoder');
  });

  it('is another sequence', () => {
    const stack = stackOf((graph) => {
      graph.inputs.push(value('source', types.float32, ['batch', 'other', 4]));
      return { key: 'source' };
    });
    expect(stack).toBe('cross');
  });
});

describe('attention that cannot be had', () => {
  const layersOf = (graph: GraphWriter, opset = 17): unknown =>
    attentionLayers(readOnnxModel(folder.write('missing.onnx', graph.model(opset))));

  it('inside the branches of an If says which file to take', () => {
    const branch = (name: string): Uint8Array => {
      const inner = new GraphWriter(name);
      const weights = inner.op('Softmax', [inner.op('MatMul', ['x', 'key'])], { axis: -1 });
      inner.output(`y_${name}`, inner.op('MatMul', [weights, 'x']), types.float32);
      return inner.graph();
    };
    const graph = new GraphWriter();
    graph.inputs.push(
      value('x', types.float32, ['batch', 'sequence', 4]),
      value('use_cache', types.bool, [1]),
    );
    graph.nodes.push(node('Transpose', ['x'], ['key'], { perm: [0, 2, 1] }));
    const branches = { then_branch: { graph: branch('a') }, else_branch: { graph: branch('b') } };
    graph.output('y', graph.op('If', ['use_cache'], branches), types.float32);
    expect(layersOf(graph)).toEqual([
      { how: 'missing', operator: 'If', reason: expect.stringContaining('decoder_model.onnx') },
    ]);
  });

  it.each([
    ['PackedAttention', {}, 'no kernel for the CPU'],
    ['LongformerAttention', {}, 'no kernel for the CPU'],
    ['DecoderMaskedMultiHeadAttention', {}, 'no kernel for the CPU'],
    ['Attention', { do_rotary: 1 }, 'do_rotary'],
    ['Attention', { past_present_share_buffer: 1 }, 'past_present_share_buffer'],
    ['GroupQueryAttention', { smooth_softmax: 1 }, 'smooth_softmax'],
  ])('inside %s with %j says why', (opType, attributes, reason) => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    const outputs = ['y', 'present_k', 'present_v'];
    graph.nodes.push(
      node(opType, ['x', 'x', 'x'], outputs, { num_heads: 2, ...attributes }, 'com.microsoft'),
    );
    expect(layersOf(graph)).toEqual([
      { how: 'missing', operator: opType, reason: expect.stringContaining(reason) },
    ]);
  });

  it('inside functions of the file, also those that call each other, says how to write them out', () => {
    const inner = ['MatMul', 'Softmax', 'MatMul'].map((opType, at) =>
      node(opType, [`i${at}`, 'k'], [`i${at + 1}`]),
    );
    const fn = (name: string, nodes: Uint8Array[]): Uint8Array =>
      bytes(25, join(text(1, name), ...nodes.map((each) => bytes(7, each)), text(10, 'local')));
    const call = (opType: string): Uint8Array => node(opType, ['x'], [`y_${opType}`], {}, 'local');
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    graph.nodes.push(call('Layer'), call('Circle'), call('Norm'));
    const functions = [
      fn('Layer', [call('Attend')]),
      fn('Attend', inner),
      fn('Circle', [call('Circle'), node('Softmax', ['x'], ['y'])]),
      fn('Norm', inner.slice(0, 1)),
    ];
    const file = folder.write('functions.onnx', join(graph.model(17), ...functions));
    expect(attentionLayers(readOnnxModel(file))).toEqual([
      { how: 'missing', operator: 'Layer', reason: expect.stringContaining('inside the function Layer') },
    ]);
  });

  it('inside Attention with a mask of four axes says why', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    graph.inputs.push(value('mask', types.int32, ['batch', 1, 8, 8]));
    graph.nodes.push(node('Attention', ['x', 'x', 'x', 'mask'], ['y'], { num_heads: 2 }, 'com.microsoft'));
    const reason = expect.stringContaining('mask of 4 axes');
    expect(layersOf(graph)).toEqual([{ how: 'missing', operator: 'Attention', reason }]);
  });

  it('is none where a softmax gives logarithms', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    const key = graph.op('Transpose', ['x'], { perm: [0, 2, 1] });
    const weights = graph.op('LogSoftmax', [graph.op('MatMul', ['x', key])], { axis: -1 });
    graph.output('y', graph.op('MatMul', [weights, 'x']), types.float32);
    expect(layersOf(graph)).toEqual([]);
  });
});
