import type { EncodedToken } from '../protocol/encoding';

/** One token that a model is asked for, with what is hidden from it. */
export interface MaskedTarget {
  target: number;
  /** Indices that are masked, the target among them. */
  hidden: number[];
  /** Whether later pieces of the target's word are hidden, too. */
  wordwise: boolean;
}

/** Whether a token stands in the text for something that a model can be asked for. */
export function isScored(token: EncodedToken): boolean {
  return !token.special && !token.mask;
}

/**
 * What to hide for each token's pseudo-log-likelihood. First only the token (Salazar et al. 2020, "Masked Language
 * Model Scoring", eq. 1). Pieces that are no last of their word come a second time, with the later pieces of the word
 * hidden as well (Kauf and Ivanova 2023, "A Better Way to Do Masked Language Model Scoring", PLL-word-l2r): what
 * follows in a word gives its beginning away.
 */
export function maskPlan(tokens: readonly EncodedToken[]): MaskedTarget[] {
  const plan: MaskedTarget[] = [];
  tokens.forEach((token, target) => {
    if (!isScored(token)) return;
    const hidden = [target];
    for (let next = target + 1; isSameWord(token, tokens[next]); next++) hidden.push(next);
    plan.push({ target, hidden: [target], wordwise: false });
    if (hidden.length > 1) plan.push({ target, hidden, wordwise: true });
  });
  return plan;
}

/** Whether two neighbours are pieces of one word. */
export function isSameWord(one: EncodedToken, other: EncodedToken | undefined): boolean {
  return (
    other !== undefined &&
    isScored(other) &&
    other.word !== null &&
    other.word === one.word &&
    other.sequence === one.sequence
  );
}
