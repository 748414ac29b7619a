import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { sigmoid, softmax } from '../../core/topK';
import type { EncodedToken } from '../../protocol/encoding';
import type { QuestionKind } from '../../protocol/models';
import type { Activation, LabelScore } from '../../protocol/sentences';
import { batchFeedsOf } from '../feeds';
import type { Model } from '../models/store';
import type { Head, HeadKind } from '../onnx/architecture/types';
import { quantisesByRange } from '../onnx/quantisation';
import type { SessionCache, TensorValues } from '../sessions';
import { hearCancellation } from '../turns';

/** The heads that answer each kind of question about whole texts and their words, the best first. */
const headsFor = {
  pair: ['nextSentence', 'sentenceOrder', 'class'],
  classes: ['class'],
  tags: ['tag'],
  answer: ['answerStart', 'answerEnd'],
} as const satisfies Partial<Record<QuestionKind, readonly HeadKind[]>>;

export type HeadQuestion = keyof typeof headsFor;

export const headQuestions = Object.keys(headsFor) as HeadQuestion[];

/** The heads of a model for a kind of question, the best first; empty when it cannot answer. */
export function headsOf(model: Model, question: HeadQuestion): Head[] {
  const { heads } = model.architecture;
  const found = headsFor[question].flatMap((kind) => heads.filter((head) => head.kind === kind).slice(0, 1));
  return question === 'answer' && found.length < 2 ? [] : found;
}

/** @throws HeadlightError `NoHead` when there is none, and the problem of a broken config.json. */
export function requireHeads(model: Model, question: HeadQuestion): [Head, ...Head[]] {
  if (model.config.problem) throw model.config.problem;
  const [first, ...others] = headsOf(model, question);
  if (first) return [first, ...others];
  throw new HeadlightError('NoHead', `${missingHead(question, model.graph.file)}`);
}

/** Why a model cannot answer a kind of question. */
function missingHead(question: HeadQuestion, file: string): string {
  switch (question) {
    case 'pair':
      return l10n.t(
        '{0} has no head that judges a pair of texts: no next-sentence, sentence-order or classification head. Choose a model exported with one.',
        file,
      );
    case 'classes':
      return l10n.t(
        '{0} has no classification head, so it cannot tell classes. Choose a model exported for text-classification.',
        file,
      );
    case 'tags':
      return l10n.t(
        '{0} has no tagging head, so it cannot tag words. Choose a model exported for token-classification.',
        file,
      );
    case 'answer':
      return l10n.t(
        '{0} has no head that finds answers: no scores of where one starts and ends. Choose a model exported for question-answering.',
        file,
      );
  }
}

/** Tokens of a batch, padding counted: more do not pay on a CPU, and take memory. */
const mostBatchTokens = 2048;

/**
 * Runs heads over many texts, in batches of about equal length, and hands on each text's numbers.
 * @param texts tokens of each, no longer than the model reads. @param heads whose logits are wanted.
 * @param take gets the index of a text and, for each head, its row of numbers without padding: [tokens × size] of a
 * head by token, [size] of one by text.
 */
export async function runHeads(
  model: Model,
  sessions: SessionCache,
  { heads, texts }: { heads: readonly Head[]; texts: readonly EncodedToken[][] },
  { signal, progress }: CallContext,
  take: (text: number, rows: Float32Array[]) => void,
): Promise<void> {
  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'heads');
  const { graph, firstPosition } = model;
  const options = { firstPosition, file: graph.file, paddingId: paddingId(model) };
  let done = 0;
  for (const batch of planBatches(texts, batchTexts(model))) {
    const fraction = done / texts.length;
    progress({ message: l10n.t('Read {0} of {1} texts…', done, texts.length), fraction });
    await hearCancellation(signal);
    const sequences = batch.map((index) => texts[index]!);
    const outputs = await session.taps(
      batchFeedsOf(graph.inputs, sequences, options),
      heads.map(({ logits }) => ({ how: 'present', tensor: logits })),
    );
    batch.forEach((index, place) =>
      take(
        index,
        outputs.map((output, at) => rowOf(output, heads[at]!, place, sequences)),
      ),
    );
    done += batch.length;
  }
  await hearCancellation(signal);
}

const byToken: readonly HeadKind[] = ['tag', 'answerStart', 'answerEnd'];

/** One text's part of an output, without what padding gave. */
function rowOf(
  { values }: TensorValues,
  { kind }: Head,
  place: number,
  sequences: EncodedToken[][],
): Float32Array {
  const size = values.length / sequences.length;
  const row = values.subarray(place * size, (place + 1) * size);
  if (!byToken.includes(kind)) return row;
  const longest = Math.max(...sequences.map(({ length }) => length));
  return row.subarray(0, (size / longest) * sequences[place]!.length);
}

/** More texts in a batch than these gave nothing more on two cores: `npm run bench -- --only rows`. */
export const mostBatchTexts = 16;

/** Where numbers are rounded by their range, or nothing tells padding from text, each text is run on its own. */
function batchTexts({ graph }: Model): number {
  const isMasked = graph.inputs.some(({ name }) => /^(attention|input)_mask/.test(name));
  return isMasked && !quantisesByRange(graph.onnx) ? mostBatchTexts : 1;
}

/** Indices of texts in batches: the shortest first, so that there is little padding. */
export function planBatches(texts: readonly { length: number }[], mostTexts: number): number[][] {
  const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length);
  const batches: number[][] = [];
  for (const index of order) {
    const batch = batches.at(-1);
    const fits =
      batch && batch.length < mostTexts && (batch.length + 1) * texts[index]!.length <= mostBatchTokens;
    if (fits) batch.push(index);
    else batches.push([index]);
  }
  return batches;
}

function paddingId({ tokenizer }: Model): number {
  return tokenizer.native.tokenToId('[PAD]') ?? tokenizer.native.tokenToId('<pad>') ?? 0;
}

/** What turns a head's logits into probabilities. */
export function activationOf(model: Model, logits: Float32Array): Activation {
  if (logits.length === 1) return 'none';
  return model.config.isMultiLabel ? 'sigmoid' : 'softmax';
}

/** Logits with names and probabilities, in the head's order. */
export function scoresOf(
  logits: Float32Array,
  labels: readonly string[],
  activation: Activation,
): LabelScore[] {
  const probabilities =
    activation === 'none' ? null : activation === 'sigmoid' ? sigmoid(logits) : softmax(logits);
  return Array.from(logits, (logit, id) => ({
    ...{ id, label: labels[id] || `LABEL_${id}`, logit },
    probability: probabilities?.[id] ?? null,
  }));
}
