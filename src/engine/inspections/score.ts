import * as l10n from '@vscode/l10n';
import { distributionOf } from '../../core/distribution';
import { isSameWord, maskPlan } from '../../core/maskPlan';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { EncodedToken } from '../../protocol/encoding';
import type { ScoreQuestion, ScoreResult, TokenScore, WordScore } from '../../protocol/words';
import { maskedLogits, type MaskedRun } from '../maskedRuns';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { readText } from './longText';
import { predictionsOf, requireMask, withId } from './vocabulary';

/**
 * The pseudo-log-likelihood of a text: what the model gives to each token while it does not see it, by `maskPlan`.
 * A text longer than the model reads is scored a window at a time.
 * @throws HeadlightError `NoMlmHead`, `NoTokens`, and as `longText`.
 */
export async function score(
  model: Model,
  sessions: SessionCache,
  question: ScoreQuestion,
  { signal, progress }: CallContext,
): Promise<ScoreResult> {
  throwIfCancelled(signal);
  const mask = requireMask(model);
  const { tokens, window, tokenCount } = await readText(model, question);
  const plan = maskPlan(tokens);
  const runs: MaskedRun[] = plan.map(({ target, hidden }) => {
    const masked = [...tokens];
    for (const index of hidden) masked[index] = withId(tokens[index]!, mask.id);
    return { tokens: masked, positions: [target] };
  });
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'none');
  const scores: (TokenScore | null)[] = tokens.map(() => null);
  let done = 0;
  for await (const [logits] of maskedLogits(model, session, runs, signal)) {
    const { target, wordwise } = plan[done]!;
    const id = tokens[target]!.id;
    const distribution = distributionOf(logits!);
    const logProbability = distribution.logProbability(id);
    scores[target] = {
      logProbability,
      // A piece's second run hides more of its word.
      tokenwise: wordwise ? scores[target]!.tokenwise : logProbability,
      rank: distribution.rank(id),
      entropy: distribution.entropy(),
      expected: predictionsOf(logits!, 1, model.tokenizer)[0]!,
    };
    done++;
    const message = l10n.t('Masking token {0} of {1}…', done, plan.length);
    if (done % 8 === 0) progress({ message, fraction: done / plan.length });
  }
  const scored = scores.filter((each) => each !== null);
  const logLikelihood = sum(scored.map((each) => each.logProbability));
  return {
    ...{ model: model.name, tokens, scores, words: wordsOf(tokens, scores), logLikelihood },
    tokenwise: sum(scored.map((each) => each.tokenwise)),
    pseudoPerplexity: Math.exp(-logLikelihood / Math.max(1, scored.length)),
    ...{ tokenCount, maximumLength: model.maximumLength, window },
  };
}

function wordsOf(tokens: EncodedToken[], scores: (TokenScore | null)[]): WordScore[] {
  const words: WordScore[] = [];
  tokens.forEach((token, index) => {
    const own = scores[index];
    const { sequence, start, end } = token;
    if (!own || sequence === null || start === null || end === null) return;
    const last = words.at(-1);
    if (last?.endToken === index && isSameWord(tokens[index - 1]!, token)) {
      last.end = end;
      last.endToken = index + 1;
      last.logProbability += own.logProbability;
    } else {
      const place = { sequence, start, end, firstToken: index, endToken: index + 1 };
      words.push({ ...place, logProbability: own.logProbability });
    }
  });
  return words;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
