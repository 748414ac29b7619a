import { closeSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import { sidecarOf } from '../../../src/engine/sessions';
import { BertGraph, tinySizes } from '../../support/bertGraph';
import { external, rawOf, tensorOf, types } from '../../support/onnxWriter';
import { scratchFolder } from './folder';
import { feeds, openPath, openSidecar, positionsInput } from './runtime';

const folder = scratchFolder();
const options = { opset: 14, fused: false } as const;

/** Rows of the table of positions: with them alone the data has more bytes than 31 bits count. */
const rows = Math.ceil(2 ** 31 / (tinySizes.hidden * Float32Array.BYTES_PER_ELEMENT)) + 1;

/**
 * A tiny BERT whose weights lie in a file of more than 2 GB: most of it are positions that no text has, a hole in a
 * sparse file; all other matrices lie behind it.
 */
function writeLarge(file: string): void {
  const data = `${file}_data`;
  const writes: { offset: number; numbers: Float32Array }[] = [];
  let end = 0;
  const { positions, hidden } = tinySizes;
  class Large extends BertGraph {
    override constant(...[dims, numbers]: Parameters<BertGraph['constant']>): string {
      if (!(numbers instanceof Float32Array) || dims.length !== 2) return super.constant(dims, numbers);
      const isTable = dims[0] === positions && dims[1] === hidden;
      const shape = isTable ? [rows, hidden] : dims;
      const length = shape.reduce((product, size) => product * size, 1) * numbers.BYTES_PER_ELEMENT;
      // The name that it has in the graph whose weights are inside, too.
      const name = super.constant([0], new Float32Array(0));
      const place = external(path.basename(data), end, length);
      this.initializers[this.initializers.length - 1] = tensorOf(name, shape, types.float32, place);
      writes.push({ offset: end, numbers });
      end += length;
      return name;
    }
  }
  writeFileSync(file, new Large(options).bytes());
  const descriptor = openSync(data, 'w');
  // The table of positions is drawn after that of the words, and before all others.
  for (const { offset, numbers } of writes)
    writeSync(descriptor, rawOf(numbers), 0, numbers.byteLength, offset);
  closeSync(descriptor);
  truncateSync(data, end);
}

it('a model of more than 2 GB in another file has its facts, its attention and its answers', async () => {
  const file = path.join(folder.path, 'large.onnx');
  writeLarge(file);
  const { size, blocks } = statSync(`${file}_data`);
  expect(size).toBeGreaterThan(2 ** 31);
  expect(blocks * 512).toBeLessThan(2 ** 20); // The test costs no room.
  const before = process.memoryUsage().rss;
  const model = new ModelStore().open(file);
  const { facts } = model;
  expect(facts).toMatchObject({ layers: 2, heads: 2, hiddenSize: tinySizes.hidden });
  expect(facts.fileSize).toBeGreaterThan(2 ** 31);
  expect(facts.parameters).toBeGreaterThan(rows * tinySizes.hidden);
  expect(facts.attention.map(({ how }) => how)).toEqual(['present', 'present']);

  const { sidecar } = sidecarOf(model, 'attention');
  const tapped = model.graph.attention.map(({ probabilities }) => probabilities);
  const inputs = feeds(1, 9);
  const everywhere = positionsInput([[...Array(9).keys()]]);
  const session = await openSidecar(sidecar);
  const positions = session.inputNames.find((name) => !(name in inputs));
  const values = await session.run({ ...inputs, ...(positions && { [positions]: everywhere }) });
  await session.release();
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30); // The hole is not read.

  // The same weights in one small file, run as it is.
  const small = new BertGraph(options);
  const plain = await openPath(folder.write('small.onnx', small.bytes()));
  const expected = await plain.run(inputs);
  await plain.release();
  expect(values[model.mlmLogits!]!.data).toEqual(expected[model.mlmLogits!]!.data);
  const own = new ModelStore().open(path.join(folder.path, 'small.onnx'));
  const answers = await openSidecar(sidecarOf(own, 'attention').sidecar);
  const same = await answers.run({ ...inputs, ...(positions && { [positions]: everywhere }) });
  await answers.release();
  expect(tapped).toEqual(small.probabilities);
  for (const name of tapped) expect(values[name]!.data).toEqual(same[name]!.data);
});
