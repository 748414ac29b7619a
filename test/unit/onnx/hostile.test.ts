import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OnnxFormatError } from '../../../src/engine/onnx/errors';
import { withFile } from '../../../src/engine/onnx/fileSource';
import { findLogitsOutputs } from '../../../src/engine/onnx/logits';
import { maskedHeadEdit } from '../../../src/engine/onnx/maskedHead';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { fieldsOf } from '../../../src/engine/onnx/wire';
import { WireWriter } from '../../../src/engine/onnx/wireWriter';
import * as onnx from '../../support/onnxWriter';
import { BertGraph } from '../../support/bertGraph';
import { scratchFolder } from './folder';

const folder = scratchFolder();

/** Everything that is done with a model's bytes; returns the error that it ends in, if any. */
function readAll(bytes: Uint8Array): unknown {
  const file = folder.write('hostile.onnx', bytes);
  try {
    const model = readOnnxModel(file);
    for (const { name } of findLogitsOutputs(model)) buildSidecar(model, maskedHeadEdit(model, name));
    return undefined;
  } catch (error) {
    return error;
  }
}

function isClean(error: unknown): boolean {
  if (error !== undefined && !(error instanceof OnnxFormatError)) throw error;
  return true;
}

const small = ((): Uint8Array => {
  const graph = new onnx.GraphWriter();
  graph.inputs.push(onnx.value('x', onnx.types.float32, ['batch', 'sequence', 4]));
  const weight = graph.constant(
    [4, 6],
    Float32Array.from({ length: 24 }, (_, index) => index),
  );
  const product = graph.op('MatMul', ['x', weight]);
  const axes = graph.op('Constant', [], { value: { tensor: onnx.tensor('', [1], BigInt64Array.of(0n)) } });
  graph.op('Unsqueeze', [product, axes]);
  graph.output('logits', graph.op('Softmax', [product], { axis: -1 }), onnx.types.float32, [
    'batch',
    'sequence',
    6,
  ]);
  return graph.model(13);
})();

describe('damaged files', () => {
  it('cut off anywhere end in a clear error or a smaller model', () => {
    expect(readAll(small)).toBeUndefined();
    for (let length = 0; length < small.length; length++) isClean(readAll(small.subarray(0, length)));
  });

  it('with any single byte changed do so too', () => {
    for (let at = 0; at < small.length; at++) {
      for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff])
        isClean(readAll(Uint8Array.from(small).with(at, byte)));
    }
  });

  it('of random bytes do so too', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => isClean(readAll(bytes))));
  });

  it('with many changes do so too, soon', () => {
    const bert = new BertGraph({ opset: 13, fused: false }).bytes();
    const change = fc.record({
      at: fc.nat(bert.length - 1),
      remove: fc.nat(20),
      insert: fc.uint8Array({ maxLength: 20 }),
    });
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      let bytes: Uint8Array = bert;
      for (const { at, remove, insert } of changes) {
        bytes = onnx.join(bytes.subarray(0, at), insert, bytes.subarray(at + remove));
      }
      const start = performance.now();
      const clean = isClean(readAll(bytes));
      return clean && performance.now() - start < 2000;
    });
    fc.assert(property, { numRuns: 200 });
  });
});

describe('hostile files', () => {
  const graph = (contents: Uint8Array): Uint8Array => onnx.join(onnx.number(1, 8), onnx.bytes(7, contents));

  it.each<[string, Uint8Array, RegExp]>([
    [
      'a number of eleven bytes',
      Uint8Array.from([0x08, ...new Array<number>(10).fill(0xff), 0x01]),
      /ten bytes/,
    ],
    ['a length of 2^63', Uint8Array.from([0x3a, ...onnx.varint(2n ** 63n)]), /longer than what holds it/],
    ['a graph that is a number', onnx.number(7, 1), /wire type/],
    ['a node longer than its graph', graph(Uint8Array.from([0x0a, 0x20, 0x00])), /longer than what holds it/],
    ['a field without a number', graph(Uint8Array.from([0x02, 0x00])), /without a number/],
    ['a group', graph(Uint8Array.from([0x0b, 0x0c])), /wire type 3/],
    ['a name that is not UTF-8', graph(onnx.bytes(1, onnx.bytes(4, [0xff, 0xfe]))), /UTF-8/],
    ['a tensor of negative size', graph(onnx.bytes(5, onnx.number(1, -1))), /size -1/],
    ['an impossible offset', graph(onnx.bytes(5, onnx.external('w', 1.5))), /impossible place/],
    ['an external tensor without a file', graph(onnx.bytes(5, onnx.number(14, 1))), /not named/],
  ])('are refused by what is wrong: %s', (_, bytes, message) => {
    const error = readAll(bytes);
    isClean(error);
    expect(String(error)).toMatch(message);
  });

  it('are refused when they nest without end', () => {
    let inner = new onnx.GraphWriter().graph();
    for (let depth = 0; depth < 40; depth++)
      inner = onnx.bytes(1, onnx.node('If', [], [], { body: { graph: inner } }));
    expect(String(readAll(graph(inner)))).toMatch(/nested too deeply/);
  });

  it('are refused when they are made of millions of parts', () => {
    const parts = new Uint8Array(2 * 3_000_000);
    for (let at = 0; at < parts.length; at += 2) parts.set([0x12, 0x00], at); // An empty name, again and again.
    expect(String(readAll(graph(parts)))).toMatch(/larger than can be read/);
    expect(String(readAll(graph(onnx.bytes(1, onnx.bytes(1, new Uint8Array(70_000))))))).toMatch(
      /longer than 64 KB/,
    );
  });

  it('may hold a cycle', () => {
    const nodes = ['a', 'b'].map((name, index) =>
      onnx.bytes(1, onnx.node('Tanh', [['b', 'a'][index]!], [name])),
    );
    isClean(readAll(graph(onnx.join(...nodes, onnx.bytes(12, onnx.text(1, 'a'))))));
  });
});

it('reads what it writes', () => {
  type Value =
    { field: number; int: bigint } | { field: number; bytes: Uint8Array } | { field: number; float: number };
  const field = fc.integer({ min: 1, max: 5000 });
  const values = fc.oneof(
    fc.record({ field, int: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ field, bytes: fc.uint8Array({ maxLength: 300 }) }),
    fc.record({ field, float: fc.float({ noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array<Value>(values, { maxLength: 30 }), (written) => {
      const writer = new WireWriter();
      for (const each of written) {
        if ('int' in each) writer.int(each.field, each.int);
        else if ('bytes' in each) writer.bytes(each.field, each.bytes);
        else writer.float(each.field, each.float);
      }
      const path = folder.write('wire.bin', writer.finish());
      const read = withFile(path, (source) => [...fieldsOfAll(source, written)]);
      expect(read).toEqual(written);
    }),
  );

  function* fieldsOfAll(source: Parameters<typeof fieldsOf>[0], written: readonly Value[]): Generator<Value> {
    let next = 0;
    for (const each of fieldsOf(source, { offset: 0, length: source.size }, 'a message')) {
      const like = written[next++]!;
      if ('int' in like) yield { field: each.number, int: each.bigInts[0]! };
      else if ('float' in like) yield { field: each.number, float: each.float };
      else yield { field: each.number, bytes: source.read(each.range.offset, each.range.length) };
    }
  }
});
