import type { Choice } from './blocks';

/** Where a person was in the view; kept while it is hidden and over a reload. */
export interface Place {
  choice: Choice | null;
  fold: boolean;
  /** The list of all tensors is open. */
  listed: boolean;
}

const start: Place = { choice: null, fold: true, listed: false };

/** A place from what was kept, whatever that is: an older version of the view may have kept something else. */
export function placeFrom(kept: unknown): Place {
  const { choice, fold, listed } = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Place>;
  return {
    choice: isChoice(choice) ? choice : start.choice,
    fold: typeof fold === 'boolean' ? fold : start.fold,
    listed: typeof listed === 'boolean' ? listed : start.listed,
  };
}

function isChoice(value: unknown): value is Choice {
  const { role, shownLayer } = (value ?? {}) as Partial<Choice>;
  return typeof role === 'string' && Number.isInteger(shownLayer);
}
