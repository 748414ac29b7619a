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

/** Gives tensors of a pass over some tokens. */
export type Run = (
  tokens: readonly EncodedToken[],
  sources: readonly TensorSource[],
  taps: 'every role' | 'without positions',
) => Promise<TensorValues[]>;

/** One forward pass over a text, its tensors had from the runtime by as few runs as memory allows. */
export class ForwardTrace {
  private readonly kept = new Map<number, KeptTensor>();
  bytes = 0;

  /**
   * @param run gives tensors of a pass over some tokens, by a session that has them. @param fed tensors that the graph is given, by name.
   * @param mostBytes what the kept tensors may take, beside those that are as wide as a hidden state.
   */
  constructor(
    readonly model: Model,
    readonly pass: ForwardPass,
    readonly tokens: readonly EncodedToken[],
    /** What the tokens are of. */
    readonly text: string,
    private readonly run: Run,
    private readonly fed: ReadonlyMap<string, TensorValues>,
    private readonly mostBytes: number,
  ) {}

  /**
   * Has every tensor by one run where they are likely to fit, else those that are as wide as a hidden state: the
   * others are had layer by layer. @param expectedBytes what all of them will take.
   */
  async begin(expectedBytes: number): Promise<void> {
    const all = [...this.pass.steps.keys()];
    await this.fetch(expectedBytes > this.mostBytes ? all.filter((at) => !this.isWide(at)) : all);
  }

  /** The model's own tensor of a step. */
  async tensor(step: number): Promise<KeptTensor> {
    const known = this.kept.get(step);
    if (known) return known;
    const { stack, layer } = this.pass.steps[step]!;
    const isBeside = (at: number): boolean => {
      const other = this.pass.steps[at]!;
      return other.stack === stack && other.layer === layer && this.isWide(at);
    };
    if (this.bytes > this.mostBytes) this.forgetWide();
    await this.fetch([...this.pass.steps.keys()].filter(isBeside));
    return this.kept.get(step)!;
  }

  /** The tensor of a step in a pass over other tokens, or without positions. */
  async elsewhere(
    step: number,
    tokens: readonly EncodedToken[],
    taps: 'every role' | 'without positions' = 'every role',
  ): Promise<TensorMatrix> {
    const { source, role } = this.pass.steps[step]!;
    const [values] = await this.run(tokens, [source], taps);
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
    const steps = wanted.map((at) => [at, this.pass.steps[at]!] as const);
    const computed = steps.filter(([, { recipe }]) => recipe.kind !== 'fed');
    const values = await this.run(
      this.tokens,
      computed.map(([, { source }]) => source),
      'every role',
    );
    computed.forEach(([at, step], index) => this.keep(at, step, values[index]!));
    for (const [at, step] of steps) {
      const value = this.fed.get(step.source.tensor);
      if (step.recipe.kind === 'fed' && value) this.keep(at, step, value);
    }
  }

  private keep(at: number, { role }: Step, values: TensorValues): void {
    const matrix = matrixOf(values, role);
    this.kept.set(at, { matrix, dims: values.dims });
    this.bytes += matrix.values.byteLength;
  }
}
