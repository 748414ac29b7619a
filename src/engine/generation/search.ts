import { distributionOf } from '../../core/distribution';
import { softmaxTopK, type Choice } from '../../core/topK';
import type { Standing } from '../../protocol/words';

/** A chosen token, and the distribution that it was chosen from. */
export interface Step extends Standing {
  id: number;
  /** Bits. */
  entropy: number;
  /** The most probable tokens, surest first. */
  choices: Choice[];
}

export interface Hypothesis {
  steps: Step[];
  /** Sum of the log probabilities of its tokens. */
  sum: number;
  /** Its last token is an end token. */
  ended: boolean;
}

export interface SearchOptions {
  /** Hypotheses that are kept, at least 1; 1 is greedy search. */
  beams: number;
  /** The most tokens, at least 1. */
  length: number;
  /** Ids of the tokens that end a text. */
  ends: readonly number[];
  /** Choices that are kept of each step. */
  topK: number;
}

/** What hypotheses are ranked by: the mean log probability, so that short ones are not better for being short. */
export function meanLogProbability({ sum, steps }: Hypothesis): number {
  return sum / Math.max(1, steps.length);
}

/**
 * Beam search by mean log probability, the end token counted (Wu et al. 2016, section 7, with a length penalty of
 * exponent 1). It ends when no running hypothesis is better than the best ended one, or with greedy search at the first
 * end.
 * @param next logits of the token after those given, vocabulary long.
 * @param onStep hears the tokens of the best running hypothesis after each step.
 * @returns up to `beams` hypotheses, the best first: ended ones, and those that were still running.
 */
export async function search(
  next: (ids: readonly number[]) => Promise<Float32Array>,
  { beams, length, ends, topK }: SearchOptions,
  onStep: (ids: readonly number[]) => Promise<void>,
): Promise<Hypothesis[]> {
  let running: Hypothesis[] = [{ steps: [], sum: 0, ended: false }];
  let ended: Hypothesis[] = [];
  for (let count = 1; count <= length && running.length > 0; count++) {
    const grown: Hypothesis[] = [];
    // An end among the best takes a place from no running hypothesis: twice as many are looked at.
    for (const each of running) grown.push(...(await successors(each, next, 2 * beams, { ends, topK })));
    const best = grown.sort((a, b) => b.sum - a.sum).slice(0, 2 * beams);
    ended.push(...best.slice(0, beams).filter((each) => each.ended));
    ended = bestOf(ended, beams);
    running = best.filter((each) => !each.ended).slice(0, beams);
    const [surest, leader] = [ended[0], running[0]];
    // A running one that is worse now is given up, although certain tokens could still raise its mean.
    if (surest && (beams === 1 || !leader || meanLogProbability(surest) >= meanLogProbability(leader))) break;
    if (leader) await onStep(idsOf(leader));
  }
  return bestOf([...ended, ...running], beams);
}

function bestOf(hypotheses: Hypothesis[], count: number): Hypothesis[] {
  return hypotheses.sort((a, b) => meanLogProbability(b) - meanLogProbability(a)).slice(0, count);
}

export function idsOf({ steps }: Hypothesis): number[] {
  return steps.map(({ id }) => id);
}

async function successors(
  hypothesis: Hypothesis,
  next: (ids: readonly number[]) => Promise<Float32Array>,
  count: number,
  { ends, topK }: Pick<SearchOptions, 'ends' | 'topK'>,
): Promise<Hypothesis[]> {
  const logits = await next(idsOf(hypothesis));
  const distribution = distributionOf(logits);
  const entropy = distribution.entropy();
  const choices = softmaxTopK(logits, Math.max(count, topK)).filter(({ probability }) => probability > 0);
  return choices.slice(0, count).map(({ index: id }) => {
    const logProbability = distribution.logProbability(id);
    const step = {
      id,
      logProbability,
      rank: distribution.rank(id),
      entropy,
      choices: choices.slice(0, topK),
    };
    return {
      steps: [...hypothesis.steps, step],
      sum: hypothesis.sum + logProbability,
      ended: ends.includes(id),
    };
  });
}
