import type { EncodedToken } from '../protocol/encoding';
import { batchFeedsOf } from './feeds';
import type { Model } from './models/store';
import { quantisesByRange } from './onnx/quantisation';
import type { ModelSession } from './sessions';
import { hearCancellation } from './turns';

/** One sequence, and the positions whose logits are wanted. */
export interface MaskedRun {
  tokens: EncodedToken[];
  positions: number[];
}

/** Tokens of a batch: enough to keep every core busy, few enough to hear a cancellation soon. */
const batchTokens = 1024;

/**
 * Runs sequences through a model and gives the logits of each, one row for each position, in the order of `runs`.
 * Neighbours of one length run as a batch where that gives the numbers of single runs. A row holds until the next.
 * @throws HeadlightError `Cancelled` between two batches, `OnnxInvalid`.
 */
export async function* maskedLogits(
  model: Model,
  session: ModelSession,
  runs: readonly MaskedRun[],
  signal: AbortSignal,
): AsyncGenerator<Float32Array[]> {
  let batches = takesBatches(model, session);
  for (let start = 0; start < runs.length;) {
    await hearCancellation(signal);
    const batch = batches ? batchFrom(runs, start) : [runs[start]!];
    let logits: Float32Array[][];
    try {
      logits = await logitsOf(model, session, batch);
    } catch (error) {
      // Some exports have the size of one sequence written into a Reshape.
      if (batch.length === 1) throw error;
      batches = false;
      continue;
    }
    yield* logits;
    start += batch.length;
  }
}

function logitsOf(
  model: Model,
  session: ModelSession,
  batch: readonly MaskedRun[],
): Promise<Float32Array[][]> {
  const sequences = batch.map(({ tokens }) => tokens);
  const feeds = batchFeedsOf(model.graph.inputs, sequences, {
    firstPosition: model.firstPosition,
    file: model.graph.file,
    paddingId: 0,
  });
  return session.batchLogits(
    feeds,
    batch.map(({ positions }) => positions),
  );
}

/** Without a head of chosen positions, a batch would compute the whole vocabulary for each of its tokens. */
function takesBatches({ graph }: Model, session: ModelSession): boolean {
  const isOpen = graph.inputs.every(({ shape }) => typeof shape[0] !== 'number');
  return isOpen && session.readsPositionsOnly && !quantisesByRange(graph.onnx);
}

function batchFrom(runs: readonly MaskedRun[], start: number): readonly MaskedRun[] {
  const [length, count] = [runs[start]!.tokens.length, runs[start]!.positions.length];
  const most = start + Math.max(1, Math.floor(batchTokens / length));
  let end = start + 1;
  while (
    end < Math.min(most, runs.length) &&
    runs[end]!.tokens.length === length &&
    runs[end]!.positions.length === count
  )
    end++;
  return runs.slice(start, end);
}
