/** How many steps of surprise a picture tells apart. */
export const surpriseLevels = 4;

/** Bits of surprise at which the levels 1 to 4 begin: probabilities of a half, 1/16, 1/256 and 1/4096. */
const thresholds = [1, 4, 8, 12];

/** Surprise in bits (Shannon 1948, "self-information") of a natural logarithm of a probability. */
export function surpriseOf(logProbability: number): number {
  return Math.max(0, -logProbability / Math.LN2);
}

/** The level of a surprise in bits: 0 for what was expected to 4. */
export function surpriseLevel(bits: number): number {
  return thresholds.filter((least) => bits >= least).length;
}
