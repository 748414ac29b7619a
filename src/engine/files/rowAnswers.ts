import * as l10n from '@vscode/l10n';
import { distributionOf } from '../../core/distribution';
import { toHeadlightError } from '../../core/errors';
import { maskPlan } from '../../core/maskPlan';
import type { CallContext } from '../../core/rpc';
import type { ErrorCode } from '../../protocol/errors';
import type { FileRow, RowQuestion } from '../../protocol/files';
import { originalRange, readMasks } from '../inspections/fill';
import { activationOf, requireHeads, runHeads, scoresOf } from '../inspections/heads';
import { readAllOfText, readText } from '../inspections/longText';
import { tagsOfWindows } from '../inspections/tags';
import { predictionsOf, requireMask, withId } from '../inspections/vocabulary';
import { maskedLogits, type MaskedRun } from '../maskedRuns';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';

/** What a model says of a text. */
export type RowAnswer = Omit<FileRow, 'row' | 'text'>;

type AnswerTexts = (
  model: Model,
  sessions: SessionCache,
  texts: readonly string[],
  context: CallContext,
) => Promise<RowAnswer[]>;

interface RowQuestions {
  /** @throws HeadlightError when the model cannot answer. */
  require: (model: Model) => unknown;
  answer: AnswerTexts;
  /** Rows that are answered together: enough for batches, few enough to let others take their turn. */
  blockRows: number;
}

/** How each kind of question is asked of many texts. */
export const rowQuestions: Record<RowQuestion, RowQuestions> = {
  classes: { require: (model) => requireHeads(model, 'classes'), answer: classesOf, blockRows: 64 },
  tags: { require: (model) => requireHeads(model, 'tags'), answer: tagsOf, blockRows: 64 },
  fill: { require: requireMask, answer: fillsOf, blockRows: 64 },
  score: { require: requireMask, answer: scoresOfTexts, blockRows: 8 },
};

/** Classes that are kept of each row. */
const mostScores = 5;

/** Predictions that are kept of each mask. */
const mostPredictions = 5;

async function classesOf(
  model: Model,
  sessions: SessionCache,
  texts: readonly string[],
  context: CallContext,
): Promise<RowAnswer[]> {
  const { read, answers } = await readEach(texts, (text) => readText(model, { model: '', text }));
  const tokens = read.map(({ value }) => value.tokens);
  const [head] = requireHeads(model, 'classes');
  await runHeads(model, sessions, { heads: [head], texts: tokens }, context, (index, [logits]) => {
    const { at, value } = read[index]!;
    const scores = scoresOf(logits!, model.config.labels, activationOf(model, logits!)).sort(
      (a, b) => b.logit - a.logit,
    );
    const [best] = scores;
    answers[at] = {
      result: best!.label,
      score: best!.probability ?? best!.logit,
      scores: scores.slice(0, mostScores),
      ...(value.window && { cut: true }),
    };
  });
  return answers;
}

async function tagsOf(
  model: Model,
  sessions: SessionCache,
  texts: readonly string[],
  context: CallContext,
): Promise<RowAnswer[]> {
  const { read, answers } = await readEach(texts, (text) => readAllOfText(model, { model: '', text }));
  const windows = read.map(({ value }) => value);
  const found = await tagsOfWindows(model, sessions, windows, context);
  found.forEach(({ spans }, index) => {
    const { at } = read[index]!;
    answers[at] = {
      result: spans.map(({ label, start, end }) => `${label}: ${texts[at]!.slice(start, end)}`).join('; '),
      score: meanOf(spans.map(({ probability }) => probability)),
      spans,
    };
  });
  return answers;
}

async function fillsOf(
  model: Model,
  sessions: SessionCache,
  texts: readonly string[],
  context: CallContext,
): Promise<RowAnswer[]> {
  const { read, answers } = await readEach(texts, (text) => readMasks(model, { model: '', text }));
  const inputs = read.flatMap(({ value, at }) =>
    value.inputs.map(({ tokens, masks }) => ({ at, value, tokens, positions: masks })),
  );
  const found = new Map<number, NonNullable<FileRow['masks']>>();
  await ofRuns(model, sessions, inputs, context, ({ at, value, tokens, positions }, logits) => {
    const own = positions.map((position, row) => ({
      ...originalRange(tokens[position]!, value.texts[0]),
      predictions: predictionsOf(logits[row]!, mostPredictions, model.tokenizer),
    }));
    found.set(at, [...(found.get(at) ?? []), ...own]);
  });
  for (const [at, unordered] of found) {
    const masks = unordered.sort((a, b) => a.start - b.start);
    const best = masks.map(({ predictions }) => predictions[0]!);
    const result = best.map(({ text }) => text).join(', ');
    answers[at] = { result, score: meanOf(best.map(({ probability }) => probability)), masks };
  }
  return answers;
}

/** Pseudo-log-likelihoods, with the later pieces of a word hidden beside each, as `maskPlan` has it. */
async function scoresOfTexts(
  model: Model,
  sessions: SessionCache,
  texts: readonly string[],
  context: CallContext,
): Promise<RowAnswer[]> {
  const mask = requireMask(model);
  const { read, answers } = await readEach(texts, (text) => readText(model, { model: '', text }));
  const runs = read.flatMap(({ value: { tokens, window }, at }) =>
    maskPlan(tokens).map(({ target, hidden, wordwise }) => {
      const masked = tokens.map((token, index) => (hidden.includes(index) ? withId(token, mask.id) : token));
      const id = tokens[target]!.id;
      return { at, target, wordwise, id, cut: window !== null, tokens: masked, positions: [target] };
    }),
  );
  const sums = new Map<number, { byTarget: Map<number, number>; cut: boolean }>();
  await ofRuns(model, sessions, runs, context, ({ at, target, wordwise, id, cut }, [logits]) => {
    const row = sums.get(at) ?? { byTarget: new Map<number, number>(), cut };
    // A piece's second run hides more of its word, and counts in the place of the first.
    if (wordwise || !row.byTarget.has(target)) {
      row.byTarget.set(target, distributionOf(logits!).logProbability(id));
    }
    sums.set(at, row);
  });
  for (const [at, { byTarget, cut }] of sums) {
    const score = [...byTarget.values()].reduce((sum, each) => sum + each, 0);
    const tokens = byTarget.size;
    const pseudoPerplexity = Math.exp(-score / tokens);
    answers[at] = {
      ...{ result: '', score, tokens, pseudoPerplexity },
      ...(cut && ({ cut: true } as const)),
    };
  }
  return answers;
}

/** Runs sequences of any lengths in the order in which they make batches, and hands on the logits of each. */
async function ofRuns<Run extends MaskedRun>(
  model: Model,
  sessions: SessionCache,
  runs: readonly Run[],
  { signal, progress }: CallContext,
  take: (run: Run, logits: Float32Array[]) => void,
): Promise<void> {
  if (runs.length === 0) return;
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'none');
  const ordered = [...runs].sort(
    (a, b) => a.tokens.length - b.tokens.length || a.positions.length - b.positions.length,
  );
  let done = 0;
  for await (const logits of maskedLogits(model, session, ordered, signal)) {
    take(ordered[done++]!, logits);
    progress({ message: l10n.t('Read {0} of {1} texts…', done, runs.length), fraction: done / runs.length });
  }
}

/** What is wrong with a text and not with the model: the rows after it can be answered all the same. */
const ofText: readonly ErrorCode[] = ['NoTokens', 'NoMask', 'TextTooLong'];

/** Reads each text, and begins the answers with what is wrong with those that cannot be read. */
async function readEach<Value>(
  texts: readonly string[],
  read: (text: string) => Promise<Value>,
): Promise<{ read: { at: number; value: Value }[]; answers: RowAnswer[] }> {
  const found: { at: number; value: Value }[] = [];
  const answers: RowAnswer[] = texts.map(() => ({ result: '', score: null }));
  for (const [at, text] of texts.entries()) {
    try {
      found.push({ at, value: await read(text) });
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (!ofText.includes(error.code)) throw error;
      answers[at] = { result: '', score: null, problem: error.message };
    }
  }
  return { read: found, answers };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
