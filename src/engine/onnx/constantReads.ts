import { rawBytes } from './readTensor';
import { readTensorData, type TensorData } from './tensorData';
import type { OnnxModel, OnnxTensor } from './types';

/** More than any list of axes or shape needs. */
const smallBytes = 512;

/**
 * Reads constants of a model to recognise what its graph is. Both their number and their bytes are limited: many
 * tensors of a hostile file may point to the same bytes.
 */
export class ConstantReads {
  private reads = 100_000;
  private bytes = 2 ** 28;
  private readonly known = new Map<OnnxTensor, TensorData>();

  constructor(private readonly model: OnnxModel) {}

  /**
   * The numbers of a small constant, read once; undefined when too much was read already. Throws OnnxFormatError
   * when it is not small or is damaged.
   */
  small(tensor: OnnxTensor): TensorData | undefined {
    const known = this.known.get(tensor);
    if (known) return known;
    const data = this.large(tensor, smallBytes);
    if (data) this.known.set(tensor, data);
    return data;
  }

  /** As `small`, for a constant of at most `maxBytes` that is not kept. */
  large(tensor: OnnxTensor, maxBytes: number): TensorData | undefined {
    this.reads--;
    this.bytes -= Math.min(rawBytes(tensor) ?? 0, maxBytes);
    return this.reads < 0 || this.bytes < 0 ? undefined : readTensorData(this.model, tensor, maxBytes);
  }
}
