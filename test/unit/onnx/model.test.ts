import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OnnxFormatError } from '../../../src/engine/onnx/errors';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { readInitializer } from '../../../src/engine/onnx/tensorData';
import * as onnx from '../../support/onnxWriter';
import { BertGraph } from '../../support/bertGraph';
import { scratchFolder } from './folder';

const folder = scratchFolder();
const bert = new BertGraph({ opset: 17, fused: true });

describe('reading a model', () => {
  it('tells who wrote it, for which operators, and what goes in and out', () => {
    const file = folder.write('bert.onnx', bert.bytes());
    symlinkSync('bert.onnx', joinPath(folder.path, 'link.onnx'));
    const model = readOnnxModel(joinPath(folder.path, 'link.onnx'));
    expect(model).toMatchObject({ irVersion: 8, producerName: 'headlight tests', producerVersion: '1' });
    expect(model.path.endsWith('bert.onnx')).toBe(true);
    expect(model.fileSize).toBe(bert.bytes().length);
    expect([...model.opsets]).toEqual([
      ['', 17],
      ['com.microsoft', 1],
    ]);
    expect(model.inputs[0]).toEqual({ name: 'input_ids', elementType: 'int64', dims: ['batch', 'sequence'] });
    expect(model.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['logits', ['batch', 'sequence', 60]],
      ['nsp', ['batch', 2]],
    ]);
    expect(model.nodes).toHaveLength(bert.nodes.length);
    expect(readOnnxModel(file).initializers.size).toBe(bert.initializers.length);
  });

  it('reads attributes of every kind, with and without their type', () => {
    const graph = new onnx.GraphWriter();
    const value = onnx.tensor('', [2], Float32Array.of(1, 2));
    const inner = new onnx.GraphWriter('inner');
    inner.op('Neg', ['outside']);
    graph.op('Odd', ['a', '', 'b'], {
      int: -3,
      float: { float: 0.5 },
      text: 'sum',
      ints: [1, -1],
      value: { tensor: value },
      body: { graph: inner.graph() },
    });
    const untyped = onnx.join(
      onnx.text(1, 'untyped'),
      onnx.bytes(8, [...onnx.varint(5), ...onnx.varint(-5)]),
    );
    const floats = onnx.join(onnx.text(1, 'floats'), onnx.bytes(7, onnx.rawOf(Float32Array.of(1, 0.25))));
    graph.nodes.push(
      onnx.join(
        onnx.text(4, 'Packed'),
        onnx.bytes(5, untyped),
        onnx.bytes(5, floats),
        onnx.text(7, 'ai.onnx'),
      ),
    );
    const [odd, packed] = readOnnxModel(folder.write('odd.onnx', graph.model(17))).nodes;
    expect(odd).toMatchObject({ index: 0, opType: 'Odd', domain: '', inputs: ['a', '', 'b'] });
    const attributes = Object.fromEntries(odd!.attributes);
    expect(attributes).toMatchObject({
      int: { kind: 'int', value: -3 },
      float: { kind: 'float', value: 0.5 },
      text: { kind: 'string', value: 'sum' },
      ints: { kind: 'ints', value: [1, -1] },
      value: {
        kind: 'tensor',
        value: { dims: [2], elementType: 'float32', payload: { kind: 'file', length: 8 } },
      },
      body: { kind: 'graphs', uses: ['outside'] },
    });
    expect(packed!.domain).toBe('');
    expect(Object.fromEntries(packed!.attributes)).toEqual({
      untyped: { kind: 'ints', value: [5, -5] },
      floats: { kind: 'floats', value: [1, 0.25] },
    });
  });

  it('adds up what is appended to a file, as protobuf does', () => {
    const patch = onnx.bytes(7, onnx.bytes(12, onnx.text(1, bert.hidden[0]!)));
    const model = readOnnxModel(folder.write('patched.onnx', onnx.join(bert.bytes(), patch)));
    expect(model.outputs.at(-1)).toEqual({ name: bert.hidden[0], elementType: 'unknown', dims: undefined });
  });

  it('notices sparse initializers and functions, and leaves inputs with a value out', () => {
    const graph = new onnx.GraphWriter();
    const weight = onnx.tensor('w', [1], Float32Array.of(1));
    graph.initializers.push(weight);
    graph.inputs.push(onnx.value('x', 1, [1]), onnx.value('w', 1, [1]));
    graph.more.push(onnx.bytes(15, onnx.bytes(1, onnx.tensor('sparse', [1], Float32Array.of(1)))));
    const local = onnx.bytes(25, onnx.join(onnx.text(1, 'Twice'), onnx.text(10, 'local')));
    const model = readOnnxModel(folder.write('sparse.onnx', onnx.join(graph.model(17), local)));
    expect(model.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(model.sparseInitializers).toEqual(['sparse']);
    expect(model.functions).toEqual(['local:Twice']);
  });
});

describe('the numbers of an initializer', () => {
  const read = (tensor: Uint8Array, maxBytes = 100): unknown => {
    const graph = new onnx.GraphWriter();
    graph.initializers.push(tensor);
    return readInitializer(readOnnxModel(folder.write('numbers.onnx', graph.model(17))), 'n', maxBytes);
  };
  const packed = (field: number, ...numbers: (number | bigint)[]): Uint8Array =>
    onnx.bytes(
      field,
      numbers.flatMap((number) => onnx.varint(number)),
    );
  const single = (field: number, ...numbers: (number | bigint)[]): Uint8Array =>
    onnx.join(...numbers.map((number) => onnx.number(field, number)));

  it.each<[string, number, number[], Uint8Array, unknown]>([
    ['raw float32', 1, [2], onnx.bytes(9, onnx.rawOf(Float32Array.of(1.5, -2))), Float32Array.of(1.5, -2)],
    ['float_data', 1, [2], onnx.bytes(4, onnx.rawOf(Float32Array.of(1.5, -2))), Float32Array.of(1.5, -2)],
    [
      'unpacked float_data',
      1,
      [2],
      onnx.join(onnx.float(4, 1.5), onnx.float(4, -2)),
      Float32Array.of(1.5, -2),
    ],
    ['int64_data', 7, [2], packed(7, -1, 2n ** 62n + 1n), BigInt64Array.of(-1n, 2n ** 62n + 1n)],
    ['unpacked int64_data', 7, [2], single(7, -1, 2n ** 62n + 1n), BigInt64Array.of(-1n, 2n ** 62n + 1n)],
    ['int32_data', 6, [2], packed(5, -7, 7), Int32Array.of(-7, 7)],
    ['int8 in int32_data', 3, [2], packed(5, -7, 7), Int8Array.of(-7, 7)],
    ['uint8 in int32_data', 2, [1, 2], packed(5, 200, 7), Uint8Array.of(200, 7)],
    ['float16 in int32_data', 10, [1], packed(5, 0x3c00), Uint16Array.of(0x3c00)],
    ['raw float16', 10, [1], onnx.bytes(9, [0, 0x3c]), Uint16Array.of(0x3c00)],
    ['uint64_data', 13, [1], packed(11, 2n ** 64n - 1n), BigUint64Array.of(2n ** 64n - 1n)],
    ['bool', 9, [2], onnx.bytes(9, [1, 0]), Uint8Array.of(1, 0)],
    ['a scalar', 6, [], packed(5, 3), Int32Array.of(3)],
    ['nothing', 1, [0], onnx.bytes(9, []), new Float32Array(0)],
  ])('come from %s', (_, type, dims, payload, expected) => {
    expect(read(onnx.tensorOf('n', dims, type, payload))).toEqual(expected);
  });

  it('are refused when they are too many, too few, or of a type without numbers', () => {
    const raw = onnx.bytes(9, new Uint8Array(8));
    expect(() => read(onnx.tensorOf('n', [2], 1, raw), 7)).toThrow('more than the 7');
    expect(() => read(onnx.tensorOf('n', [3], 1, raw))).toThrow('does not fit its shape [3]');
    expect(() => read(onnx.tensorOf('n', [3], 7, packed(7, 1, 2)))).toThrow('does not fit');
    expect(() => read(onnx.tensorOf('n', [1], 7, packed(7, 1, 2)))).toThrow('does not fit');
    expect(() => read(onnx.tensorOf('n', [2 ** 31, 2 ** 31], 1, raw))).toThrow(OnnxFormatError);
    expect(() => read(onnx.tensorOf('n', [1], 8, onnx.text(6, 'word')))).toThrow('type string');
    expect(() => read(onnx.tensorOf('other', [2], 1, raw))).toThrow('no initializer “n”');
  });
});

describe('a file that is no model', () => {
  it.each<[string, Uint8Array | string, string]>([
    ['nothing', '', 'empty'],
    ['text', 'Once upon a time\n'.repeat(9), 'text'],
    ['JSON', '{"model_type": "bert"}', 'text'],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4401\n', 'git-lfs'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), 'PNG'],
    ['a checkpoint', Buffer.from('PK\x03\x04\0\0\x08\x08', 'latin1'), 'ZIP'],
    ['a protobuf without a graph', onnx.number(1, 8), 'no ONNX graph'],
  ])('is called what it is: %s', (name, contents, message) => {
    const file = folder.write(`${name}.onnx`, contents);
    expect(() => readOnnxModel(file)).toThrow(OnnxFormatError);
    expect(() => readOnnxModel(file)).toThrow(message);
  });

  it('may be a folder, or missing', () => {
    mkdirSync(joinPath(folder.path, 'folder.onnx'));
    expect(() => readOnnxModel(joinPath(folder.path, 'folder.onnx'))).toThrow('not a regular file');
    expect(() => readOnnxModel(joinPath(folder.path, 'missing.onnx'))).toThrow('ENOENT');
  });
});

it('reads a large model without its weights', () => {
  const path = joinPath(folder.path, 'large.onnx');
  const weights = 400 * 1024 * 1024;
  const head = onnx.tensorOf('w', [weights / 4], 1, onnx.varint(9 * 8 + 2), onnx.varint(weights));
  const initializer = onnx.join(onnx.varint(5 * 8 + 2), onnx.varint(head.length + weights), head);
  const graph = onnx.join(onnx.varint(7 * 8 + 2), onnx.varint(initializer.length + weights), initializer);
  const start = onnx.join(onnx.number(1, 8), graph);
  const file = openSync(path, 'w');
  writeSync(file, start);
  ftruncateSync(file, start.length + weights);
  closeSync(file);

  const before = process.memoryUsage().rss;
  const model = readOnnxModel(path);
  const sidecar = buildSidecar(model);
  expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024);
  expect(model.initializers.get('w')?.payload).toEqual({
    kind: 'file',
    field: 9,
    offset: start.length,
    length: weights,
  });
  expect(sidecar.bytes.length).toBeLessThan(200);
});
