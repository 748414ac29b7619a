import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { linesOf } from '../../core/lines';
import type { CallContext } from '../../core/rpc';
import type { Activation, ClassesQuestion, ClassesResult, ClassRow } from '../../protocol/sentences';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { activationOf, requireHeads, runHeads, scoresOf } from './heads';
import { readText, type ReadText } from './longText';

/** Labels that are kept of each of many lines: some classifiers have thousands. */
const mostLabels = 20;

/**
 * The classes of a text or pair, or of each of its lines. Of a text longer than the model reads its beginning is read,
 * as the reference pipelines do.
 * @throws HeadlightError `NoHead`, `NoTokens`.
 */
export async function classes(
  model: Model,
  sessions: SessionCache,
  { text, pair, byLine = false, model: location }: ClassesQuestion,
  context: CallContext,
): Promise<ClassesResult> {
  const [head] = requireHeads(model, 'classes');
  const ranges = byLine ? linesOf(text) : [{ start: 0, end: text.length }];
  if (ranges.length === 0) {
    throw new HeadlightError('NoTokens', l10n.t('Every line of the text is blank. Select another text.'));
  }
  const texts: ReadText[] = [];
  for (const { start, end } of ranges) {
    const own = byLine ? undefined : pair;
    texts.push(await readText(model, { model: location, text: text.slice(start, end), pair: own }));
  }
  const rows: ClassRow[] = [];
  let activation: Activation = 'softmax';
  const tokens = texts.map((each) => each.tokens);
  await runHeads(model, sessions, { heads: [head], texts: tokens }, context, (index, [logits]) => {
    activation = activationOf(model, logits!);
    const scores = scoresOf(logits!, model.config.labels, activation).sort((a, b) => b.logit - a.logit);
    rows[index] = {
      ...ranges[index]!,
      scores: byLine ? scores.slice(0, mostLabels) : scores,
      cut: texts[index]!.window !== null,
    };
  });
  return { model: model.name, activation, byLine, rows };
}
