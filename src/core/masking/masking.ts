import type { EncodedToken } from '../../protocol/encoding';
import type { MaskingPolicy, MaskPattern } from '../../protocol/masking';
import type { Random } from './random';
import { entityUnits, tokenUnits, wordUnits, type MaskUnit, type RangesOfTexts } from './units';

/** Every policy, in the order in which they are shown. */
export const policies: readonly MaskingPolicy[] = ['token', 'word', 'span', 'entity'];

/** The longest n-gram, in words. */
const longestSpan = 3;

/** Of what is masked: shown as the mask token, as a random token, as it is (Devlin et al. 2019, section 3.1). */
export const shares = { mask: 0.8, random: 0.1, keep: 0.1 };

/** What masking needs to know of a vocabulary. */
export interface MaskVocabulary {
  maskId: number;
  /** Ids that a random token is drawn from: no special ones. */
  randomIds: readonly number[];
}

/** Sum of 1/n for n from 1 to the longest: the normaliser of the lengths. */
const harmonic = Array.from({ length: longestSpan }, (_, at) => 1 / (at + 1)).reduce(
  (all, each) => all + each,
);

/** The probability of an n-gram of each length, from 1: (1/n) / Σ(1/k) (Lan et al. 2020, "ALBERT", section 4.1). */
export const spanShares: readonly number[] = Array.from(
  { length: longestSpan },
  (_, at) => 1 / (at + 1) / harmonic,
);

const meanSpan = longestSpan / harmonic;

/**
 * The tokens that a policy masks as one.
 * @param entities asked for by the policy `entity` alone.
 */
export function unitsFor(
  policy: MaskingPolicy,
  tokens: readonly EncodedToken[],
  texts: readonly string[],
  entities: RangesOfTexts,
): MaskUnit[] {
  switch (policy) {
    case 'token':
      return tokenUnits(tokens);
    case 'word':
    case 'span':
      return wordUnits(tokens, texts);
    case 'entity':
      return entityUnits(tokens, texts, entities);
  }
}

/**
 * One masking pattern. Every unit is masked with probability `rate`; the policy `span` masks runs of words whose
 * lengths are by `spanShares`, cut at special tokens and where the text begins and ends. What a masked token is replaced
 * by is drawn for each on its own, by `shares`.
 * @param rate 0 to 1. @param units of the policy, by `unitsFor`.
 */
export function maskPattern(
  tokens: readonly EncodedToken[],
  { policy, rate, units }: { policy: MaskingPolicy; rate: number; units: readonly MaskUnit[] },
  { maskId, randomIds }: MaskVocabulary,
  random: Random,
): MaskPattern {
  const chosen =
    policy === 'span' ? spansOf(units, rate, random) : units.filter(() => random.fraction() < rate);
  const masked = chosen.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, at) => {
      const [position, drawn] = [start + at, random.fraction()];
      const original = tokens[position]!.id;
      if (drawn < shares.mask) return { position, action: 'mask' as const, id: maskId };
      if (drawn < shares.mask + shares.keep) return { position, action: 'keep' as const, id: original };
      return {
        position,
        action: 'random' as const,
        id: randomIds[random.below(randomIds.length)] ?? original,
      };
    }),
  );
  return { masked, spans: chosen.map(({ start, end }) => ({ start, end })) };
}

/** The model's labels for a pattern: the original id where something is masked, -100 elsewhere. */
export function labelsOf(tokens: readonly EncodedToken[], { masked }: MaskPattern): number[] {
  const labels = tokens.map(() => ignored);
  for (const { position } of masked) labels[position] = tokens[position]!.id;
  return labels;
}

/** The token ids that a model reads under a pattern. */
export function inputIdsOf(tokens: readonly EncodedToken[], { masked }: MaskPattern): number[] {
  const ids = tokens.map(({ id }) => id);
  for (const { position, id } of masked) ids[position] = id;
  return ids;
}

/** The label of what is no target, as PyTorch's cross-entropy leaves it out. */
const ignored = -100;

/**
 * Runs of units as an endless text would have them, seen through a window: a word that no run covers begins one with
 * the probability that makes `rate` of all words covered, and the first word lies inside of a run with probability
 * `rate`. Runs that lie over a given word are longer than others: of lengths by n·p(n), which is the same for all n.
 */
function spansOf(units: readonly MaskUnit[], rate: number, random: Random): MaskUnit[] {
  const spans: MaskUnit[] = [];
  const begins = rate / (meanSpan * (1 - rate) + rate);
  let at = 0;
  const take = (length: number): void => {
    const first = at;
    at = Math.min(at + length, units.length);
    for (const unit of units.slice(first, at)) {
      const last = spans.at(-1);
      // A run ends before a special token, too.
      if (last && unit !== units[first] && last.end === unit.start) last.end = unit.end;
      else spans.push({ ...unit });
    }
  };
  if (random.fraction() < rate) take(1 + random.below(1 + random.below(longestSpan)));
  else at = 1;
  while (at < units.length) {
    if (random.fraction() < begins) take(spanLength(random));
    else at++;
  }
  return spans;
}

function spanLength(random: Random): number {
  let left = random.fraction();
  for (const [at, share] of spanShares.entries()) {
    left -= share;
    if (left < 0) return at + 1;
  }
  return longestSpan;
}
