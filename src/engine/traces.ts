import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../core/errors';
import { tokensOfStack } from '../core/attention/units';
import type { AttentionResult, AttentionStack, StackQuestion, StackShape } from '../protocol/attention';
import { ForwardTrace } from './forward/trace';
import type { TensorValues } from './sessions';
import { outside, TracedStack, type LayerReader } from './tracedStack';

/** What one attention of a model gave. */
export interface TappedAttention {
  stack: AttentionStack;
  /** `[1, heads, queries, keys]`, or with batch and heads as one axis. */
  probabilities: TensorValues;
  /** Runs the model once more for what it is computed from. */
  read: (signal: AbortSignal) => ReturnType<LayerReader>;
}

type Trace = AttentionTrace | ForwardTrace;

/** The attention of one forward pass. */
export class AttentionTrace {
  private constructor(private readonly stacks: readonly TracedStack[]) {}

  /**
   * A trace of the attentions that are from each token of their stack to each.
   * @throws HeadlightError `NoAttention` when none has that form, or layers of a stack differ in their heads.
   */
  static of(
    tapped: readonly TappedAttention[],
    read: Pick<AttentionResult, 'tokens' | 'target'>,
    file: string,
  ): AttentionTrace {
    const kinds = [...new Set(tapped.map(({ stack }) => stack))];
    const stacks = kinds.flatMap((kind) => {
      const layers = tapped.filter(({ stack }) => stack === kind);
      const { queries, keys } = tokensOfStack(read, kind);
      const whole = layers.filter(
        ({ probabilities: { dims } }) => dims.at(-2) === queries.length && dims.at(-1) === keys.length,
      );
      if (whole.length === 0) return [];
      const values = whole.map(({ probabilities }) => probabilities.values);
      const [heads, more] = new Set(values.map(({ length }) => length / (queries.length * keys.length)));
      if (more !== undefined) throw unexpectedForm(file, tapped);
      const readLayer: LayerReader = (layer, signal) => whole[layer]!.read(signal);
      return new TracedStack(kind, values, heads!, queries, keys, readLayer);
    });
    if (stacks.length === 0) throw unexpectedForm(file, tapped);
    return new AttentionTrace(stacks);
  }

  get shapes(): StackShape[] {
    return this.stacks.map(({ stack, layers, heads }) => ({ stack, layers, heads }));
  }

  get bytes(): number {
    return this.stacks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** @throws HeadlightError `WrongUsage` for a stack that the model does not have. */
  stack(kind: AttentionStack): TracedStack {
    const found = this.stacks.find(({ stack }) => stack === kind);
    if (!found) throw outside(`stack ${kind}`);
    return found;
  }
}

function unexpectedForm(file: string, tapped: readonly TappedAttention[]): HeadlightError {
  return new HeadlightError(
    'NoAttention',
    l10n.t(
      '{0} gave attention of an unexpected form: {1}. Headlight shows attention with the same number of heads in every layer.',
      file,
      tapped.map(({ probabilities: { dims } }) => dims.join(' × ')).join(', '),
    ),
  );
}

/** Traces under a memory budget; the least recently read is dropped first, the newest is always kept. */
export class TraceStore {
  private readonly traces = new Map<string, Trace>();
  private memoryLimitBytes = Infinity;

  /** @param memoryLimitBytes what the whole engine may take: traces get a quarter of it together. */
  configure(memoryLimitBytes: number): void {
    this.memoryLimitBytes = memoryLimitBytes;
  }

  /** The largest trace that may be made: its run takes about as much again. */
  get mostBytes(): number {
    return this.memoryLimitBytes / 3;
  }

  /** What all traces may take together. */
  get room(): number {
    return this.memoryLimitBytes / 4;
  }

  /** Whether a trace can stay when one of so many bytes is made, and sees to it that it does. One that is gone can. */
  holdsBeside(name: string, bytes: number): boolean {
    const trace = this.traces.get(name);
    if (!trace) return true;
    this.touch(name, trace);
    return trace.bytes + bytes <= this.room;
  }

  /** Drops what must go for a trace of so many bytes, before it is made. */
  makeRoom(bytes: number): void {
    let total = bytes;
    for (const trace of this.traces.values()) total += trace.bytes;
    for (const [name, trace] of this.traces) {
      if (total <= this.room) return;
      this.traces.delete(name);
      total -= trace.bytes;
    }
  }

  /**
   * Keeps a trace; one that is kept already may have grown since.
   * @param name for one that nobody outside of the engine asks for.
   * @returns the name that it is read by.
   */
  // Names of an engine that has ended must not name a trace of the next one.
  keep(trace: Trace, name: string = randomUUID()): string {
    this.traces.delete(name);
    this.makeRoom(trace.bytes);
    this.traces.set(name, trace);
    return name;
  }

  /** A forward pass that was kept by a name of its own; undefined when it is no longer. */
  forwardOf(name: string): ForwardTrace | undefined {
    const trace = this.traces.get(name);
    return trace instanceof ForwardTrace ? trace : undefined;
  }

  /** @throws HeadlightError `TraceGone` when it is no longer kept. */
  stack({ trace: name, stack }: StackQuestion): TracedStack {
    const trace = this.get(name);
    if (trace instanceof AttentionTrace) return trace.stack(stack);
    throw outside('attention');
  }

  /** @throws HeadlightError `TraceGone` when it is no longer kept. */
  forward(name: string): ForwardTrace {
    const trace = this.get(name);
    if (trace instanceof ForwardTrace) return trace;
    throw outside('forward pass');
  }

  private get(name: string): Trace {
    const trace = this.traces.get(name);
    if (!trace) {
      throw new HeadlightError(
        'TraceGone',
        l10n.t('The numbers of this run are no longer kept in memory. Run again.'),
      );
    }
    this.touch(name, trace);
    return trace;
  }

  /** Moves a trace to the end: the most recently read. */
  private touch(name: string, trace: Trace): void {
    this.traces.delete(name);
    this.traces.set(name, trace);
  }
}
