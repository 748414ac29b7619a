import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadlightError } from '../../../src/core/errors';
import { withFile } from '../../../src/engine/onnx/fileSource';
import { ModelStore } from '../../../src/engine/models/store';
import { sidecarOf } from '../../../src/engine/sessions';
import { fieldsOf } from '../../../src/engine/onnx/wire';
import { WireWriter } from '../../../src/engine/onnx/wireWriter';
import * as onnx from '../../support/onnxWriter';
import { scratchFolder } from './folder';
import {
  costlyGraphs,
  handMade,
  mutations,
  packedAttention,
  plainChain,
  validGraphs,
  writeGigabyte,
  writeNeighbours,
  type HostileFile,
} from './hostileFiles';

const folder = scratchFolder();
const neighbours = ['inside', 'outside'].map((name) => path.join(folder.path, name)) as [string, string];
for (const each of neighbours) mkdirSync(each);
writeNeighbours(...neighbours);

/** Everything that the engine does with a model before it runs; returns the error that it ends in, if any. */
function readAll(bytes: Uint8Array, name = 'a file'): HeadlightError | undefined {
  try {
    return readUpToRun(bytes);
  } catch (error) {
    throw new Error(`${name}: ${String(error)}`, { cause: error });
  }
}

function readUpToRun(bytes: Uint8Array): HeadlightError | undefined {
  const file = path.join(neighbours[0], 'hostile.onnx');
  writeFileSync(file, bytes);
  const model = new ModelStore().open(file);
  // Facts tell what is wrong, and never fail for it.
  expect(model.facts.onnxFile).toBe(file);
  try {
    sidecarOf(model, 'attention');
    sidecarOf(model, 'every role');
    return undefined;
  } catch (error) {
    if (!(error instanceof HeadlightError)) throw error;
    expect(error.message).toContain(file);
    expect(error.message).toMatch(/Fetch or export it again, or choose another/);
    expect(error.message.length).toBeLessThan(2000);
    return error;
  }
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

/** Files of one run; more make a longer search for what nobody thought of. */
const mutatedFiles = Number(process.env['HEADLIGHT_HOSTILE_FILES'] ?? 2500);

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** What reading took at worst, for the message of a bound that is passed. */
class Worst {
  private slowest = { name: '', milliseconds: 0 };
  private largest = { name: '', growth: 0 };

  /** Reads a file, and remembers how long it took and by how much the peak of this process's memory grew. */
  read({ name, bytes }: HostileFile): {
    error: HeadlightError | undefined;
    milliseconds: number;
    growth: number;
  } {
    const before = peakBytes();
    const start = performance.now();
    const error = readAll(bytes, name);
    const milliseconds = performance.now() - start;
    const growth = peakBytes() - before;
    if (milliseconds > this.slowest.milliseconds) this.slowest = { name, milliseconds };
    if (growth > this.largest.growth) this.largest = { name, growth };
    return { error, milliseconds, growth };
  }

  toString(): string {
    const { slowest, largest } = this;
    return (
      `slowest: ${slowest.milliseconds.toFixed(0)} ms, ${slowest.name}; ` +
      `largest growth: ${(largest.growth / 2 ** 20).toFixed(0)} MB, ${largest.name}`
    );
  }
}

describe('damaged files', () => {
  it('cut off anywhere end in a clear error or a smaller model', () => {
    expect(readAll(small)).toBeUndefined();
    for (let length = 0; length < small.length; length++) readAll(small.subarray(0, length));
  });

  it('with any single byte changed do so too', () => {
    for (let at = 0; at < small.length; at++) {
      for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) readAll(Uint8Array.from(small).with(at, byte));
    }
  });

  it('of random bytes do so too', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readAll(bytes)));
  });

  it('of every kind of model do so too, soon', () => {
    const graphs = validGraphs();
    const worst = new Worst();
    let longest = 0;
    for (const graph of graphs) {
      const { error, milliseconds } = worst.read(graph);
      expect(error, graph.name).toBeUndefined();
      longest = Math.max(longest, milliseconds);
    }
    let refused = 0;
    for (const file of mutations(graphs, mutatedFiles, 20, folder.path)) {
      const { error, milliseconds, growth } = worst.read(file);
      refused += Number(error !== undefined);
      expect(milliseconds, String(worst)).toBeLessThan(50 * longest);
      expect(growth, String(worst)).toBeLessThan(256 * 2 ** 20);
    }
    // Mutations that are all refused, or none, would test one half of the code.
    expect(refused / mutatedFiles).toBeGreaterThan(0.2);
    expect(refused / mutatedFiles).toBeLessThan(0.8);
  }, 300_000);
});

describe('hostile files', () => {
  it.each(handMade())('end in what is wrong: $name', ({ name, bytes, message }) => {
    const error = readAll(bytes, name);
    if (message === null) expect(error).toBeUndefined();
    else expect(error?.message).toMatch(message);
  });

  it('are refused when they are made of millions of parts', () => {
    const parts = new Uint8Array(2 * 10_000_000);
    for (let at = 0; at < parts.length; at += 2) parts.set([0x12, 0x00], at); // An empty name, again and again.
    const graph = (contents: Uint8Array): Uint8Array => onnx.bytes(7, contents);
    expect(readAll(graph(parts))?.message).toMatch(/larger than can be read/);
    expect(readAll(graph(onnx.bytes(1, onnx.bytes(1, new Uint8Array(70_000)))))?.message).toMatch(
      /longer than 64 KB/,
    );
  });

  it('of gigabytes of nothing are refused at once', () => {
    const file = folder.write('sparse.onnx', '');
    truncateSync(file, 2 ** 33);
    expect(() => new ModelStore().open(file).graph).toThrow(/field without a number/);
  });

  it('with an impossible number of layers in their config.json give facts all the same', () => {
    const own = path.join(folder.path, 'layers');
    mkdirSync(own);
    writeFileSync(path.join(own, 'model.onnx'), packedAttention());
    writeFileSync(path.join(own, 'config.json'), JSON.stringify({ num_hidden_layers: 4e9 }));
    expect(new ModelStore().open(own).facts).toMatchObject({ layers: null, attention: [{ how: 'missing' }] });
  });
});

describe.each([false, true])('a gigabyte of weights, in another file: %s', (external) => {
  it('costs facts and sidecar milliseconds and megabytes', () => {
    const file = folder.write(`gigabyte-${String(external)}.onnx`, '');
    writeGigabyte(file, external);
    const before = peakBytes();
    const start = performance.now();
    const model = new ModelStore().open(file);
    expect(model.facts.parameters).toBeGreaterThan(2 ** 28);
    sidecarOf(model, 'every role');
    expect(performance.now() - start).toBeLessThan(1000);
    expect(peakBytes() - before).toBeLessThan(32 * 2 ** 20);
  });
});

describe('files made to cost more than in proportion', () => {
  const plain: HostileFile = { name: 'a plain chain', bytes: plainChain(50_000) };
  const worst = new Worst();
  worst.read(plain);
  const { milliseconds: usual } = worst.read(plain);

  it.each(costlyGraphs())(
    'are read in proportion to their size: $name',
    (file) => {
      const { name, bytes } = file;
      const { milliseconds, growth } = worst.read({ name, bytes });
      const size = Math.max(1, bytes.length / plain.bytes.length);
      expect(milliseconds / usual / size, String(worst)).toBeLessThan(20);
      expect(growth, String(worst)).toBeLessThan(256 * 2 ** 20 + 50 * bytes.length);
    },
    120_000,
  );
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
