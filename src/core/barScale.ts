/** The ends that a scale of probabilities may have. */
const ends = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** The end of one scale for all bars of a picture: the smallest round probability that none exceeds. */
export function barScale(probabilities: number[]): number {
  const highest = Math.max(0, ...probabilities);
  return ends.find((end) => highest <= end) ?? 1;
}
