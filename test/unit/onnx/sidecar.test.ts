import { mkdirSync, symlinkSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OnnxFormatError } from '../../../src/engine/onnx/errors';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import {
  external,
  GraphWriter,
  rawOf,
  tensor,
  tensorOf,
  types,
  value,
  bytes,
  text,
} from '../../support/onnxWriter';
import { BertGraph } from '../../support/bertGraph';
import { scratchFolder } from './folder';
import { feeds, largestDifference, openPath, openSidecar } from './runtime';

const folder = scratchFolder();

describe.each([
  { opset: 11, fused: false },
  { opset: 17, fused: true },
])('a sidecar of a BERT with operator set $opset', (options) => {
  const graph = new BertGraph(options);
  const path = folder.write(`bert-${String(options.opset)}.onnx`, graph.bytes());
  const model = readOnnxModel(path);

  it('gives the numbers of the file itself, bit by bit', async () => {
    const [plain, sidecar] = [await openPath(path), await openSidecar(buildSidecar(model))];
    const [expected, actual] = [await plain.run(feeds(2, 9)), await sidecar.run(feeds(2, 9))];
    expect(sidecar.outputNames).toEqual(['logits', 'nsp']);
    for (const name of sidecar.outputNames) expect(actual[name]!.data).toEqual(expected[name]!.data);
  });

  it('holds references instead of weights', () => {
    const { bytes } = buildSidecar(model);
    expect(bytes.length).toBeLessThan(0.7 * model.fileSize);
    expect(Buffer.from(bytes).includes(`bert-${String(options.opset)}.onnx`)).toBe(true);
  });

  it('gives inner tensors as they are without optimisation', async () => {
    const outputs = ['logits', ...graph.probabilities, ...graph.hidden];
    const sidecar = buildSidecar(model, { outputs });
    const reference = folder.write(`tapped-${String(options.opset)}.onnx`, withInlineWeights(graph, outputs));
    const [plain, tapped] = [await openPath(reference, false), await openSidecar(sidecar)];
    expect(tapped.outputNames).toEqual(outputs);
    const [expected, actual] = [await plain.run(feeds(2, 9)), await tapped.run(feeds(2, 9))];
    for (const name of outputs) {
      expect(actual[name]!.dims).toEqual(expected[name]!.dims);
      const [one, other] = [actual[name]!.data, expected[name]!.data] as [Float32Array, Float32Array];
      expect(largestDifference(one, other)).toBeLessThan(1e-5);
    }
  });

  it('turns an inner tensor into an input', async () => {
    const hidden = graph.hidden[1]!;
    const readers = model.nodes.filter((node) => node.inputs.includes(hidden)).map((node) => node.index);
    const plain = await openSidecar(buildSidecar(model, { outputs: ['logits', hidden] }));
    const edited = await openSidecar(
      buildSidecar(model, {
        outputs: ['logits'],
        addInputs: [{ name: 'patched', elementType: 'float32', dims: undefined }],
        rewire: [{ tensor: hidden, to: 'patched', nodes: readers }],
      }),
    );
    const expected = await plain.run(feeds(1, 7));
    const actual = await edited.run({ ...feeds(1, 7), patched: expected[hidden]! });
    expect(
      largestDifference(actual.logits!.data as Float32Array, expected.logits!.data as Float32Array),
    ).toBeLessThan(1e-5);
  });
});

/** The same graph with other outputs, by the test's own writer. */
function withInlineWeights(graph: BertGraph, outputs: readonly string[]): Uint8Array {
  return Buffer.concat([
    graph.bytes(),
    bytes(7, Buffer.concat(outputs.slice(1).map((name) => bytes(12, text(1, name))))),
  ]);
}

describe('weights in odd places', () => {
  const numbers = Float32Array.from({ length: 600 }, (_, index) => index / 7);
  const run = async (file: string): Promise<unknown> => {
    const session = await openSidecar(buildSidecar(readOnnxModel(file)));
    const fed = new (await import('onnxruntime-node')).Tensor('float32', new Float32Array(600), [600]);
    return (await session.run({ x: fed })).y!.data;
  };
  /** y = x + w, w being whatever message is given. */
  const sum = (weight: Uint8Array, location: 'initializer' | 'constant' = 'initializer'): Uint8Array => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, [600]));
    if (location === 'initializer') graph.initializers.push(weight);
    const name = location === 'initializer' ? 'w' : graph.op('Constant', [], { value: { tensor: weight } });
    graph.output('y', graph.op('Add', ['x', name]), types.float32, [600]);
    return graph.model(13);
  };

  it('finds them in a file beside the model', async () => {
    folder.write('weights.bin', Buffer.concat([Buffer.alloc(64), rawOf(numbers)]));
    const file = folder.write(
      'beside.onnx',
      sum(tensorOf('w', [600], types.float32, external('weights.bin', 64, 2400))),
    );
    expect(await run(file)).toEqual(numbers);
    // Without a length it is what the shape needs.
    const open = folder.write(
      'open.onnx',
      sum(tensorOf('w', [600], types.float32, external('weights.bin', 64))),
    );
    expect(await run(open)).toEqual(numbers);
  });

  it('finds them through the links of a hub cache', async () => {
    for (const name of ['blobs', 'snapshot']) mkdirSync(joinPath(folder.path, name));
    folder.write('blobs/1f3a', rawOf(numbers));
    folder.write(
      'blobs/77c0',
      sum(tensorOf('w', [600], types.float32, external('model.onnx_data', 0, 2400))),
    );
    symlinkSync('../blobs/1f3a', joinPath(folder.path, 'snapshot/model.onnx_data'));
    symlinkSync('../blobs/77c0', joinPath(folder.path, 'snapshot/model.onnx'));
    expect(await run(joinPath(folder.path, 'snapshot/model.onnx'))).toEqual(numbers);
  });

  it('takes them from packed and unpacked float fields', async () => {
    expect(
      await run(
        folder.write('packed.onnx', sum(tensorOf('w', [600], types.float32, bytes(4, rawOf(numbers))))),
      ),
    ).toEqual(numbers);
    const single = Array.from({ length: 600 }, (_, index) => [
      4 * 8 + 5,
      ...rawOf(numbers.slice(index, index + 1)),
    ]);
    expect(
      await run(folder.write('unpacked.onnx', sum(tensorOf('w', [600], types.float32, ...single)))),
    ).toEqual(numbers);
  });

  it('takes them from a Constant node', async () => {
    const file = folder.write('constant.onnx', sum(tensor('', [600], numbers), 'constant'));
    expect(buildSidecar(readOnnxModel(file)).bytes.length).toBeLessThan(1000);
    expect(await run(file)).toEqual(numbers);
  });

  it('takes them from the branches of an If', async () => {
    const branch = (name: string, data: Float32Array): Uint8Array => {
      const inner = new GraphWriter(name);
      inner.initializers.push(tensor(`w_${name}`, [600], data));
      inner.output(`y_${name}`, inner.op('Add', ['x', `w_${name}`]), types.float32, [600]);
      return inner.graph();
    };
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, [600]));
    const condition = graph.op('Cast', [graph.op('ReduceSum', ['x'], { keepdims: 0 })], { to: types.bool });
    const branches = {
      then_branch: { graph: branch('a', new Float32Array(600)) },
      else_branch: { graph: branch('b', numbers) },
    };
    graph.output('y', graph.op('If', [condition], branches), types.float32, [600]);
    const file = folder.write('if.onnx', graph.model(13));
    expect(buildSidecar(readOnnxModel(file)).bytes.length).toBeLessThan(2000);
    expect(await run(file)).toEqual(numbers);
  });

  it.each([
    '../weights.bin',
    'a/../../weights.bin',
    '/etc/passwd',
    'C:\\weights.bin',
    '..\\weights.bin',
    'gone.bin',
    '',
    '.',
    '*/_ORT_MEM_ADDR_/*',
  ])('refuses the location “%s”', (location) => {
    for (const place of ['initializer', 'constant'] as const) {
      const weight = tensorOf('w', [600], types.float32, external(location, 0, 2400));
      const file = folder.write('refused.onnx', sum(weight, place));
      expect(() => buildSidecar(readOnnxModel(file))).toThrow(OnnxFormatError);
    }
  });

  it('refuses a link that leads out of the folder, and a data file that is too short', () => {
    mkdirSync(joinPath(folder.path, 'inside'));
    symlinkSync('../weights.bin', joinPath(folder.path, 'inside/link.bin'));
    folder.write('inside/short.bin', new Uint8Array(100));
    for (const name of ['link.bin', 'short.bin']) {
      const file = folder.write(
        `inside/${name}.onnx`,
        sum(tensorOf('w', [600], types.float32, external(name, 0, 2400))),
      );
      expect(() => buildSidecar(readOnnxModel(file))).toThrow(OnnxFormatError);
    }
  });
});

describe('an edit', () => {
  const model = readOnnxModel(folder.write('edited.onnx', new BertGraph({ opset: 17, fused: true }).bytes()));

  it('may not name what the graph does not have, nor take a name that it has', () => {
    expect(() => buildSidecar(model, { outputs: ['nothing'] })).toThrow('no tensor “nothing”');
    expect(() => buildSidecar(model, { rewire: [{ tensor: 'logits', to: 'nothing', nodes: [] }] })).toThrow(
      OnnxFormatError,
    );
    expect(() => buildSidecar(model, { rewire: [{ tensor: 'logits', to: 'nsp', nodes: [0] }] })).toThrow(
      'Node 0 does not read',
    );
    const addInputs = [{ name: 'input_ids', elementType: 'int64', dims: undefined }] as const;
    expect(() => buildSidecar(model, { addInputs })).toThrow('already has');
  });

  it('is refused once the file has changed', () => {
    const graph = new BertGraph({ opset: 17, fused: true });
    const changed = readOnnxModel(folder.write('changed.onnx', graph.bytes()));
    folder.write('changed.onnx', Buffer.concat([graph.bytes(), text(6, 'more')]));
    expect(() => buildSidecar(changed)).toThrow('changed');
  });
});
