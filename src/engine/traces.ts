import { randomUUID } from 'node:crypto';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../core/errors';
import { poolByMaximum, quantiseWeights } from '../core/weightBytes';
import type {
  AttentionBytes,
  AttentionSlice,
  AttentionSliceQuestion,
  AttentionWeightsQuestion,
  HeadIndex,
} from '../protocol/attention';
import { ForwardTrace } from './forward/trace';
import type { TensorValues } from './sessions';

type Trace = AttentionTrace | ForwardTrace;

/** The attention of one forward pass: softmax probabilities of every head of every layer. */
export class AttentionTrace {
  private constructor(
    /** One float32 array a layer, `[head][query][key]`. */
    private readonly probabilities: Float32Array[],
    readonly heads: number,
    /** Tokens that the model read. */
    readonly size: number,
  ) {}

  /**
   * A trace of the layers whose attention is from each token to each token.
   * @param layers probabilities `[1, heads, tokens, tokens]`, or with batch and heads as one axis.
   * @throws HeadlightError `NoAttention` when no layer has that form, or layers differ in their heads.
   */
  static of(layers: TensorValues[], tokens: number, file: string): AttentionTrace {
    const square = layers.filter(({ dims }) => dims.at(-1) === tokens && dims.at(-2) === tokens);
    const counts = new Set(square.map(({ values }) => values.length / tokens ** 2));
    const [heads, more] = counts;
    if (heads === undefined || more !== undefined) {
      throw new HeadlightError(
        'NoAttention',
        l10n.t(
          '{0} gave attention of an unexpected form: {1}. Headlight shows self-attention with the same number of heads in every layer.',
          file,
          layers.map(({ dims }) => dims.join(' × ')).join(', '),
        ),
      );
    }
    return new AttentionTrace(
      square.map(({ values }) => values),
      heads,
      tokens,
    );
  }

  get layers(): number {
    return this.probabilities.length;
  }

  get bytes(): number {
    return this.probabilities.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** A slice as bytes, on the scale of `core/weightBytes`. */
  slice(slice: AttentionSlice): AttentionBytes {
    switch (slice.kind) {
      case 'atlas':
        return this.atlas(Math.min(slice.cells, this.size));
      case 'layer':
        return this.quantised(this.layer(slice.layer));
      case 'head':
        return this.quantised(this.head(slice));
    }
  }

  /** Exact weights `[query][key]` of a head, or the row of one query. */
  weights({ query, ...index }: HeadIndex & { query?: number }): Float32Array {
    const head = this.head(index);
    if (query === undefined) return head;
    if (!(query >= 0 && query < this.size)) throw outside(`query ${query}`);
    return head.subarray(query * this.size, (query + 1) * this.size);
  }

  private atlas(cells: number): AttentionBytes {
    const area = cells * cells;
    const bytes = new Uint8Array(this.layers * this.heads * area);
    for (let layer = 0; layer < this.layers; layer++) {
      for (let head = 0; head < this.heads; head++) {
        const pooled = new Float32Array(area);
        poolByMaximum(this.head({ layer, head }), this.size, cells, pooled);
        quantiseWeights(pooled, bytes, (layer * this.heads + head) * area);
      }
    }
    return { bytes, size: cells };
  }

  private quantised(weights: Float32Array): AttentionBytes {
    const bytes = new Uint8Array(weights.length);
    quantiseWeights(weights, bytes, 0);
    return { bytes, size: this.size };
  }

  private layer(layer: number): Float32Array {
    const weights = this.probabilities[layer];
    if (!weights) throw outside(`layer ${layer}`);
    return weights;
  }

  private head({ layer, head }: HeadIndex): Float32Array {
    const weights = this.layer(layer);
    if (!(head >= 0 && head < this.heads)) throw outside(`head ${head}`);
    const area = this.size ** 2;
    return weights.subarray(head * area, (head + 1) * area);
  }
}

function outside(what: string): HeadlightError {
  return new HeadlightError('WrongUsage', `There is no ${what} in this trace.`);
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

  /** Drops what must go for a trace of so many bytes, before it is made. */
  makeRoom(bytes: number): void {
    let total = bytes;
    for (const trace of this.traces.values()) total += trace.bytes;
    for (const [name, trace] of this.traces) {
      if (total <= this.memoryLimitBytes / 4) return;
      this.traces.delete(name);
      total -= trace.bytes;
    }
  }

  /** Keeps a trace. @returns the name that it is read by. */
  keep(trace: Trace): string {
    this.makeRoom(trace.bytes);
    // Names of an engine that has ended must not name a trace of the next one.
    const name = randomUUID();
    this.traces.set(name, trace);
    return name;
  }

  slice({ trace, slice }: AttentionSliceQuestion): AttentionBytes {
    return this.attention(trace).slice(slice);
  }

  weights({ trace, ...question }: AttentionWeightsQuestion): Float32Array {
    return this.attention(trace).weights(question);
  }

  /** @throws HeadlightError `TraceGone` when it is no longer kept. */
  forward(name: string): ForwardTrace {
    const trace = this.get(name);
    if (trace instanceof ForwardTrace) return trace;
    throw outside('forward pass');
  }

  private attention(name: string): AttentionTrace {
    const trace = this.get(name);
    if (trace instanceof AttentionTrace) return trace;
    throw outside('attention');
  }

  /** @throws HeadlightError `TraceGone` when it is no longer kept. */
  private get(name: string): Trace {
    const trace = this.traces.get(name);
    if (!trace) {
      throw new HeadlightError(
        'TraceGone',
        l10n.t('The numbers of this run are no longer kept in memory. Run again.'),
      );
    }
    this.traces.delete(name); // Moves it to the end: the most recently read.
    this.traces.set(name, trace);
    return trace;
  }
}
