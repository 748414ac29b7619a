import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { quantisesWeightsOnly } from '../../../src/engine/onnx/quantisation';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { BertGraph, type BertOptions } from '../../support/bertGraph';
import { bytes, GraphWriter, join, tensorOf, text, types, value } from '../../support/onnxWriter';
import { scratchFolder } from './folder';

const folder = scratchFolder();

const bert = (options: Partial<BertOptions>): Uint8Array =>
  new BertGraph({ opset: 17, fused: false, ...options }).bytes();

/** y = x · w with `w` stored as int8, and whatever `more` adds. */
function product(more: (graph: GraphWriter, y: string) => string): Uint8Array {
  const graph = new GraphWriter();
  graph.inputs.push(value('x', types.float32, ['batch', 4]), value('flag', types.bool, []));
  const weight = graph.op('DequantizeLinear', [graph.constant([4, 4], new Int8Array(16)), graph.scalar(0.1)]);
  graph.output('y', more(graph, graph.op('MatMul', ['x', weight])), types.float32);
  return graph.model(21);
}

const zero = (graph: GraphWriter): string => graph.constant([], Int8Array.of(0));

const localFunction = bytes(25, join(text(1, 'Twice'), text(10, 'local')));

describe('weights alone are quantised', () => {
  it.each<[string, boolean, Uint8Array]>([
    ['in a BERT with int8 weights', true, bert({ storage: 'int8' })],
    ['in a product with one', true, product((_, y) => y)],
    ['not in a float32 BERT', false, bert({})],
    ['not in a BERT with float16 weights', false, bert({ storage: 'float16' })],
    ['not in a dynamically quantised BERT', false, bert({ quantised: true, quantisedLayers: 'all' })],
    [
      'not beside matrices that are dynamically quantised',
      false,
      bert({ storage: 'int8', quantisedLayers: 'matrices' }),
    ],
    [
      'not in a statically quantised graph',
      false,
      product((graph, y) => {
        const quantised = graph.op('QuantizeLinear', [y, graph.scalar(0.1), zero(graph)]);
        return graph.op('DequantizeLinear', [quantised, graph.scalar(0.1), zero(graph)]);
      }),
    ],
    [
      'not where rows are looked up as int8',
      false,
      product((graph, y) => {
        const row = graph.op('Gather', [graph.constant([4, 4], new Int8Array(16)), graph.ints(1)]);
        return graph.op('Add', [y, graph.op('DequantizeLinear', [row, graph.scalar(0.1)])]);
      }),
    ],
    [
      'not with 4 bits, which the runtime multiplies as they are',
      false,
      product((graph, y) => {
        graph.initializers.push(tensorOf('int4', [4], 22, bytes(9, [1, 2])));
        return graph.op('Add', [y, graph.op('DequantizeLinear', ['int4', graph.scalar(0.1)])]);
      }),
    ],
    [
      'not where a branch may do more',
      false,
      product((graph, y) => {
        const inner = new GraphWriter('inner');
        inner.output('z', inner.op('Neg', [y]), types.float32);
        const branch = { graph: inner.graph() };
        return graph.op('If', ['flag'], { then_branch: branch, else_branch: branch });
      }),
    ],
    [
      'not where a function may do more',
      false,
      join(
        product((_, y) => y),
        localFunction,
      ),
    ],
  ])('%s', (_, expected, contents) => {
    const model = readOnnxModel(folder.write('model.onnx', contents));
    expect(quantisesWeightsOnly(model)).toBe(expected);
    expect(buildSidecar(model).sessionConfig.disable_quant_qdq).toBe(expected ? '1' : undefined);
  });
});

describe.each(['int8', 'float16'] as const)('a sidecar of a BERT with weights stored as %s', (storage) => {
  const sidecar = buildSidecar(readOnnxModel(folder.write(`${storage}.onnx`, bert({ storage }))));

  it('leaves large ones in the file', () => {
    const { initializers } = readOnnxModel(folder.write('sidecar.onnx', sidecar.bytes));
    const stored = [...initializers.values()].filter(({ elementType }) => elementType === storage);
    const large = stored.filter(({ payload }) => payload.kind === 'external');
    expect(large.map(({ dims }) => dims)).toContainEqual([60, 24]);
  });

  it('runs as a graph of float32 weights', async () => {
    const optimizedModelFilePath = folder.write('optimised.onnx', '');
    await InferenceSession.create(sidecar.bytes, {
      optimizedModelFilePath,
      logSeverityLevel: 3,
      extra: { session: sidecar.sessionConfig },
    });
    const plain = folder.write('plain.onnx', bert({ storage, unpacked: true }));
    const expected = folder.write('optimised-plain.onnx', '');
    await InferenceSession.create(plain, { optimizedModelFilePath: expected, logSeverityLevel: 3 });
    const operators = (file: string): string[] =>
      readOnnxModel(file)
        .nodes.map(({ opType }) => opType)
        .sort();
    expect(operators(optimizedModelFilePath)).toEqual(operators(expected));
  });
});
