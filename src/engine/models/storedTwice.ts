import type { Architecture, BlockKind } from '../onnx/architecture/types';
import { OnnxFormatError } from '../onnx/errors';
import { resolveExternalData } from '../onnx/externalData';
import { withFile } from '../onnx/fileSource';
import { rawBytes } from '../onnx/readTensor';
import type { OnnxModel, OnnxTensor } from '../onnx/types';

/** One file of a model, with what was recognised in it. */
export interface ModelPart {
  readonly graph: { readonly onnx: OnnxModel };
  readonly architecture: Architecture;
}

/** Where two tensors are compared: so many stretches, evenly over all of their bytes. */
const stretches = 16;
const stretchBytes = 256;

/**
 * The embeddings that a decoder's file holds although its encoder's file has them, too: exporters write each file by
 * itself. Tables of one form are taken for one where their bytes are equal in several places, so that neither is read.
 * @returns initializers of the decoder by name, with how many numbers each has.
 */
export function storedTwice(encoder: ModelPart, decoder: ModelPart): Map<string, number> {
  const known = tables(encoder, ['embeddings']);
  const again = tables(decoder, ['embeddings', 'head']).filter((table) =>
    known.some((each) => isSame(encoder.graph.onnx, each, decoder.graph.onnx, table)),
  );
  return new Map(again.map(({ name, dims }) => [name, dims.reduce((product, size) => product * size, 1)]));
}

function tables({ graph, architecture }: ModelPart, blocks: readonly BlockKind[]): OnnxTensor[] {
  const uses = architecture.weights.filter(({ block }) => blocks.includes(block));
  const names = new Set(uses.flatMap(({ initializers }) => initializers));
  return [...names]
    .flatMap((name) => graph.onnx.initializers.get(name) ?? [])
    .filter(({ dims }) => dims.length > 1);
}

function isSame(one: OnnxModel, tensor: OnnxTensor, two: OnnxModel, other: OnnxTensor): boolean {
  if (tensor.elementType !== other.elementType || tensor.dims.join() !== other.dims.join()) return false;
  const [left, right] = [samples(one, tensor), samples(two, other)];
  return left !== undefined && right !== undefined && left.equals(right);
}

/** Bytes from all over a tensor; undefined where it has none that can be read in part. */
function samples(model: OnnxModel, tensor: OnnxTensor): Buffer | undefined {
  const { payload } = tensor;
  const bytes = rawBytes(tensor);
  if (payload.kind === 'typed' || !bytes) return undefined;
  try {
    const { path, offset } =
      payload.kind === 'file' ? { path: model.path, ...payload } : resolveExternalData(model, tensor);
    const length = Math.min(stretchBytes, bytes);
    const starts = Array.from({ length: stretches }, (_, at) =>
      Math.floor(((bytes - length) * at) / (stretches - 1)),
    );
    return withFile(path, (source) =>
      Buffer.concat(starts.map((start) => source.read(offset + start, length))),
    );
  } catch (error) {
    // Data that is missing is told where the model is run.
    if (error instanceof OnnxFormatError || (error instanceof Error && 'syscall' in error)) return undefined;
    throw error;
  }
}
