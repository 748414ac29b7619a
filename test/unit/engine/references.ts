/** What `training/verify.py` wrote: PyTorch's own numbers for each embedded model on a dozen texts. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const embedded = path.resolve('media/models/bert-tiny-en-zh');

/** The folders of all embedded models, absolute. */
export const embeddedFolders = readdirSync(path.dirname(embedded)).map((name) =>
  path.join(path.dirname(embedded), name),
);

export interface Reference {
  text: string;
  pair: string | null;
  /** The model's inputs by name, one sequence each. */
  inputs: Readonly<Record<string, readonly number[]>>;
  /** A tensor by name, row by row; its shape leaves out the batch. */
  tensor(name: string): { shape: readonly number[]; values: Float32Array };
  /** Tensors of several layers, named `stack 0`, `stack 1`, and so on. */
  layers(stack: string): Float32Array[];
}

interface StoredReference {
  text: string;
  pair: string | null;
  inputs: Record<string, number[]>;
  tensors: Record<string, { shape: number[]; offset: number }>;
}

export function referencesOf(model: string): Reference[] {
  const folder = path.resolve('test/fixtures/references', path.basename(model));
  const floats = new Float32Array(new Uint8Array(readFileSync(path.join(folder, 'tensors.f32'))).buffer);
  const stored = JSON.parse(readFileSync(path.join(folder, 'references.json'), 'utf8')) as StoredReference[];
  return stored.map(({ text, pair, inputs, tensors }) => {
    const tensor = (name: string): ReturnType<Reference['tensor']> => {
      const { shape, offset } = tensors[name]!;
      const size = shape.reduce((product, length) => product * length, 1);
      return { shape, values: floats.subarray(offset, offset + size) };
    };
    const layers = (stack: string): Float32Array[] =>
      Object.keys(tensors)
        .filter((name) => new RegExp(`^${stack} \\d+$`).test(name))
        .map((name) => tensor(name).values);
    return { text, pair, inputs, tensor, layers };
  });
}
