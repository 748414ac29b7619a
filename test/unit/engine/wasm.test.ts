import { describe, expect, it } from 'vitest';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { openSession } from '../../../src/engine/runtime';
import { BertGraph } from '../../support/bertGraph';
import { external, GraphWriter, rawOf, tensorOf, types, value } from '../../support/onnxWriter';
import { scratchFolder } from '../onnx/folder';
import { feeds, largestDifference, openPath } from '../onnx/runtime';

const folder = scratchFolder();
const open = (file: string) =>
  openSession(buildSidecar(readOnnxModel(file)), { threads: 1, device: 'wasm', fellBack: () => {} });

describe('a session of the WebAssembly build', () => {
  it.each([
    ['float32', {}],
    ['int8', { quantised: true, quantisedLayers: 'matrices' }],
    ['stored as float16', { storage: 'float16' }],
    ['with a fused operator', { operator: 'Attention' }],
  ] as const)('gives the numbers of the native one: %s', async (name, options) => {
    const file = folder.write(`${name}.onnx`, new BertGraph({ opset: 17, fused: true, ...options }).bytes());
    const [native, wasm] = [await openPath(file), await open(file)];
    const [expected, actual] = [await native.run(feeds(2, 9)), await wasm.run(feeds(2, 9))];
    const logits = (outputs: typeof expected) => outputs['logits']!.data as Float32Array;
    expect(largestDifference(logits(actual), logits(expected))).toBeLessThan(1e-4);
    await wasm.release();
  });

  it('reads weights that lie in files of their own', async () => {
    const numbers = Float32Array.from({ length: 600 }, (_, index) => index / 7);
    folder.write('weights.bin', Buffer.concat([Buffer.alloc(64), rawOf(numbers)]));
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, [600]));
    graph.initializers.push(tensorOf('w', [600], types.float32, external('weights.bin', 64, 2400)));
    graph.output('y', graph.op('Add', ['x', 'w']), types.float32, [600]);
    const session = await open(folder.write('beside.onnx', graph.model(13)));
    const { Tensor } = await import('onnxruntime-node');
    const { y } = await session.run({ x: new Tensor('float32', new Float32Array(600), [600]) });
    expect(y!.data).toEqual(numbers);
  });
});
