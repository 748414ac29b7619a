import * as l10n from '@vscode/l10n';
import { Tensor, type InferenceSession } from 'onnxruntime-common';
import { HeadlightError, messageOf } from '../core/errors';
import { withoutPositions } from './forward/withoutPositions';
import type { Device, EngineNotices, LoadedModel } from '../protocol/engine';
import { loadRuntime, openSession } from './runtime';
import { unreadable } from './models/graph';
import { fileStamp, type Model } from './models/store';
import { maskedHeadEdit } from './onnx/maskedHead';
import { roleSources } from './models/roles';
import { tapEdit } from './onnx/architecture/sources';
import type { TensorSource } from './onnx/architecture/types';
import { tensorNames } from './onnx/attention';
import { joinEdits, type SidecarEdit } from './onnx/edit';
import { halvesToFloats } from '../core/halfFloat';
import { headSwitches } from './onnx/headSwitches';
import { buildSidecar, type Sidecar } from './onnx/sidecar';

/** The language-model head of a session. */
interface LogitsOutput {
  name: string;
  /** Name of the input that takes the masked positions; null when the head reads all positions. */
  positionsInput: string | null;
}

/**
 * Which tensors of a model a session gives out beside its logits; `heads`: what judges texts and tags words, and no
 * scores of the vocabulary; `head switches`: the same, with inputs that switch attention heads off; `next token`: the scores of what comes next, at the last token only. Attention costs the
 * run little; with every role the runtime joins fewer operators, which is slower and rounds in other places. Without
 * positions it gives every role of a model that does not know where its tokens stand.
 */
export type Taps =
  'none' | 'attention' | 'every role' | 'without positions' | 'heads' | 'head switches' | 'next token';

/**
 * A model opened for some kinds of question: tensors inside it can be had, and its language-model head is computed
 * at the masked positions only, where possible.
 */
export class ModelSession {
  constructor(
    readonly file: string,
    private readonly session: InferenceSession,
    /** null for a model without a language-model head. */
    private readonly head: LogitsOutput | null,
    /** What it takes in memory, an estimate. */
    readonly bytes: number,
  ) {}

  /** Whether the head is computed at the positions that are asked for only. */
  get readsPositionsOnly(): boolean {
    return this.head?.positionsInput != null;
  }

  /**
   * Logits of the vocabulary at some positions.
   * @param feeds the model's inputs, batch 1. @param positions token indices.
   * @returns one float32 row of vocabulary size for each position.
   */
  async logits(feeds: Record<string, Tensor>, positions: number[]): Promise<Float32Array[]> {
    return (await this.batchLogits(feeds, [positions]))[0]!;
  }

  /** The same of a batch. @param positions as many for each sequence. @returns rows for each sequence. */
  async batchLogits(
    feeds: Record<string, Tensor>,
    positions: readonly number[][],
  ): Promise<Float32Array[][]> {
    const { name, positionsInput } = this.head!;
    const [output] = await this.run(feeds, [name], positions);
    const [, rows = 0, vocabulary = 0] = output!.dims;
    return positions.map((own, sequence) =>
      own.map((position, index) => {
        const row = sequence * rows + (positionsInput ? index : position);
        return output!.values.subarray(row * vocabulary, (row + 1) * vocabulary);
      }),
    );
  }

  /**
   * Tensors inside the model, in the order given, of one run over `feeds`. The session has to have been
   * opened with them among its taps.
   * @throws HeadlightError `TensorMissing` with the reason of one that cannot be had.
   */
  async taps(feeds: Record<string, Tensor>, taps: readonly TensorSource[]): Promise<TensorValues[]> {
    const names = taps.map((tap) => {
      if (tap.how !== 'missing') return tap.tensor;
      throw new HeadlightError('TensorMissing', tap.reason);
    });
    const tokens = Object.values(feeds)[0]?.dims.at(-1) ?? 1;
    // The head is computed at all tokens when it is asked for, else at as few as can be.
    const positions = names.includes(this.head?.name ?? '') ? [...Array(tokens).keys()] : [0];
    return this.run(feeds, names, [positions]);
  }

  private async run(
    feeds: Record<string, Tensor>,
    names: string[],
    positions: readonly number[][],
  ): Promise<TensorValues[]> {
    const positionsInput = this.head?.positionsInput;
    if (positionsInput) {
      const values = BigInt64Array.from(positions.flat(), BigInt);
      feeds[positionsInput] = new Tensor('int64', values, [positions.length, positions[0]!.length, 1]);
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
 * The graph that a session of a model runs.
 * @throws HeadlightError `OnnxInvalid`.
 */
export function sidecarOf(model: Model, taps: Taps): { head: LogitsOutput | null; sidecar: Sidecar } {
  const { onnx, file } = model.graph;
  try {
    if (taps === 'heads' || taps === 'head switches') {
      const edit = taps === 'heads' ? {} : headSwitchesOf(model).edit;
      return { head: null, sidecar: buildSidecar(onnx, { ...edit, outputs: headOutputs(model) }) };
    }
    const logits = taps === 'next token' ? model.graph.logits : model.mlmLogits;
    // A head quantised by the range of all positions gives other numbers for fewer: it is run whole.
    const found = logits === null ? undefined : maskedHeadEdit(onnx, logits);
    const edit = found?.exact ? found : undefined;
    const head = logits === null ? null : { name: logits, positionsInput: edit?.inputName ?? null };
    const tapped = tapsOf(model, taps);
    const outputs = [...new Set([...(head ? [head.name] : []), ...(tapped.outputs ?? [])])];
    return { head, sidecar: buildSidecar(onnx, joinEdits(edit ?? {}, tapped, { outputs })) };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** A session that is open or about to be. */
interface Opening {
  session: Promise<ModelSession>;
  /** Of the file that it runs. */
  weightBytes: number;
}

/** Open sessions under a memory budget: the least recently used are released first. */
export class SessionCache {
  /** Threads for one operator; 0 lets the runtime choose. */
  threads = 0;
  device: Device = 'cpu';
  /**
   * What the whole engine may take. Models with more weights are refused before they are loaded; the weights of all
   * open sessions get a third of it, since a session takes up to twice its weights, and traces and runs need theirs.
   */
  memoryLimitBytes = Infinity;
  /** Hears when the CPU is used in the device's place. */
  onFallBack: (notice: EngineNotices['fellBack']) => void = () => {};
  /** Hears of the models in memory whenever they are others. */
  onDidChange: (loaded: LoadedModel[]) => void = () => {};
  /** What has been opened and not released. */
  private readonly held = new Set<ModelSession>();
  private readonly sessions = new Map<string, Opening>();

  /**
   * The model opened, loaded on the first call.
   * @param wanted what will be asked for.
   * @throws HeadlightError `OnnxInvalid`.
   */
  async open(model: Model, wanted: Taps): Promise<ModelSession> {
    const { file, fileSize, tapsApart } = model.graph;
    const taps = wanted === 'none' && !tapsApart ? 'attention' : wanted;
    const key = `${file} ${fileStamp(file)} ${taps}`;
    const known = this.sessions.get(key);
    const opening = known ?? { session: this.create(model, taps), weightBytes: fileSize };
    this.sessions.delete(key); // Moves it to the end: the most recently used.
    this.sessions.set(key, opening);
    if (!known) opening.session.catch(() => this.sessions.delete(key));
    return opening.session;
  }

  /** Releases every session of a model, and of its decoder in a file of its own. */
  async release(model: Model): Promise<void> {
    const { file } = model.graph;
    for (const [key, { session }] of this.sessions) {
      if (!key.startsWith(`${file} `)) continue;
      this.sessions.delete(key);
      await this.close(session);
    }
    if (model.decoder) await this.release(model.decoder);
  }

  private async create(model: Model, taps: Taps): Promise<ModelSession> {
    const { file, fileSize } = model.graph;
    const { head, sidecar } = sidecarOf(model, taps);
    // By now the file is known to hold what it claims.
    if (fileSize > this.memoryLimitBytes) throw tooBig(file, fileSize, this.memoryLimitBytes);
    await this.makeRoom(fileSize);
    try {
      loadRuntime(this.device); // Its library is no part of a model.
      const before = process.memoryUsage.rss();
      const session = await openSession(sidecar, {
        threads: this.threads,
        device: this.device,
        fellBack: (notice) => this.onFallBack(notice),
      });
      // Memory that another session has left is used again without growing; the weights are there in any case.
      const bytes = Math.max(fileSize, process.memoryUsage.rss() - before);
      const opened = new ModelSession(file, session, head, bytes);
      this.held.add(opened);
      this.tell();
      return opened;
    } catch (error) {
      throw new HeadlightError(
        'OnnxInvalid',
        l10n.t('onnxruntime cannot load {0}: {1}', file, messageOf(error)),
      );
    }
  }

  /** Releases what must go for so many bytes of weights, before they are loaded. */
  private async makeRoom(bytes: number): Promise<void> {
    // Nothing has been awaited since the new one was asked for: all that is known was there before.
    const others = [...this.sessions];
    let total = others.reduce((sum, [, { weightBytes }]) => sum + weightBytes, bytes);
    for (const [key, { session, weightBytes }] of others) {
      if (total <= this.memoryLimitBytes / 3) return;
      total -= weightBytes;
      this.sessions.delete(key);
      await this.close(session);
    }
  }

  private async close(opening: Promise<ModelSession>): Promise<void> {
    const session = await opening.catch(() => null);
    if (!session) return;
    await session.release();
    this.held.delete(session);
    this.tell();
  }

  private tell(): void {
    const bytes = new Map<string, number>();
    for (const session of this.held) bytes.set(session.file, (bytes.get(session.file) ?? 0) + session.bytes);
    this.onDidChange([...bytes].map(([onnxFile, sum]) => ({ onnxFile, bytes: sum })));
  }
}

function tooBig(file: string, fileSize: number, limit: number): HeadlightError {
  const [weights, allowed] = [fileSize, limit].map((bytes) => Math.round(bytes / 2 ** 20));
  return new HeadlightError(
    'OutOfMemory',
    l10n.t(
      '{0} has {1} MB of weights, more than the {2} MB that the engine may take. Choose a smaller model, or raise "headlight.engine.memoryLimitMegabytes".',
      file,
      weights!,
      allowed!,
    ),
  );
}

/** The switches of the attention heads that a model's own heads rest on, layer by layer. */
export function headSwitchesOf({ graph, architecture }: Model): ReturnType<typeof headSwitches> {
  return headSwitches(graph.onnx, architecture.stacks.at(-1)?.layers ?? []);
}

/** The outputs of heads that are not over the vocabulary. */
function headOutputs({ architecture }: Model): string[] {
  const { heads } = architecture;
  return heads
    .filter(({ kind }) => kind !== 'maskedWord' && kind !== 'nextToken')
    .map(({ logits }) => logits);
}

function tapsOf(model: Model, taps: Exclude<Taps, 'heads' | 'head switches'>): SidecarEdit {
  const { attention, onnx } = model.graph;
  switch (taps) {
    case 'none':
    case 'next token':
      return {};
    case 'attention':
      return joinEdits(...attention.map(({ edit }) => edit), {
        // An encoder by itself is asked for what its decoder reads, too.
        outputs: [...tensorNames(attention), ...(model.decoder ? onnx.outputs.map(({ name }) => name) : [])],
      });
    case 'every role':
      return everyRole(model);
    case 'without positions':
      return joinEdits(everyRole(model), withoutPositions(model.graph.onnx, model.architecture));
  }
}

function everyRole({ architecture }: Model): SidecarEdit {
  return tapEdit(roleSources(architecture).map(({ source }) => source));
}

function toFloat32(data: Tensor.DataType): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return halvesToFloats(data);
  return Float32Array.from(data as ArrayLike<number>); // Float16Array, where the host's Node has it.
}
