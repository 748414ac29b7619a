import * as l10n from '@vscode/l10n';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { HeadlightError, messageOf } from '../core/errors';
import { unreadable } from './models/graph';
import { fileStamp, type Model } from './models/store';
import { maskedHeadEdit } from './onnx/maskedHead';
import { tensorNames, type AttentionRole, type AttentionTensors } from './onnx/attention';
import { joinEdits } from './onnx/edit';
import { halfToFloat } from './onnx/halfFloat';
import { buildSidecar, type Sidecar } from './onnx/sidecar';

/** The language-model head of a session. */
interface LogitsOutput {
  name: string;
  /** Name of the input that takes the masked positions; null when the head reads all positions. */
  positionsInput: string | null;
}

/** A tensor inside the model, by its role and the layer of its attention, from 0 in graph order. */
export interface Tap {
  layer: number;
  role: AttentionRole;
}

/**
 * A model opened once for every question: the tensors of its attention can be had by their roles, and its
 * language-model head is computed at the masked positions only, where possible.
 */
class ModelSession {
  constructor(
    private readonly file: string,
    private readonly session: InferenceSession,
    /** null for a model without a language-model head. */
    private readonly head: LogitsOutput | null,
    private readonly attention: AttentionTensors[],
  ) {}

  /**
   * Logits of the vocabulary at some positions.
   * @param feeds the model's inputs, batch 1. @param positions token indices.
   * @returns one float32 row of vocabulary size for each position.
   */
  async logits(feeds: Record<string, Tensor>, positions: number[]): Promise<Float32Array[]> {
    const { name, positionsInput } = this.head!;
    const [output] = await this.run(feeds, [name], positions);
    const vocabulary = output!.dims.at(-1)!;
    return positions.map((position, index) => {
      const row = positionsInput ? index : position;
      return output!.values.subarray(row * vocabulary, (row + 1) * vocabulary);
    });
  }

  /**
   * The tensors at some taps, in their order, of one run over `feeds` with batch 1.
   * @throws HeadlightError `NoAttention` for a tap that the graph does not have, as a mask where none is added.
   */
  async taps(feeds: Record<string, Tensor>, taps: Tap[]): Promise<TensorValues[]> {
    const names = taps.map(({ layer, role }) => {
      const name = this.attention[layer]?.[role];
      if (name !== undefined) return name;
      throw new HeadlightError('NoAttention', `${this.file} has no ${role} in layer ${layer}.`);
    });
    return this.run(feeds, names, [0]);
  }

  private async run(
    feeds: Record<string, Tensor>,
    names: string[],
    positions: number[],
  ): Promise<TensorValues[]> {
    const positionsInput = this.head?.positionsInput;
    if (positionsInput) {
      const values = BigInt64Array.from(positions, BigInt);
      feeds[positionsInput] = new Tensor('int64', values, [1, positions.length, 1]);
    }
    try {
      const outputs = await this.session.run(feeds, names);
      return names.map((name) => ({ dims: outputs[name]!.dims, values: toFloat32(outputs[name]!.data) }));
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

/** The numbers of a tensor as float32, row by row. */
export interface TensorValues {
  dims: readonly number[];
  values: Float32Array;
}

/**
 * The graph that a session of a model runs, with the tensors of these attentions among its outputs.
 * @throws HeadlightError `OnnxInvalid`.
 */
export function sidecarOf(
  model: Model,
  attention: readonly AttentionTensors[],
): { head: LogitsOutput | null; sidecar: Sidecar } {
  const { mlmLogits } = model;
  const { onnx, file } = model.graph;
  try {
    // A head quantised by the range of all positions gives other numbers for fewer: it is run whole.
    const found = mlmLogits === null ? undefined : maskedHeadEdit(onnx, mlmLogits);
    const edit = found?.exact ? found : undefined;
    const head = mlmLogits === null ? null : { name: mlmLogits, positionsInput: edit?.inputName ?? null };
    // Every tensor is built in: those that the graph computes anyway cost nothing.
    const outputs = [...(head ? [head.name] : []), ...tensorNames(attention)];
    const edits = attention.map((layer) => layer.edit);
    return { head, sidecar: buildSidecar(onnx, joinEdits(edit ?? {}, ...edits, { outputs })) };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Open sessions, the least recently used released first. */
export class SessionCache {
  /** Threads for one operator; 0 lets the runtime choose. */
  threads = 0;
  private readonly sessions = new Map<string, Promise<ModelSession>>();

  /**
   * The model opened, loaded on the first call.
   * @param taps whether tensors of its attention will be asked for.
   * @throws HeadlightError `OnnxInvalid`.
   */
  async open(model: Model, taps = true): Promise<ModelSession> {
    const { file, tapsApart } = model.graph;
    const key = `${file} ${fileStamp(file)} ${taps && tapsApart}`;
    const known = this.sessions.get(key);
    const session = known ?? this.create(model, taps || !tapsApart);
    this.sessions.delete(key); // Moves it to the end: the most recently used.
    this.sessions.set(key, session);
    if (!known) {
      session.catch(() => this.sessions.delete(key));
      await this.releaseOldest();
    }
    return session;
  }

  private async create(model: Model, taps: boolean): Promise<ModelSession> {
    const { file } = model.graph;
    const attention = taps ? model.graph.attention : [];
    const { head, sidecar } = sidecarOf(model, attention);
    try {
      const session = await InferenceSession.create(sidecar.bytes, {
        ...(this.threads > 0 && { intraOpNumThreads: this.threads }),
        logSeverityLevel: 3,
        extra: { session: sidecar.sessionConfig },
      });
      return new ModelSession(file, session, head, attention);
    } catch (error) {
      throw new HeadlightError(
        'OnnxInvalid',
        l10n.t('onnxruntime cannot load {0}: {1}', file, messageOf(error)),
      );
    }
  }

  private async releaseOldest(): Promise<void> {
    const oldest = this.sessions.entries().next().value;
    if (this.sessions.size <= maximumOpen || !oldest) return;
    this.sessions.delete(oldest[0]);
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
