import { describe, expect, it } from 'vitest';
import { GraphView } from '../../../src/engine/onnx/architecture/graphView';
import { storedNumbers } from '../../../src/engine/onnx/architecture/storedNumbers';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { GraphWriter, types } from '../../support/onnxWriter';
import { scratchFolder } from './folder';

const folder = scratchFolder();

function numbersOf(build: (graph: GraphWriter) => string, maxBytes = 1000): number[] | undefined {
  const graph = new GraphWriter();
  const name = build(graph);
  const view = new GraphView(readOnnxModel(folder.write('constant.onnx', graph.model(14))));
  const numbers = storedNumbers(view, name, maxBytes);
  return numbers && Array.from(numbers);
}

describe('the numbers of a constant', () => {
  const integers = (graph: GraphWriter): string => graph.constant([2, 3], Int8Array.of(1, 2, 3, 4, 5, 6));
  const scales = (graph: GraphWriter, ...numbers: number[]): string =>
    graph.constant(numbers.length === 1 ? [] : [numbers.length], Float32Array.from(numbers));
  const zeros = (graph: GraphWriter, ...numbers: number[]): string =>
    graph.constant(numbers.length === 1 ? [] : [numbers.length], Int8Array.from(numbers));

  it.each<[string, (graph: GraphWriter) => string, number[]]>([
    ['float32', (graph) => graph.constant([1, 3], Float32Array.of(1, -2, 0.5)), [1, -2, 0.5]],
    [
      'float16',
      // 1, -2 and 0.5 by IEEE 754: sign, exponent plus 15, fraction.
      (graph) =>
        graph.op('Cast', [graph.constant([1, 3], Uint16Array.of(0x3c00, 0xc000, 0x3800))], {
          to: types.float32,
        }),
      [1, -2, 0.5],
    ],
    [
      'int8 with one scale',
      (graph) => graph.op('DequantizeLinear', [integers(graph), scales(graph, 2)]),
      [2, 4, 6, 8, 10, 12],
    ],
    [
      'int8 with a scale and zero for each row',
      (graph) =>
        graph.op('DequantizeLinear', [integers(graph), scales(graph, 1, 10), zeros(graph, 0, 4)], {
          axis: 0,
        }),
      [1, 2, 3, 0, 10, 20],
    ],
    [
      'int8 with a scale and zero for each column',
      (graph) =>
        graph.op('DequantizeLinear', [integers(graph), scales(graph, 1, 10, 100), zeros(graph, 1, 0, 0)]),
      [0, 20, 300, 3, 50, 600],
    ],
  ])('are read from %s', (_, build, expected) => {
    expect(numbersOf(build)).toEqual(expected);
  });

  it('are not read from what is computed', () => {
    expect(numbersOf((graph) => graph.op('Add', [graph.scalar(1), graph.scalar(2)]))).toBeUndefined();
    expect(numbersOf((graph) => graph.op('Transpose', [integers(graph)]))).toBeUndefined();
  });

  it('are not read where they are too many', () => {
    expect(() => numbersOf((graph) => graph.constant([2, 3], new Float32Array(6)), 23)).toThrow('24 bytes');
  });
});
