import * as l10n from '@vscode/l10n';
import { distributionOf } from '../../core/distribution';
import { HeadlightError } from '../../core/errors';
import { isScored, isSameWord } from '../../core/maskPlan';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { planWindows } from '../../core/windows';
import type { EncodedToken } from '../../protocol/encoding';
import type { WordPiece, WordQuestion, WordResult } from '../../protocol/words';
import { maskedLogits, type MaskedRun } from '../maskedRuns';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { encode } from '../tokenizers/encode';
import { longText, type WindowInput } from './longText';
import { predictionsOf, requireMask, withId } from './vocabulary';

/**
 * What a model thinks of the word at an offset while it does not see it, and what it expects there instead.
 * @throws HeadlightError `NoTokens` where no word stands, `NoMlmHead`, and as `longText`.
 */
export async function word(
  model: Model,
  sessions: SessionCache,
  question: WordQuestion,
  { signal, progress }: CallContext,
): Promise<WordResult> {
  throwIfCancelled(signal);
  const mask = requireMask(model);
  const encoded = await encode(model.tokenizer, question.text, question.pair, model.firstPosition);
  const { tokens, window, first, end } = readWord(model, encoded, question.offset);
  const whole = tokens.slice(first, end);

  // The word as one mask, then each of its pieces with what follows in the word hidden.
  const runs: MaskedRun[] = [
    {
      tokens: [...tokens.slice(0, first), withId(whole[0]!, mask.id), ...tokens.slice(end)],
      positions: [first],
    },
  ];
  if (whole.length > 1) {
    for (let piece = first; piece < end; piece++) {
      const hide = (token: EncodedToken, at: number): EncodedToken =>
        at >= piece && at < end ? withId(token, mask.id) : token;
      runs.push({ tokens: tokens.map(hide), positions: [piece] });
    }
  }
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'none');
  const rows: Float32Array[] = [];
  for await (const [logits] of maskedLogits(model, session, runs, signal)) rows.push(logits!.slice());

  const pieces = whole.map((piece, index): WordPiece => {
    const distribution = distributionOf(rows[whole.length > 1 ? index + 1 : 0]!);
    const { token, id, start, end } = piece;
    const standing = { logProbability: distribution.logProbability(id), rank: distribution.rank(id) };
    return { token, id, start: start!, end: end!, ...standing };
  });
  return {
    ...{ model: model.name, pieces, window },
    ...rangeOf(whole, question.text),
    logProbability: pieces.reduce((total, piece) => total + piece.logProbability, 0),
    entropy: distributionOf(rows[0]!).entropy(),
    predictions: predictionsOf(rows[0]!, question.topK, model.tokenizer),
  };
}

/** The tokens of the word at an offset, in what the model reads around it. */
function readWord(
  model: Model,
  encoded: EncodedToken[],
  offset: number,
): WindowInput & { first: number; end: number } {
  const at = encoded.findIndex(
    (token) => isScored(token) && token.sequence === 0 && token.start! <= offset && offset < token.end!,
  );
  if (at < 0) {
    throw new HeadlightError('NoTokens', l10n.t('There is no word at that place of the text.'));
  }
  let first = at;
  let end = at + 1;
  while (first > 0 && isSameWord(encoded[at]!, encoded[first - 1])) first--;
  while (isSameWord(encoded[at]!, encoded[end])) end++;
  const long = longText(encoded, model);
  if (!long) return { tokens: encoded, window: null, first, end };
  // A word that no window holds is read as far as one does.
  end = Math.min(end, first + Math.ceil(long.capacity / 2));
  const skipped = long.before.length;
  const [plan] = planWindows(long.content.length, long.capacity, [first - skipped, end - 1 - skipped]);
  const input = long.read(plan!.start, plan!.end, { index: 0, count: 1 });
  return { ...input, first: first - plan!.start, end: end - plan!.start };
}

/** Some families' pieces take the space before them; a word does not. */
function rangeOf(whole: EncodedToken[], text: string): { start: number; end: number } {
  const [start, end] = [whole[0]!.start!, whole.at(-1)!.end!];
  const spaces = /^\s*/.exec(text.slice(start, end))![0].length;
  return { start: start + (start + spaces < end ? spaces : 0), end };
}
