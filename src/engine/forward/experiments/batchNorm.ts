import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../../core/errors';
import { batchStatistics, distanceOf, straying, type BatchLine } from '../../../core/forward/batchNorm';
import { momentsOf } from '../../../core/forward/functions';
import type { EncodedToken } from '../../../protocol/encoding';
import type { BatchNormResult } from '../../../protocol/forward';
import type { Model } from '../../models/store';
import { encode } from '../../tokenizers/encode';
import type { ForwardTrace } from '../trace';

/** Lines of a batch: each is a run of the model. */
const mostLines = 64;

/** The lines of the text as a batch: what batch norm would take as its statistics where the model has a layer norm. */
export async function batchNorm(trace: ForwardTrace, step: number): Promise<BatchNormResult> {
  const { model, pass } = trace;
  const { recipe } = pass.steps[step]!;
  const read = await linesOf(trace);
  if (recipe.kind !== 'norm' || read.length < 2) {
    throw new HeadlightError(
      'WrongUsage',
      l10n.t('Batch norm needs a batch: select a text of several lines, and each is one of its texts.'),
    );
  }
  const longest = Math.max(...read.map((tokens) => tokens.length));
  const plain: BatchLine[] = [];
  const padded: BatchLine[] = [];
  let [features, layerNormMoves] = [0, 0];
  for (const tokens of read) {
    const own = await trace.elsewhere(recipe.input, tokens);
    const wide = await trace.elsewhere(recipe.input, withPadding(model, tokens, longest));
    features = own.columns;
    plain.push({ values: own.values, tokens: tokens.length });
    padded.push({ values: wide.values, tokens: tokens.length });
    layerNormMoves = Math.max(layerNormMoves, tokenMoves(own.values, wide.values, features));
  }
  const sizes = [1, 2, 4, 8, 16, 32, 64].filter((size) => size < read.length).concat(read.length);
  const strays = straying(plain, features, sizes);
  const whole = batchStatistics(padded, features);
  const count = read.reduce((sum, tokens) => sum + tokens.length, 0);
  return {
    ...{ experiment: 'batchNorm', lines: read.length, longest, features, sizes, layerNormMoves },
    meanStrays: Float32Array.from(strays, ({ mean }) => mean),
    deviationStrays: Float32Array.from(strays, ({ deviation }) => deviation),
    paddingMoves: distanceOf(batchStatistics(padded, features, true), whole).mean,
    padding: 1 - count / (longest * read.length),
  };
}

/** The tokens of each line that has any, cut to what the model reads. */
async function linesOf({ model, input: { text } }: ForwardTrace): Promise<EncodedToken[][]> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const read = [];
  for (const line of lines.slice(0, mostLines)) {
    const tokens = await encode(model.tokenizer, line, undefined, model.firstPosition);
    read.push(tokens.slice(0, model.maximumLength ?? tokens.length));
  }
  return read.filter((tokens) => tokens.length > 0);
}

function withPadding(
  { tokenizer, firstPosition }: Model,
  tokens: EncodedToken[],
  length: number,
): EncodedToken[] {
  const id = tokenizer.native.tokenToId('[PAD]') ?? tokenizer.native.tokenToId('<pad>') ?? 0;
  const padding = Array.from({ length: length - tokens.length }, (_, at): EncodedToken => ({
    ...{ token: '[PAD]', id, segmentId: 0, positionId: firstPosition + tokens.length + at, attentionMask: 0 },
    ...{ special: true, start: null, end: null, sequence: null, word: null, unknown: false, mask: false },
  }));
  return [...tokens, ...padding];
}

/** How far the mean of any token over its features moves, in standard deviations over them. */
function tokenMoves(own: Float32Array, wide: Float32Array, features: number): number {
  let most = 0;
  for (let start = 0; start < own.length; start += features) {
    const before = momentsOf(own.subarray(start, start + features));
    const after = momentsOf(wide.subarray(start, start + features));
    most = Math.max(most, Math.abs(after.mean - before.mean) / Math.sqrt(before.variance || 1));
  }
  return most;
}
