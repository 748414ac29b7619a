import * as l10n from '@vscode/l10n';
import { strongestEdges } from '../core/attention/edges';
import {
  comparedQueries,
  jensenShannon,
  planeOf,
  rowEntropies,
  type ComparedHead,
} from '../core/attention/headDistances';
import { headMeter } from '../core/attention/headStatistics';
import { headScores, type ScoredLayer } from '../core/attention/scores';
import { maximumOf, meanOf, reshape, rolloutStep } from '../core/attention/reductions';
import { matrixUnits } from '../core/attention/units';
import { HeadlightError } from '../core/errors';
import { poolByMaximum, quantiseWeights, type MatrixSize } from '../core/weightBytes';
import {
  headStatistics,
  type AttentionBytes,
  type AttentionEdges,
  type AttentionSlice,
  type AttentionStack,
  type HeadIndex,
  type HeadMap,
  type HeadScores,
  type MatrixShape,
  type MatrixSource,
  type StackStatistics,
} from '../protocol/attention';
import type { EncodedToken } from '../protocol/encoding';
import { matrixProduct } from './matrixProduct';
import { hearCancellation } from './turns';

/** Runs the model once more for what the attention of a layer is computed from. */
export type LayerReader = (layer: number, signal: AbortSignal) => Promise<ScoredLayer>;

/** Matrices that are kept for the next question about them: a view asks for rows of what it shows. */
const keptMatrices = 8;

/** The attention of one stack in one forward pass: softmax probabilities of every head of every layer. */
export class TracedStack {
  private readonly matrices = new Map<string, Float32Array>();
  /** The rollout from each layer back, as far as it was asked for. */
  private readonly rollouts: Float32Array[] = [];
  private statistics: StackStatistics | undefined;
  private map: HeadMap | undefined;
  private scored: { layer: number; tensors: ScoredLayer } | undefined;

  constructor(
    readonly stack: AttentionStack,
    /** One float32 array a layer, `[head][query][key]`. */
    private readonly layersOf: readonly Float32Array[],
    readonly heads: number,
    readonly queries: readonly EncodedToken[],
    readonly keys: readonly EncodedToken[],
    private readonly readLayer: LayerReader,
  ) {}

  get layers(): number {
    return this.layersOf.length;
  }

  get bytes(): number {
    return this.layersOf.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** A slice as bytes, on the scale of `core/weightBytes`. */
  async slice(slice: AttentionSlice, signal: AbortSignal): Promise<AttentionBytes> {
    switch (slice.kind) {
      case 'atlas':
        return this.atlas(slice.cells);
      case 'layer':
        return { bytes: quantised(this.layer(slice.layer)), ...this.size };
      case 'matrix': {
        const { weights, keys } = await this.matrix(slice.source, slice.shape, signal);
        return { bytes: quantised(weights), queries: weights.length / (keys || 1), keys };
      }
    }
  }

  /** Exact weights of a matrix: the row of one query, the column of one key, or all. */
  async weights(
    { source, shape, query, key }: { source: MatrixSource; shape: MatrixShape; query?: number; key?: number },
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { weights, keys } = await this.matrix(source, shape, signal);
    const queries = weights.length / (keys || 1);
    if (query !== undefined) {
      if (!(query >= 0 && query < queries)) throw outside(`query ${query}`);
      return weights.subarray(query * keys, (query + 1) * keys);
    }
    if (key !== undefined) {
      if (!(key >= 0 && key < keys)) throw outside(`key ${key}`);
      return Float32Array.from({ length: queries }, (_, row) => weights[row * keys + key]!);
    }
    return weights;
  }

  async edges(
    source: MatrixSource,
    shape: MatrixShape,
    count: number,
    signal: AbortSignal,
  ): Promise<AttentionEdges> {
    const { weights, keys } = await this.matrix(source, shape, signal);
    return strongestEdges(weights, keys, count);
  }

  /** Every statistic of every head. Computed once, a layer at a time. */
  async measure(signal: AbortSignal): Promise<StackStatistics> {
    if (this.statistics) return this.statistics;
    const meter = headMeter(this.queries, this.keys, this.stack);
    const count = this.layers * this.heads;
    const statistics = Object.fromEntries(
      headStatistics.map((name) => [name, new Float32Array(count)]),
    ) as StackStatistics;
    for (let layer = 0; layer < this.layers; layer++) {
      await hearCancellation(signal);
      for (let head = 0; head < this.heads; head++) {
        const found = meter(this.head({ layer, head }));
        for (const name of headStatistics) statistics[name][layer * this.heads + head] = found[name];
      }
    }
    return (this.statistics = statistics);
  }

  /** Every head as a point of a plane. Computed once, a head at a time. */
  async mapOfHeads(signal: AbortSignal): Promise<HeadMap> {
    if (this.map) return this.map;
    const [count, keys, queries] = [this.layers * this.heads, this.keys.length, this.queries.length];
    const rows = comparedQueries((count * (count - 1)) / 2, queries, keys);
    const heads = Array.from({ length: count }, (_, at) => this.compared(at, rows));
    const divergences = new Float64Array(count * count);
    for (let left = 0; left < count; left++) {
      await hearCancellation(signal);
      for (let right = left + 1; right < count; right++) {
        const divergence = jensenShannon(heads[left]!, heads[right]!, keys, rows);
        divergences[left * count + right] = divergence;
        divergences[right * count + left] = divergence;
      }
    }
    const plane = planeOf(divergences, count);
    const nearest = Uint32Array.from(heads, (_, at) => nearestOf(divergences, count, at));
    return (this.map = { ...plane, compared: rows.length, queries, nearest });
  }

  /**
   * How far each head is from the same of another trace: the mean Jensen-Shannon divergence, in bits, 0 to 1.
   * @throws HeadlightError `NotComparable` where their heads or their tokens are not as many.
   */
  async divergencesFrom(other: TracedStack, signal: AbortSignal): Promise<Float32Array> {
    const sizes = ({ layers, heads, queries, keys }: TracedStack): number[] => [
      ...[layers, heads],
      ...[queries.length, keys.length],
    ];
    if (sizes(this).join() !== sizes(other).join()) {
      throw new HeadlightError(
        'NotComparable',
        l10n.t(
          'Heads can be compared one by one where there are as many of them, over as many tokens: here are {0} layers × {1} heads over {2} × {3} tokens, there {4} layers × {5} heads over {6} × {7}.',
          ...sizes(this),
          ...sizes(other),
        ),
      );
    }
    const [count, keys] = [this.layers * this.heads, this.keys.length];
    const rows = comparedQueries(count, this.queries.length, keys);
    const divergences = new Float32Array(count);
    for (let at = 0; at < count; at++) {
      if (at % this.heads === 0) await hearCancellation(signal);
      divergences[at] = jensenShannon(this.compared(at, rows), other.compared(at, rows), keys, rows);
    }
    return divergences;
  }

  /** How one query of a head comes to its weights. What the layer that was asked about last is computed from is kept. */
  async scores(
    { layer, head, query }: HeadIndex & { query: number },
    signal: AbortSignal,
  ): Promise<HeadScores> {
    const [weights, count] = [this.head({ layer, head }), this.keys.length];
    if (!(query >= 0 && query < this.queries.length)) throw outside(`query ${query}`);
    if (this.scored?.layer !== layer) this.scored = { layer, tensors: await this.readLayer(layer, signal) };
    return headScores(this.scored.tensors, head, query, weights.slice(query * count, (query + 1) * count));
  }

  /** A head, counted over all layers, as it is compared with others. */
  private compared(at: number, rows: readonly number[]): ComparedHead {
    const weights = this.head({ layer: Math.floor(at / this.heads), head: at % this.heads });
    return { weights, entropies: rowEntropies(weights, this.keys.length, rows) };
  }

  private get size(): MatrixSize {
    return { queries: this.queries.length, keys: this.keys.length };
  }

  private atlas(most: number): AttentionBytes {
    const { size } = this;
    const cells = { queries: Math.min(most, size.queries), keys: Math.min(most, size.keys) };
    const area = cells.queries * cells.keys;
    const bytes = new Uint8Array(this.layers * this.heads * area);
    for (let layer = 0; layer < this.layers; layer++) {
      for (let head = 0; head < this.heads; head++) {
        const pooled = new Float32Array(area);
        poolByMaximum(this.head({ layer, head }), size, cells, pooled);
        quantiseWeights(pooled, bytes, (layer * this.heads + head) * area);
      }
    }
    return { bytes, ...cells };
  }

  private async matrix(
    source: MatrixSource,
    shape: MatrixShape,
    signal: AbortSignal,
  ): Promise<{ weights: Float32Array; keys: number }> {
    const units = matrixUnits(this.queries, this.keys, shape);
    const name = JSON.stringify([source, shape]);
    const known = this.matrices.get(name);
    const weights =
      known ??
      reshape(await this.reduced(source, signal), this.keys.length, units, shape.specials === 'renormalised');
    this.matrices.delete(name); // Moves it to the end: the most recently read.
    this.matrices.set(name, weights);
    if (this.matrices.size > keptMatrices) this.matrices.delete(this.matrices.keys().next().value!);
    return { weights, keys: units.keys.length };
  }

  private async reduced(source: MatrixSource, signal: AbortSignal): Promise<Float32Array> {
    if (source.kind === 'rollout') return this.rollout(source.layer, signal);
    if (source.heads.length === 0) throw outside('head');
    const heads = source.heads.map((index) => this.head(index));
    return source.kind === 'mean' ? meanOf(heads) : maximumOf(heads);
  }

  private async rollout(layer: number, signal: AbortSignal): Promise<Float32Array> {
    this.layer(layer);
    if (this.stack === 'cross') throw outside('rollout of attention between two stacks');
    for (let next = this.rollouts.length; next <= layer; next++) {
      await hearCancellation(signal);
      const heads = Array.from({ length: this.heads }, (_, head) => this.head({ layer: next, head }));
      const before = this.rollouts[next - 1] ?? null;
      this.rollouts[next] = await rolloutStep(meanOf(heads), before, this.keys.length, matrixProduct);
    }
    return this.rollouts[layer]!;
  }

  private layer(layer: number): Float32Array {
    const weights = this.layersOf[layer];
    if (!weights) throw outside(`layer ${layer}`);
    return weights;
  }

  private head({ layer, head }: HeadIndex): Float32Array {
    const weights = this.layer(layer);
    if (!(head >= 0 && head < this.heads)) throw outside(`head ${head}`);
    const area = this.queries.length * this.keys.length;
    return weights.subarray(head * area, (head + 1) * area);
  }
}

function quantised(weights: Float32Array): Uint8Array {
  const bytes = new Uint8Array(weights.length);
  quantiseWeights(weights, bytes, 0);
  return bytes;
}

function nearestOf(distances: Float64Array, count: number, from: number): number {
  let nearest = from === 0 ? Math.min(1, count - 1) : 0;
  for (let to = 0; to < count; to++) {
    if (to !== from && distances[from * count + to]! < distances[from * count + nearest]!) nearest = to;
  }
  return nearest;
}

/** The error of a question about something that a trace does not have. */
export function outside(what: string): HeadlightError {
  return new HeadlightError('WrongUsage', `There is no ${what} in this trace.`);
}
