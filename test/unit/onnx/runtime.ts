import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { quantisesWeightsOnly } from '../../../src/engine/onnx/quantisation';
import type { Sidecar } from '../../../src/engine/onnx/sidecar';
import { tinySizes } from '../../support/bertGraph';

const quiet = { logSeverityLevel: 3, intraOpNumThreads: 1 } as const;

const level = (optimised: boolean): 'all' | 'disabled' => (optimised ? 'all' : 'disabled');

export function openSidecar({ bytes, sessionConfig }: Sidecar, optimised = true): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    ...quiet,
    graphOptimizationLevel: level(optimised),
    extra: { session: sessionConfig },
  });
}

/** The file as it is; weights stored as int8 are made float32 first, or the runtime would multiply in int8. */
export function openPath(path: string, optimised = true): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    ...quiet,
    graphOptimizationLevel: level(optimised),
    ...(quantisesWeightsOnly(readOnnxModel(path)) && { extra: { session: { disable_quant_qdq: '1' } } }),
  });
}

/** Token ids from 0 to below `vocabulary`; in the second sequence of a batch the last two are padding. */
export function feeds(
  batch: number,
  length: number,
  vocabulary: number = tinySizes.vocabulary,
): Record<string, Tensor> {
  const table = (fill: (index: number) => number): Tensor => {
    const values = BigInt64Array.from({ length: batch * length }, (_, index) => BigInt(fill(index)));
    return new Tensor('int64', values, [batch, length]);
  };
  return {
    input_ids: table((index) => (index * 13 + 5) % vocabulary),
    attention_mask: table((index) => (index >= length && index % length >= length - 2 ? 0 : 1)),
    token_type_ids: table((index) => (index % length > length / 2 ? 1 : 0)),
  };
}

/** Positions wanted in each sequence, as the masked head takes them. */
export function positionsInput(positions: readonly (readonly number[])[]): Tensor {
  const count = positions[0]!.length;
  return new Tensor('int64', BigInt64Array.from(positions.flat(), BigInt), [positions.length, count, 1]);
}

/** The rows of `[batch, sequence, size]` numbers at the positions wanted. */
export function rowsAt(full: Tensor, positions: readonly (readonly number[])[]): Float32Array {
  const [, length, size] = full.dims as [number, number, number];
  const data = full.data as Float32Array;
  const rows = positions.flatMap((wanted, batch) =>
    wanted.map((position) =>
      data.subarray((batch * length + position) * size, (batch * length + position + 1) * size),
    ),
  );
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

/** The largest difference between two lists of numbers; Infinity when they differ in length. */
export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < one.length; index++)
    largest = Math.max(largest, Math.abs(one[index]! - other[index]!));
  return largest;
}
