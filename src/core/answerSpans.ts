import type { EncodedToken, TextRange } from '../protocol/encoding';

/** A question with a part of a text, and what a model scores each token with as start and as end of the answer. */
export interface ScoredWindow {
  tokens: readonly EncodedToken[];
  starts: Float32Array;
  ends: Float32Array;
}

export interface ScoredSpan extends TextRange {
  /** Start logit + end logit. */
  score: number;
  /** P(start) · P(end), each by softmax over the tokens of the text in all windows. */
  probability: number;
}

/** Tokens of the longest answer that is considered, as the reference scripts have it. */
const longestAnswer = 30;

/** Starts and ends that are tried with each other, by their logits, as the reference scripts have it. */
const mostEnds = 20;

/**
 * The spans with the highest scores, the best first (Devlin et al. 2019, section 4.2): they start and end in the text,
 * the end not before the start. Of spans at the same place in several windows the best counts.
 */
export function bestSpans(windows: readonly ScoredWindow[], count: number): ScoredSpan[] {
  const normaliser = (of: 'starts' | 'ends'): number =>
    logSumExp(windows.flatMap((window) => inText(window, of)));
  const [allStarts, allEnds] = [normaliser('starts'), normaliser('ends')];
  const best = new Map<string, ScoredSpan>();
  for (const window of windows) {
    const { tokens, starts, ends } = window;
    const lasts = largest(window, 'ends');
    for (const first of largest(window, 'starts')) {
      for (const last of lasts) {
        if (last < first || last - first >= longestAnswer) continue;
        const [start, end] = [tokens[first]!.start!, tokens[last]!.end!];
        const score = starts[first]! + ends[last]!;
        const key = `${start} ${end}`;
        if ((best.get(key)?.score ?? -Infinity) >= score) continue;
        best.set(key, { start, end, score, probability: Math.exp(score - allStarts - allEnds) });
      }
    }
  }
  return [...best.values()].sort((a, b) => b.score - a.score).slice(0, count);
}

function textTokens({ tokens }: ScoredWindow): number[] {
  return tokens.flatMap(({ sequence, start, end }, index) =>
    sequence === 1 && start! < end! ? [index] : [],
  );
}

function inText(window: ScoredWindow, of: 'starts' | 'ends'): number[] {
  return textTokens(window).map((index) => window[of][index]!);
}

function largest(window: ScoredWindow, of: 'starts' | 'ends'): number[] {
  const logits = window[of];
  return textTokens(window)
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, mostEnds);
}

function logSumExp(values: number[]): number {
  const maximum = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return maximum + Math.log(values.reduce((sum, value) => sum + Math.exp(value - maximum), 0));
}
