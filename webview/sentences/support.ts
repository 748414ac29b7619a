import { scoreText } from '../../src/core/sentencesText';
import type { LabelScore, WatchedOutput } from '../../src/protocol/sentences';

/** By how much an output's logit falls without something: what that gives to it. */
export interface Support {
  logit: number;
  /** With its sign. */
  text: string;
  /** The output's probability, or its number, without it. */
  without: string;
  /** Underlined where it supports, dashed where it speaks against. */
  look: 'supports' | 'opposes';
  /** Share of the strongest support, for the colour. */
  part: string;
}

/** The support of several things for one output. */
export function supportsOf(whole: LabelScore, outputs: readonly WatchedOutput[]): Support[] {
  const logits = outputs.map(({ logit }) => whole.logit - logit);
  const strongest = Math.max(0, ...logits.map(Math.abs)) || 1;
  return logits.map((logit, index) => ({
    logit,
    text: `${logit > 0 ? '+' : ''}${logit.toFixed(3)}`,
    without: scoreText({ ...whole, ...outputs[index] }),
    look: logit >= 0 ? 'supports' : 'opposes',
    part: `${(Math.abs(logit) / strongest) * 45}%`,
  }));
}
