import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAttention, tensorNames } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { BertGraph, tinySizes, type BertOptions } from '../../support/bertGraph';
import { GraphWriter, node, types, value } from '../../support/onnxWriter';
import { feeds, largestDifference, openPath, openSidecar } from './runtime';

function save(bytes: Uint8Array): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-onnx-')), 'model.onnx');
  writeFileSync(file, bytes);
  return file;
}

const exports: [string, BertOptions][] = [
  ['of operator set 11', { opset: 11, fused: false }],
  ['of operator set 14', { opset: 14, fused: false }],
  ['of operator set 17', { opset: 17, fused: true }],
  ['with int8 matrices', { opset: 17, fused: true, quantised: true, quantisedLayers: 'matrices' }],
  ['with weights stored as int8', { opset: 17, fused: false, storage: 'int8' }],
  ['with weights stored as float16', { opset: 17, fused: true, storage: 'float16' }],
  ['with int8 products too', { opset: 14, fused: false, quantised: true, quantisedLayers: 'all' }],
];

describe.each(exports)('attention of an export %s', (_, options) => {
  const graph = new BertGraph(options);
  const file = save(graph.bytes());
  const model = readOnnxModel(file);
  const layers = findAttention(model);
  const tapped = tensorNames(layers);

  it('is found in every layer, with its heads', () => {
    expect(layers.map(({ probabilities }) => probabilities)).toEqual(graph.probabilities);
    expect(layers.map(({ heads }) => heads)).toEqual([tinySizes.heads, tinySizes.heads]);
  });

  it('has the values of the same graph without optimisation, and rows that sum to 1', async () => {
    const sidecar = buildSidecar(model, { outputs: tapped });
    const outputs = await (await openSidecar(sidecar)).run(feeds(1, 9));
    const expected = await (await openSidecar(sidecar, false)).run(feeds(1, 9));
    for (const name of tapped) {
      const [one, other] = [outputs[name]!, expected[name]!];
      expect(one.dims).toEqual(other.dims);
      expect(largestDifference(one.data as Float32Array, other.data as Float32Array)).toBeLessThan(1e-5);
    }
    for (const { probabilities } of layers) {
      const { dims, data } = outputs[probabilities]!;
      expect(dims).toEqual([1, tinySizes.heads, 9, 9]);
      const weights = data as Float32Array;
      for (let start = 0; start < weights.length; start += 9) {
        const row = weights.subarray(start, start + 9);
        expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      }
    }
  });

  it('is tapped without changing an output of the file', async () => {
    const own = model.outputs.map(({ name }) => name);
    const session = await openSidecar(buildSidecar(model, { outputs: [...own, ...graph.probabilities] }));
    const untapped = await openPath(file);
    const [one, other] = [await session.run(feeds(1, 12)), await untapped.run(feeds(1, 12))];
    for (const name of own) expect(one[name]!.data).toEqual(other[name]!.data);
  });
});

describe('attention', () => {
  const scores = (graph: GraphWriter): [string, string] => {
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 4]));
    return ['x', graph.op('Transpose', ['x'], { perm: [0, 2, 1] })];
  };

  it('is found behind the masks and guards of other exporters', () => {
    const graph = new GraphWriter();
    const [query, key] = scores(graph);
    const scaled = graph.op('Mul', [graph.op('MatMul', [query, key]), graph.scalar(0.5)]);
    const hidden = graph.op('Where', [graph.op('IsNaN', [scaled]), graph.scalar(-Infinity), scaled]);
    const weights = graph.op('Softmax', [hidden], { axis: -1 });
    const guarded = graph.op('Where', [graph.op('IsNaN', [weights]), graph.scalar(0), weights]);
    graph.output('y', graph.op('MatMul', [guarded, 'x']), types.float32);
    const [found] = findAttention(readOnnxModel(save(graph.model(17))));
    expect(found).toMatchObject({ query, key, value: 'x', scores: hidden, probabilities: guarded });
    expect(found!.mask).toBeUndefined();
  });

  it.each([
    ['a product with a weight matrix', (graph: GraphWriter) => graph.constant([4, 4], new Float32Array(16))],
  ])('is not %s', (_, matrix) => {
    const graph = new GraphWriter();
    const [query] = scores(graph);
    const weights = graph.op('Softmax', [graph.op('MatMul', [query, matrix(graph)])], { axis: -1 });
    graph.output('y', graph.op('MatMul', [weights, graph.op('Transpose', ['x'])]), types.float32);
    expect(findAttention(readOnnxModel(save(graph.model(17))))).toEqual([]);
  });

  it('is not a softmax over another axis', () => {
    const graph = new GraphWriter();
    const [query, key] = scores(graph);
    // Operator set 11 means axis 1 where nothing is said.
    const weights = graph.op('Softmax', [graph.op('MatMul', [query, key])]);
    graph.output('y', graph.op('MatMul', [weights, 'x']), types.float32);
    expect(findAttention(readOnnxModel(save(graph.model(11))))).toEqual([]);
  });

  it('is not a softmax over the queries', () => {
    const graph = new GraphWriter();
    const [query, key] = scores(graph);
    for (const axis of [-2, 1]) {
      const weights = graph.op('Softmax', [graph.op('MatMul', [query, key])], { axis });
      graph.output(`y${axis}`, graph.op('MatMul', [weights, 'x']), types.float32);
    }
    expect(findAttention(readOnnxModel(save(graph.model(17))))).toEqual([]);
  });

  it('is looked for no longer than its graph is large', () => {
    const graph = new GraphWriter();
    const [query] = scores(graph);
    let tensor = query;
    // 100^40 ways through it: whoever walks all of them does not come back.
    for (let depth = 0; depth < 40; depth++) tensor = graph.op('Max', Array<string>(100).fill(tensor));
    graph.output('y', graph.op('Softmax', [tensor], { axis: -1 }), types.float32);
    expect(findAttention(readOnnxModel(save(graph.model(17))))).toEqual([]);
  });

  it('ends in a graph that runs in a circle', () => {
    const graph = new GraphWriter();
    graph.nodes.push(node('Add', ['b', 'b'], ['a']), node('Add', ['a', 'a'], ['b']));
    graph.nodes.push(node('Softmax', ['a'], ['c']), node('Add', ['c', 'd'], ['d']));
    expect(findAttention(readOnnxModel(save(graph.model(17))))).toEqual([]);
  });
});
