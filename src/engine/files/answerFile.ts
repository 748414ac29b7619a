import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { FileQuestion, FileResult, FileRow } from '../../protocol/files';
import { byteProgress, refuseOutput, sizeOf } from '../data/files';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { PartFile, partFileOf } from './partFile';
import { rowQuestions } from './rowAnswers';
import { sourceRows, type SourceRow } from './sourceRows';

/**
 * Asks a model about each row of a file, and writes a line of JSON for each, in their order. Rows are read, answered
 * and written block by block. What a cancelled run has written stays beside the output, under a name of its own, and
 * the same question goes on from there.
 * @param inTurn does work that runs the model when it is its turn.
 * @throws HeadlightError `NoHead`, `NoMlmHead`, `FileUnusable`, `Cancelled`.
 */
export async function answerFile(
  model: Model,
  sessions: SessionCache,
  question: FileQuestion,
  context: CallContext,
  inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<FileResult> {
  const { kind, file, column, output } = question;
  const { require, answer, blockRows } = rowQuestions[kind];
  require(model);
  refuseOutput(output, [file]);
  const { signal, progress } = context;
  // Before the rows are counted: from now on the results before are those of another question.
  const part = await PartFile.open(partFileOf(question, model), output, signal);
  let total = 0;
  let block: SourceRow[] = [];
  let row = part.rows;
  const tell = (): void =>
    progress({ message: l10n.t('{0} of {1} rows…', row, total), fraction: row / total });
  // How far a block is says nothing of how far the file is; but whoever says nothing counts as stuck.
  const ofBlock: CallContext = { signal, progress: tell };
  const flush = async (): Promise<void> => {
    const answers = await inTurn(() =>
      answerBlock(block, (texts) => answer(model, sessions, texts, ofBlock)),
    );
    await part.add(answers.map((each) => JSON.stringify({ row: ++row, ...each } satisfies FileRow)));
    block = [];
    tell();
  };
  try {
    total = await countRows(question, context);
    await part.removeOthers(output);
    let read = 0;
    // Rows that are there already may be gigabytes.
    for await (const source of sourceRows(file, column, signal, tell)) {
      if (++read <= part.rows) continue;
      block.push(source);
      if (block.length === blockRows) await flush();
      throwIfCancelled(signal);
    }
    if (block.length > 0) await flush();
  } catch (error) {
    const nothing = total === 0 && part.rows === 0 && !signal.aborted;
    // What went wrong first is told.
    await (nothing ? part.drop() : part.close()).catch(() => {});
    throw error;
  }
  await part.finish(output);
  return { output, rows: row, resumed: part.rows };
}

/** @throws HeadlightError `FileUnusable` where there are none. */
async function countRows({ file, column }: FileQuestion, { signal, progress }: CallContext): Promise<number> {
  let total = 0;
  // How much has been counted is no share of the answers.
  const counting: CallContext = { signal, progress: ({ message }) => progress({ message }) };
  const onBytes = byteProgress(await sizeOf(file), l10n.t('Reading rows…'), counting);
  for await (const _ of sourceRows(file, column, signal, onBytes)) total++;
  if (total > 0) return total;
  throw new HeadlightError('FileUnusable', l10n.t('{0} has no rows. Choose another file.', file));
}

/** Answers the rows that have a text; the others have a problem. */
async function answerBlock(
  block: readonly SourceRow[],
  answer: (texts: string[]) => Promise<Omit<FileRow, 'row' | 'text'>[]>,
): Promise<Omit<FileRow, 'row'>[]> {
  const answers = await answer(block.flatMap((source) => ('text' in source ? [source.text] : [])));
  let next = 0;
  return block.map((source) =>
    'text' in source
      ? { text: source.text, ...answers[next++]! }
      : { text: '', result: '', score: null, problem: source.problem },
  );
}
