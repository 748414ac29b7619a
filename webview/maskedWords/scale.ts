import type { MaskPredictions } from '../../src/protocol/inspections';

/** The ends of the scale that bars may have. */
const ends = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** The end of one scale for all bars of a view: the smallest round probability that none exceeds. */
export function scaleOf(masks: MaskPredictions[]): number {
  const highest = Math.max(0, ...masks.map(({ predictions }) => predictions[0]?.probability ?? 0));
  return ends.find((end) => highest <= end) ?? 1;
}
