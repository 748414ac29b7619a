import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { halfToFloat } from '../../../src/core/halfFloat';

/** What `training/fixtures.py` wrote: exports of torch.onnx, and PyTorch's own numbers for them. */
const folder = path.resolve('test/fixtures/models');
export const exportNames = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => path.basename(file, '.onnx'))
  .toSorted();

export const exportFile = (name: string): string => path.join(folder, `${name}.onnx`);

interface Stored {
  shape: number[];
  values: number[];
}

export interface Reference {
  inputs: Record<string, number[][]>;
  /** In the order in which they are computed: of a decoder's layer its own, then that to the encoder. */
  attention: Stored[];
  hidden: Stored[];
  output: Stored;
}

export function readReference(name: string): Reference {
  return JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Reference;
}

export function feedsOf({ inputs }: Reference): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([input, rows]) => [
      input,
      new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]),
    ]),
  );
}

export function numbersOf({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  // float16, as bits or, where Node has it, as numbers.
  return data instanceof Uint16Array
    ? Float32Array.from(data, halfToFloat)
    : Float32Array.from(data as ArrayLike<number>);
}
