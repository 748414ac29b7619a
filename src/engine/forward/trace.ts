import type { Model } from '../models/store';
import type { EncodedToken } from '../../protocol/encoding';
import type { TensorSource } from '../onnx/architecture/types';
import type { TensorValues } from '../sessions';
import { matrixOf, type TensorMatrix } from '../tensorMatrix';
import type { ForwardPass, Step } from './recipes';

/** A tensor that is kept: as a matrix, and its axes as the graph computes it. */
export interface KeptTensor {
  matrix: TensorMatrix;
  dims: readonly number[];
}

/** Which run gives a tensor. */
export interface RunOf {
  /** Which file is run: 0 the model's own, 1 its decoder's. */
  file: 0 | 1;
  /** The tokens of the text, or of the source where there is a target, too. */
  tokens: readonly EncodedToken[];
  taps: 'every role' | 'without positions';
}

/** Gives tensors of a run. */
export type Run = (run: RunOf, sources: readonly TensorSource[]) => Promise<TensorValues[]>;

/** What a pass reads. */
export interface PassInput {
  text: string;
  tokens: readonly EncodedToken[];
  /** What a decoder beside an encoder reads; null where there is none. */
  target: readonly EncodedToken[] | null;
}

/** One forward pass over a text, its tensors had from the runtime by as few runs as memory allows. */
export class ForwardTrace {
  private readonly kept = new Map<number, KeptTensor>();
  bytes = 0;

  /**
   * @param run gives tensors of a run, by a session that has them.
   * @param expectedBytes what all tensors will take, roughly.
   * @param mostBytes what the kept ones may take, beside those that are as wide as a hidden state.
   */
  constructor(
    readonly model: Model,
    readonly pass: ForwardPass,
    readonly input: PassInput,
    private readonly run: Run,
    private readonly expectedBytes: number,
    private readonly mostBytes: number,
  ) {}

  /** What the rows of a step's stack stand for. */
  tokensOf({ stack, role }: Step): readonly EncodedToken[] {
    const { tokens, target } = this.input;
    const isOfSource = stack === 'encoder' || /^crossAttention(Key|Value)$/.test(role);
    return isOfSource || target === null ? tokens : target;
  }

  /**
   * Has every tensor by one run where they are likely to fit, else those that are as wide as a hidden state: the
   * others are had some layers at a time.
   */
  async begin(): Promise<void> {
    const all = [...this.pass.steps.keys()];
    await this.fetch(this.expectedBytes > this.mostBytes ? all.filter((at) => !this.isWide(at)) : all);
  }

  /** The model's own tensor of a step. */
  async tensor(step: number): Promise<KeptTensor> {
    const known = this.kept.get(step);
    if (known) return known;
    if (this.bytes + this.bytesOfLayer() > this.mostBytes) this.forgetWide();
    await this.fetch(this.besideOf(step));
    return this.kept.get(step)!;
  }

  /** The wide tensors of a step's layer, and of as many after it as there is room for: each fetch is a whole run. */
  private besideOf(step: number): number[] {
    const { stack, layer } = this.pass.steps[step]!;
    const room = Math.floor((this.mostBytes - this.bytes) / this.bytesOfLayer());
    return [...this.pass.steps.keys()].filter((at) => {
      const other = this.pass.steps[at]!;
      if (other.stack !== stack || !this.isWide(at)) return false;
      if (layer === null || other.layer === null) return other.layer === layer;
      return other.layer === layer || (other.layer > layer && other.layer < layer + room);
    });
  }

  /** What the wide tensors of one layer take at most. */
  private bytesOfLayer(): number {
    return this.expectedBytes / Math.max(1, new Set(this.pass.steps.map(({ layer }) => layer)).size - 1);
  }

  /** The tensor of a step in a pass over other tokens, or without positions. */
  async elsewhere(
    step: number,
    tokens: readonly EncodedToken[],
    taps: 'every role' | 'without positions' = 'every role',
  ): Promise<TensorMatrix> {
    const { source, role, file } = this.pass.steps[step]!;
    const [values] = await this.run({ file, tokens, taps }, [source]);
    return matrixOf(values!, role);
  }

  /** Whether a step gives more numbers for a token than a hidden state has. */
  private isWide(step: number): boolean {
    return /(Scores|Mask|Probabilities|Inner|Gate|Activation|Logits)$/.test(this.pass.steps[step]!.role);
  }

  private forgetWide(): void {
    for (const [step, { matrix }] of this.kept) {
      if (!this.isWide(step)) continue;
      this.kept.delete(step);
      this.bytes -= matrix.values.byteLength;
    }
  }

  private async fetch(wanted: readonly number[]): Promise<void> {
    for (const file of [0, 1] as const) {
      const own = wanted.filter((at) => {
        const step = this.pass.steps[at]!;
        return step.file === file && step.recipe.kind !== 'fed' && !this.kept.has(at);
      });
      if (own.length === 0) continue;
      const sources = own.map((at) => this.pass.steps[at]!.source);
      const run: RunOf = { file, tokens: this.input.tokens, taps: 'every role' };
      const values = await this.run(run, sources);
      own.forEach((at, index) => this.keep(at, this.pass.steps[at]!, values[index]!));
    }
  }

  private keep(at: number, { role }: Step, values: TensorValues): void {
    const matrix = matrixOf(values, role);
    this.kept.set(at, { matrix, dims: values.dims });
    this.bytes += matrix.values.byteLength;
  }
}
