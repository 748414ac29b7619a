import type { JudgedPattern } from '../../src/protocol/masking';

/** What a policy did over all epochs, by dynamic masking or by static. */
export interface MaskingStatistics {
  /** Share of the tokens that are masked. */
  masked: number;
  /** Of the masked ones; null where nothing is masked. */
  actions: { mask: number; random: number; keep: number } | null;
  /** Share of the tokens that were a target in one epoch at least. */
  everMasked: number;
  /** Mean loss over the masked tokens of all epochs; null where nothing is masked. */
  loss: number | null;
}

/** @param patterns one for each epoch. @param maskable how many tokens may be masked, which may be none. */
export function statisticsOf(patterns: readonly JudgedPattern[], maskable: number): MaskingStatistics {
  const all = patterns.flatMap(({ masked }) => masked);
  const share = (action: string): number => all.filter((each) => each.action === action).length / all.length;
  const summed = patterns.reduce((sum, { loss, masked }) => sum + (loss ?? 0) * masked.length, 0);
  return {
    masked: all.length / (Math.max(1, maskable) * patterns.length),
    actions: all.length > 0 ? { mask: share('mask'), random: share('random'), keep: share('keep') } : null,
    everMasked: new Set(all.map(({ position }) => position)).size / Math.max(1, maskable),
    loss: all.length > 0 ? summed / all.length : null,
  };
}

/** The share of tokens that `epochs` independent patterns are expected to make a target at least once. */
export function expectedEver(rate: number, epochs: number): number {
  return 1 - (1 - rate) ** epochs;
}
