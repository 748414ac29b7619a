import type { GenerationResult } from '../../src/protocol/views';

/** What the view keeps of itself: which text and which step are looked at, and of what. */
export interface Place {
  of: string;
  chosen: number;
  step: number;
}

/** Where the view was in a result, if what was kept is of that; else its beginning. */
export function placeIn(kept: unknown, result: GenerationResult): Place {
  const of = JSON.stringify([result.model, result.beams, result.generated.map(({ text }) => text)]);
  const { of: before, chosen, step } = (kept ?? {}) as Partial<Place>;
  if (before !== of || typeof chosen !== 'number' || typeof step !== 'number')
    return { of, chosen: 0, step: 0 };
  return { of, chosen, step };
}
