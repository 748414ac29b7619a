import { Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { attentionLayers, type AttentionTensors } from '../../../src/engine/onnx/attention';
import { joinEdits } from '../../../src/engine/onnx/edit';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { GraphWriter, node, types, value, type Attributes } from '../../support/onnxWriter';
import { largestDifference, openPath, openSidecar } from './runtime';

/**
 * Two texts of four tokens, and two heads of size 8. No text has more keys than a head has numbers, so that no two
 * lists of probabilities mix the values to the same context: where it is the operator's own output, so are they.
 */
export const [batch, tokens, heads, size] = [2, 4, 2, 8];
export const hidden = heads * size;

/** Numbers between -1 and 1, the same in every run. */
export function random(count: number, seed: number): Float32Array {
  let state = (seed * 7919 + 17) % 2147483647;
  return Float32Array.from({ length: count }, () => {
    state = (state * 16807) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}

const product = (dims: readonly number[]): number => dims.reduce((all, each) => all * each, 1);

/** A graph of one attention in the making, and what it is fed. */
export class AttentionCase extends GraphWriter {
  readonly feeds: Record<string, Tensor> = {};

  /** An input of random numbers. */
  input(name: string, dims: readonly number[], scale = 1): string {
    const numbers = random(product(dims), Object.keys(this.feeds).length + 1).map((each) => each * scale);
    return this.feed(name, new Tensor('float32', numbers, dims), types.float32);
  }

  int32(name: string, dims: readonly number[], numbers: readonly number[]): string {
    return this.feed(name, new Tensor('int32', Int32Array.from(numbers), dims), types.int32);
  }

  int64(name: string, dims: readonly number[], numbers: readonly number[]): string {
    return this.feed(name, new Tensor('int64', BigInt64Array.from(numbers, BigInt), dims), types.int64);
  }

  bool(name: string, dims: readonly number[], numbers: readonly number[]): string {
    return this.feed(name, new Tensor('bool', Uint8Array.from(numbers), dims), types.bool);
  }

  weights(...dims: number[]): string {
    return this.constant(
      dims,
      random(product(dims), product(dims)).map((each) => each / 2),
    );
  }

  /** Adds the attention. @param outputs names; the first is what it computes. */
  attention(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes,
    { domain = 'com.microsoft', outputs = ['y'] } = {},
  ): this {
    this.nodes.push(node(opType, inputs, outputs, attributes, domain));
    for (const name of outputs) if (name !== '') this.outputs.push(value(name, types.float32));
    return this;
  }

  private feed(name: string, tensor: Tensor, type: number): string {
    this.feeds[name] = tensor;
    // Sizes are open, as exporters leave them: only the rank is told.
    const dims = tensor.dims.map((_, axis) => `${name}_${String(axis)}`);
    this.inputs.push(value(name, type, dims));
    return name;
  }
}

const roles = ['query', 'key', 'value', 'scores', 'mask', 'probabilities', 'context'] as const;

/**
 * Expects of a file whose only attention is in a fused operator that it is recomputed: its outputs stay as they are,
 * rows of probabilities sum to 1, and mixing the values by them gives what the operator computes.
 * @param tolerance of the operator's own output. @returns the attention and the numbers of its tensors.
 */
export async function expectRecomputed(
  file: string,
  feeds: Record<string, Tensor>,
  tolerance = 1e-5,
): Promise<{ layer: AttentionTensors; numbers: Partial<Record<(typeof roles)[number], Tensor>> }> {
  const model = readOnnxModel(file);
  const [layer, more] = attentionLayers(model);
  expect(more).toBeUndefined();
  if (layer?.how !== 'recomputed') throw new Error(JSON.stringify(layer));
  const own = model.outputs.map(({ name }) => name);
  const taps = roles.flatMap((role) => layer[role] ?? []);
  const plain = await openPath(file);
  const tapped = await openSidecar(
    buildSidecar(model, joinEdits(layer.edit, { outputs: [...own, ...taps] })),
  );
  const [expected, actual] = [await plain.run(feeds), await tapped.run(feeds)];
  for (const name of own) {
    const [one, other] = [actual[name]!.data as Float32Array, expected[name]!.data as Float32Array];
    // Where halves are read by one node more, the runtime rounds in other places: its own outputs are no closer.
    if (tolerance > 1e-5) expect(largestDifference(one, other)).toBeLessThan(tolerance);
    else expect(one).toEqual(other);
  }
  const numbers = Object.fromEntries(roles.map((role) => [role, actual[layer[role] ?? '']]));
  for (const sum of rowSums(numbers['probabilities']!)) expect(sum).toBeCloseTo(1, 5);
  const mixed = mix(numbers['probabilities']!, numbers['value']!);
  expect(largestDifference(numbers['context']!.data as Float32Array, mixed)).toBeLessThan(1e-5);
  const output = expected[own[0]!]!;
  const joined = output.dims.length === 3 ? tokensFirst(mixed, numbers['context']!.dims) : mixed;
  expect(largestDifference(output.data as Float32Array, joined)).toBeLessThan(tolerance);
  await Promise.all([plain.release(), tapped.release()]);
  return { layer, numbers };
}

export function rowSums({ data, dims }: Tensor): number[] {
  const width = dims.at(-1)!;
  return Array.from({ length: data.length / width }, (_, row) =>
    (data as Float32Array).subarray(row * width, (row + 1) * width).reduce((sum, each) => sum + each, 0),
  );
}

/** The values [..., T, D] mixed by the probabilities [..., S, T]: [..., S, D]. */
export function mix(probabilities: Tensor, values: Tensor): Float32Array {
  const [queries, keys] = probabilities.dims.slice(-2) as [number, number];
  const width = values.dims.at(-1)!;
  const [weights, numbers] = [probabilities.data as Float32Array, values.data as Float32Array];
  return Float32Array.from({ length: (weights.length / keys) * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    const head = Math.floor(row / queries);
    let sum = 0;
    for (let key = 0; key < keys; key++) {
      sum += weights[row * keys + key]! * numbers[(head * keys + key) * width + column]!;
    }
    return sum;
  });
}

/** [B, N, S, D] as [B, S, N, D]. */
function tokensFirst(numbers: Float32Array, dims: readonly number[]): Float32Array {
  const [, count, rows, width] = dims as [number, number, number, number];
  return Float32Array.from(numbers, (_, at) => {
    const column = at % width;
    const head = Math.floor(at / width) % count;
    const row = Math.floor(at / width / count) % rows;
    const text = Math.floor(at / width / count / rows);
    return numbers[((text * count + head) * rows + row) * width + column]!;
  });
}
