import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { CallContext } from '../../core/rpc';
import { bestSpans, type ScoredWindow } from '../../core/answerSpans';
import type { EncodedToken } from '../../protocol/encoding';
import type { AnswerQuestion, AnswersResult } from '../../protocol/sentences';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { encode } from '../tokenizers/encode';
import { requireHeads, runHeads } from './heads';
import { partsAround } from './longText';

/**
 * The spans of a text that answer a question best. A long text is read in windows, each with half of the one before,
 * and all of them compete.
 * @throws HeadlightError `NoHead`, `NoTokens`, `TextTooLong` for a question that leaves no room for text.
 */
export async function answers(
  model: Model,
  sessions: SessionCache,
  { question, text, count }: AnswerQuestion,
  context: CallContext,
): Promise<AnswersResult> {
  const heads = requireHeads(model, 'answer').slice(0, 2);
  const encoded = await encode(model.tokenizer, question, text, model.firstPosition);
  for (const sequence of [0, 1]) {
    if (encoded.some((token) => token.sequence === sequence)) continue;
    throw new HeadlightError(
      'NoTokens',
      l10n.t('The question and the text need at least one word each. Select a text, and ask a question.'),
    );
  }
  const texts = windowsOf(encoded, model);
  const windows: ScoredWindow[] = [];
  await runHeads(model, sessions, { heads, texts }, context, (index, [starts, ends]) => {
    windows[index] = { tokens: texts[index]!, starts: starts!, ends: ends! };
  });
  const found = bestSpans(windows, count);
  return {
    model: model.name,
    question,
    answers: found.map((span) => ({ ...span, text: text.slice(span.start, span.end) })),
    noAnswerScore: Math.min(...windows.map(({ starts, ends }) => starts[0]! + ends[0]!)),
    windows: windows.length,
  };
}

/** The question with each window of the text. */
function windowsOf(tokens: EncodedToken[], model: Model): EncodedToken[][] {
  const { maximumLength, firstPosition, name } = model;
  if (maximumLength === null || tokens.length <= maximumLength) return [tokens];
  const { before, content, after } = partsAround(tokens, ({ sequence }) => sequence === 1);
  const capacity = maximumLength - before.length - after.length;
  if (capacity < 2) {
    throw new HeadlightError(
      'TextTooLong',
      l10n.t('The question is longer than {0} reads with a text: at most {1} tokens.', name, maximumLength),
    );
  }
  const step = Math.floor(capacity / 2);
  const windows: EncodedToken[][] = [];
  for (let start = 0; ; start += step) {
    const from = Math.min(start, content.length - capacity);
    const input = [...before, ...content.slice(from, from + capacity), ...after];
    windows.push(input.map((token, index) => ({ ...token, positionId: firstPosition + index })));
    if (from + capacity >= content.length) return windows;
  }
}
