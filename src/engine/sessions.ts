import * as l10n from '@vscode/l10n';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { HeadlightError, messageOf } from '../core/errors';
import { fileStamp, type Model } from './models/store';
import { maskedHeadEdit } from './onnx/maskedHead';
import { buildSidecar } from './onnx/sidecar';

/** A model opened for masked words: the MLM head is computed at the masked positions only, where possible. */
class MaskedHeadSession {
  constructor(
    private readonly file: string,
    private readonly session: InferenceSession,
    private readonly logitsName: string,
    /** Name of the input that takes the masked positions; null when the head reads all positions. */
    private readonly positionsInput: string | null,
  ) {}

  /**
   * Logits of the vocabulary at some positions.
   * @param feeds the model's inputs, batch 1. @param positions token indices.
   * @returns one float32 row of vocabulary size for each position.
   */
  async run(feeds: Record<string, Tensor>, positions: number[]): Promise<Float32Array[]> {
    if (this.positionsInput) {
      const values = BigInt64Array.from(positions, BigInt);
      feeds[this.positionsInput] = new Tensor('int64', values, [1, positions.length, 1]);
    }
    const output = await this.logits(feeds);
    const vocabulary = output.dims.at(-1)!;
    const values = toFloat32(output.data);
    return positions.map((position, index) => {
      const row = this.positionsInput ? index : position;
      return values.subarray(row * vocabulary, (row + 1) * vocabulary);
    });
  }

  private async logits(feeds: Record<string, Tensor>): Promise<Tensor> {
    try {
      return (await this.session.run(feeds))[this.logitsName]!;
    } catch (error) {
      throw new HeadlightError(
        'OnnxInvalid',
        l10n.t('onnxruntime could not run {0}: {1}', this.file, messageOf(error)),
      );
    }
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** Open sessions, the least recently used released first. */
export class SessionCache {
  /** Threads for one operator; 0 lets the runtime choose. */
  threads = 0;
  private readonly open = new Map<string, Promise<MaskedHeadSession>>();

  /** The model opened for masked words, loaded on the first call. @throws HeadlightError `OnnxInvalid`. */
  async maskedHead(model: Model): Promise<MaskedHeadSession> {
    const key = `${model.graph.file} ${fileStamp(model.graph.file)}`;
    const known = this.open.get(key);
    const session = known ?? this.create(model);
    this.open.delete(key); // Moves it to the end: the most recently used.
    this.open.set(key, session);
    if (!known) {
      session.catch(() => this.open.delete(key));
      await this.releaseOldest();
    }
    return session;
  }

  private async create(model: Model): Promise<MaskedHeadSession> {
    const { onnx, mlmLogits, file } = model.graph;
    // A head quantised by the range of all positions gives other numbers for fewer: it is run whole.
    const found = maskedHeadEdit(onnx, mlmLogits!);
    const edit = found?.exact ? found : undefined;
    const sidecar = buildSidecar(onnx, { ...edit, outputs: [mlmLogits!] });
    try {
      const session = await InferenceSession.create(sidecar.bytes, {
        ...(this.threads > 0 && { intraOpNumThreads: this.threads }),
        logSeverityLevel: 3,
        extra: { session: { model_external_initializers_file_folder_path: sidecar.externalDataFolder } },
      });
      return new MaskedHeadSession(file, session, mlmLogits!, edit?.inputName ?? null);
    } catch (error) {
      throw new HeadlightError(
        'OnnxInvalid',
        l10n.t('onnxruntime cannot load {0}: {1}', file, messageOf(error)),
      );
    }
  }

  private async releaseOldest(): Promise<void> {
    const oldest = this.open.entries().next().value;
    if (this.open.size <= maximumOpen || !oldest) return;
    this.open.delete(oldest[0]);
    await oldest[1].then(
      (session) => session.release(),
      () => {},
    );
  }
}

const maximumOpen = 3;

function toFloat32(data: Tensor.DataType): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return Float32Array.from(data, halfToFloat);
  return Float32Array.from(data as ArrayLike<number>); // Float16Array, where the host's Node has it.
}

/** IEEE 754 binary16 bits to a number. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
