import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findLogitsOutputs } from '../../../src/engine/onnx/logits';
import { findPositionwiseHead, maskedHeadEdit } from '../../../src/engine/onnx/maskedHead';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { GraphWriter, node, types, value } from '../../support/onnxWriter';
import { BertGraph, tinySizes, type BertOptions } from '../../support/bertGraph';
import { scratchFolder } from './folder';
import { feeds, largestDifference, openPath, openSidecar, positionsInput, rowsAt } from './runtime';

const folder = scratchFolder();

function bert(name: string, options: BertOptions) {
  const graph = new BertGraph(options);
  const path = folder.write(`${name}.onnx`, graph.bytes());
  return { graph, path, model: readOnnxModel(path) };
}

describe.each<BertOptions & { name: string }>([
  { name: 'decomposed', opset: 11, fused: false },
  { name: 'decomposed without pooler', opset: 12, fused: false, pooler: false },
  { name: 'fused', opset: 17, fused: true },
  { name: 'with int8 weights', opset: 17, fused: false, storage: 'int8' },
  { name: 'with float16 weights', opset: 17, fused: true, storage: 'float16' },
  { name: 'fused with hidden output', opset: 17, fused: true, hiddenOutput: true },
])('the head of a BERT ($name, operator set $opset)', (options) => {
  const { graph, path, model } = bert(options.name, options);

  it('starts at the last hidden state', () => {
    const head = findPositionwiseHead(model, 'logits');
    expect(head).toMatchObject({ hiddenState: graph.hidden.at(-1), exact: true });
  });

  it.each([
    { batch: 1, length: 7, positions: [[3]] },
    { batch: 1, length: 20, positions: [[0, 19, 7]] },
    {
      batch: 2,
      length: 9,
      positions: [
        [1, 2],
        [8, 0],
      ],
    },
  ])('gives the rows of the whole run at $positions', async ({ batch, length, positions }) => {
    const edit = maskedHeadEdit(model, 'logits')!;
    const [whole, masked] = [await openPath(path), await openSidecar(buildSidecar(model, edit))];
    const expected = await whole.run(feeds(batch, length));
    const actual = await masked.run({ ...feeds(batch, length), [edit.inputName]: positionsInput(positions) });
    expect(actual.logits!.dims).toEqual([batch, positions[0]!.length, tinySizes.vocabulary]);
    expect(actual.logits!.data).toEqual(rowsAt(expected.logits!, positions));
    for (const name of whole.outputNames.slice(1)) expect(actual[name]!.data).toEqual(expected[name]!.data);
  });

  it('is told from the score of a sequence by its axes', () => {
    const [logits, pair] = findLogitsOutputs(model);
    expect(logits).toMatchObject({
      name: 'logits',
      rank: 3,
      size: tinySizes.vocabulary,
      tokenAxis: 1,
      perToken: true,
    });
    if (options.pooler !== false) {
      expect(pair).toMatchObject({ name: 'nsp', rank: 2, size: 2, tokenAxis: undefined, perToken: false });
    }
    expect(findPositionwiseHead(model, 'nsp')).toBeUndefined();
  });
});

describe('a head quantised by the range of all positions', () => {
  const { graph, path, model } = bert('int8', { opset: 17, fused: true, quantised: true });

  it('is near the whole run and says that it is not exact', async () => {
    const edit = maskedHeadEdit(model, 'logits')!;
    expect(findPositionwiseHead(model, 'logits')?.hiddenState).toBe(graph.hidden.at(-1));
    expect(edit.exact).toBe(false);
    const [whole, masked] = [await openPath(path), await openSidecar(buildSidecar(model, edit))];
    const positions = [[2, 5]];
    const expected = rowsAt((await whole.run(feeds(1, 11))).logits!, positions);
    const actual = await masked.run({ ...feeds(1, 11), [edit.inputName]: positionsInput(positions) });
    expect(largestDifference(actual.logits!.data as Float32Array, expected)).toBeLessThan(0.1);
  });
});

describe('what is no head of its own', () => {
  /** A graph from `x` `[batch, sequence, 8]` to `logits`, built by `build`. */
  function head(name: string, build: (graph: GraphWriter, weight: (columns: number) => string) => string) {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 8]));
    const weight = (columns: number): string =>
      graph.constant([8, columns], new Float32Array(8 * columns).fill(0.1));
    graph.output('logits', build(graph, weight), types.float32, ['batch', 'sequence', 10]);
    return findPositionwiseHead(readOnnxModel(folder.write(`${name}.onnx`, graph.model(17))), 'logits');
  }

  it('stops at an operator that mixes positions', () => {
    const softmax = (axis: number) =>
      head('mixed', (graph, weight) =>
        graph.op('MatMul', [graph.op('Softmax', ['x'], { axis }), weight(10)]),
      );
    // Its result is where the head starts, whichever axis it takes.
    expect(softmax(1)?.nodes).toHaveLength(2);
    const after = (axis: number) =>
      head('after', (graph, weight) =>
        graph.op('Softmax', [graph.op('MatMul', ['x', weight(10)])], { axis }),
      );
    expect(after(-1)?.hiddenState).toBe('x');
    expect(after(1)).toBeUndefined();
  });

  it('stops at constants that differ from position to position', () => {
    const shifted = (dims: number[]) =>
      head('shifted', (graph, weight) => {
        const count = dims.reduce((product, size) => product * size, 1);
        const constant = graph.constant(dims, new Float32Array(count));
        return graph.op('Add', [graph.op('MatMul', ['x', weight(10)]), constant]);
      });
    expect(shifted([10])?.hiddenState).toBe('x');
    expect(shifted([1, 1, 10])?.hiddenState).toBe('x');
    expect(shifted([4, 10])).toBeUndefined();
    expect(shifted([4, 1])).toBeUndefined();
    expect(shifted([1, 1, 1, 10])).toBeUndefined();
  });

  it('needs a weight matrix', () => {
    expect(head('none', (graph) => graph.op('Tanh', ['x']))).toBeUndefined();
    const square = head('square', (graph) =>
      graph.op('MatMul', ['x', graph.op('Transpose', ['x'], { perm: [0, 2, 1] })]),
    );
    expect(square).toBeUndefined();
  });

  it('does not reach across a residual connection', () => {
    let inner = '';
    const found = head('residual', (graph, weight) => {
      const wide = graph.op('Relu', [graph.op('MatMul', ['x', weight(8)])]);
      inner = graph.op('Add', ['x', wide]);
      return graph.op('MatMul', [inner, weight(10)]);
    });
    expect(found?.hiddenState).toBe(inner);
  });

  it('leaves out what other nodes or outputs read', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 8]));
    const weight = (columns: number): string => graph.constant([8, columns], new Float32Array(8 * columns));
    const middle = graph.op('MatMul', ['x', weight(8)]);
    graph.nodes.push(node('MatMul', [middle, weight(10)], ['logits']));
    graph.outputs.push(value('logits', types.float32, ['batch', 'sequence', 10]));
    const found = () =>
      findPositionwiseHead(readOnnxModel(folder.write('shared.onnx', graph.model(17))), 'logits');
    expect(found()?.hiddenState).toBe('x');
    graph.output('mean', graph.op('ReduceMean', [middle], { axes: [1] }), types.float32);
    expect(found()?.hiddenState).toBe(middle);
    graph.output('best', graph.op('ArgMax', ['logits'], { axis: -1 }), types.int64);
    expect(found()).toBeUndefined();
  });

  it('sees readers inside of subgraphs', () => {
    const inner = new GraphWriter('inner');
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 8]), value('flag', types.bool, []));
    const weight = (columns: number): string => graph.constant([8, columns], new Float32Array(8 * columns));
    const middle = graph.op('MatMul', ['x', weight(8)]);
    inner.output('y', inner.op('Neg', [middle]), types.float32);
    const branch = { graph: inner.graph() };
    graph.output(
      'other',
      graph.op('If', ['flag'], { then_branch: branch, else_branch: branch }),
      types.float32,
    );
    graph.output('logits', graph.op('MatMul', [middle, weight(10)]), types.float32, [
      'batch',
      'sequence',
      10,
    ]);
    const model = readOnnxModel(folder.write('captured.onnx', graph.model(17)));
    expect(findPositionwiseHead(model, 'logits')?.hiddenState).toBe(middle);
  });

  it('has no edit before operator set 11, and none for a name that is no output', () => {
    const graph = new BertGraph({ opset: 10, fused: false });
    const model = readOnnxModel(folder.write('old.onnx', graph.bytes()));
    expect(findPositionwiseHead(model, 'logits')).toBeDefined();
    expect(maskedHeadEdit(model, 'logits')).toBeUndefined();
    expect(maskedHeadEdit(model, 'nothing')).toBeUndefined();
  });
});

const embedded = 'media/models/bert-tiny-en-zh/model.onnx';

describe.runIf(existsSync(embedded))('the embedded model', () => {
  const model = readOnnxModel(embedded);

  it('has an MLM and an NSP output', () => {
    const [logits, pair] = findLogitsOutputs(model);
    expect(logits).toMatchObject({ rank: 3, perToken: true });
    expect(pair).toMatchObject({ rank: 2, size: 2, tokenAxis: undefined });
  });

  it('computes masked words at their positions only', async () => {
    const [logits] = findLogitsOutputs(model);
    const edit = maskedHeadEdit(model, logits!.name)!;
    expect(edit.exact).toBe(true);
    const [whole, masked] = [await openPath(embedded), await openSidecar(buildSidecar(model, edit))];
    const positions = [[4], [20]];
    const expected = rowsAt((await whole.run(feeds(2, 24, 8000)))[logits!.name]!, positions);
    const actual = await masked.run({ ...feeds(2, 24, 8000), [edit.inputName]: positionsInput(positions) });
    expect(largestDifference(actual[logits!.name]!.data as Float32Array, expected)).toBeLessThan(1e-4);
  });
});
