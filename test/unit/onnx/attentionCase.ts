import { Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import {
  attentionLayers,
  tensorNames,
  type AttentionRole,
  type AttentionTensors,
} from '../../../src/engine/onnx/attention';
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

export interface Measured {
  layer: AttentionTensors;
  /** The tensors of the attention by their roles. */
  numbers: Readonly<Partial<Record<AttentionRole, Tensor>>>;
  /** The file's own outputs. */
  own: Readonly<Record<string, Tensor>>;
}

const roles = ['query', 'key', 'value', 'scores', 'mask', 'probabilities', 'context'] as const;

/**
 * Runs a file of one attention as it is and with the attention's tensors as outputs, and expects that its own outputs
 * stay as they are.
 * @param tolerance of its own outputs; those of float32 stay to the last bit.
 */
export async function measure(file: string, feeds: Record<string, Tensor>, tolerance = 0): Promise<Measured> {
  const model = readOnnxModel(file);
  const [layer, more] = attentionLayers(model);
  expect(more).toBeUndefined();
  if (!layer || layer.how === 'missing') throw new Error(JSON.stringify(layer));
  const outputs = model.outputs.map(({ name }) => name);
  const taps = tensorNames([layer]).filter((name) => !outputs.includes(name));
  const plain = await openPath(file);
  const tapped = await openSidecar(
    buildSidecar(model, joinEdits(layer.edit, { outputs: [...outputs, ...taps] })),
  );
  const [own, all] = [await plain.run(feeds), await tapped.run(feeds)];
  await Promise.all([plain.release(), tapped.release()]);
  for (const name of outputs) expect(difference(all[name]!, own[name]!)).toBeLessThanOrEqual(tolerance);
  return {
    layer,
    numbers: Object.fromEntries(roles.map((role) => [role, real(all[layer[role] ?? ''])])),
    own,
  };
}

/** Expects that rows of probabilities sum to 1, or to 0 where a query sees nothing, and that the values mixed by them are the context. */
export function expectMixed({ numbers }: Measured, tolerance = 1e-5): void {
  const { probabilities, value, context } = numbers;
  for (const sum of rowSums(probabilities!))
    expect(Math.abs(sum - (sum === 0 ? 0 : 1))).toBeLessThan(tolerance);
  expect(context!.dims).toEqual([...probabilities!.dims.slice(0, -1), value!.dims.at(-1)]);
  expect(largestDifference(context!.data as Float32Array, mix(probabilities!, value!))).toBeLessThan(
    tolerance,
  );
}

/**
 * Expects of a file whose only attention is in a fused operator that it is recomputed, and that mixing the values by
 * the probabilities gives what the operator itself computes.
 * @param tolerance of the operator's output; halves that one node more reads are rounded in other places.
 */
export async function expectRecomputed(
  file: string,
  feeds: Record<string, Tensor>,
  tolerance = 1e-5,
): Promise<Measured> {
  const measured = await measure(file, feeds, tolerance > 1e-5 ? tolerance : 0);
  expect(measured.layer.how).toBe('recomputed');
  expectMixed(measured);
  const { probabilities, value } = measured.numbers;
  const mixed = mix(probabilities!, value!);
  const [output] = Object.values(measured.own);
  const joined = output!.dims.length === 3 ? tokensFirst(mixed, measured.numbers.context!.dims) : mixed;
  expect(largestDifference(output!.data as Float32Array, joined)).toBeLessThan(tolerance);
  return measured;
}

/** Halves as float32: as bits on Node 20, and as Float16Array where Node has it. */
function real(tensor: Tensor | undefined): Tensor | undefined {
  if (tensor?.type !== 'float16') return tensor;
  const data = tensor.data as ArrayLike<number>;
  const numbers = data instanceof Uint16Array ? Float32Array.from(data, fromBits) : Float32Array.from(data);
  return new Tensor('float32', numbers, tensor.dims);
}

function fromBits(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 ? -size : size;
}

/** The largest difference of two outputs. */
function difference(one: Tensor, other: Tensor): number {
  return largestDifference(one.data as Float32Array, other.data as Float32Array);
}

function rowSums({ data, dims }: Tensor): number[] {
  const width = dims.at(-1)!;
  return Array.from({ length: data.length / width }, (_, row) =>
    (data as Float32Array).subarray(row * width, (row + 1) * width).reduce((sum, each) => sum + each, 0),
  );
}

/** The values [..., T, D] mixed by the probabilities [..., S, T]: [..., S, D]. */
function mix(probabilities: Tensor, values: Tensor): Float32Array {
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
