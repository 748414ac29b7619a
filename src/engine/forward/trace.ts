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

/**
 * One forward pass over a text. Its tensors are had from the runtime once, all of them where they fit, else those of
 * a layer when one of them is first asked for.
 */
export class ForwardTrace {
  private readonly kept = new Map<number, KeptTensor>();
  bytes = 0;

  /**
   * @param run gives tensors of a pass over some tokens, by a session that has them. @param fed tensors that the graph is given, by name.
   * @param mostBytes what the kept tensors may take; those of one layer are always kept.
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

  /** Has every tensor that is likely to fit, by one run. @param expectedBytes what all of them will take. */
  async begin(expectedBytes: number): Promise<void> {
    if (expectedBytes > this.mostBytes) return;
    await this.fetch([...this.pass.steps.keys()]);
  }

  /** The model's own tensor of a step. */
  async tensor(step: number): Promise<KeptTensor> {
    const known = this.kept.get(step);
    if (known) return known;
    const { stack, layer } = this.pass.steps[step]!;
    const group = this.pass.steps.flatMap((each, at) =>
      each.stack === stack && each.layer === layer ? [at] : [],
    );
    if (this.bytes > this.mostBytes) this.forget();
    await this.fetch(group);
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

  private forget(): void {
    this.kept.clear();
    this.bytes = 0;
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
