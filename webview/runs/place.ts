import type { XAxis } from '../../src/core/curves';

/** What a person chose in the view; kept while it is hidden and over a reload. */
export interface Place {
  /** What was opened, for the host. */
  paths: string[];
  /** Runs whose checkbox is off; null before a person chose. */
  off: string[] | null;
  filter: string;
  x: XAxis;
  logX: boolean;
  logY: boolean;
  /** Weight of what came before, 0 to 0.99. */
  smoothing: number;
  /** The column that sorts the table of runs, and whether downwards. */
  sort: { column: string; down: boolean } | null;
}

const start: Place = {
  paths: [],
  off: null,
  filter: '',
  x: 'step',
  logX: false,
  logY: false,
  smoothing: 0,
  sort: null,
};

/** A place from what was kept, whatever that is: an older version of the view may have kept something else. */
export function placeFrom(kept: unknown): Place {
  const place = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Place>;
  return {
    ...start,
    off: Array.isArray(place.off) ? place.off : null,
    filter: typeof place.filter === 'string' ? place.filter : '',
    x: (['step', 'epoch', 'wall', 'relative'] as const).find((axis) => axis === place.x) ?? 'step',
    logX: place.logX === true,
    logY: place.logY === true,
    smoothing: typeof place.smoothing === 'number' ? Math.min(0.99, Math.max(0, place.smoothing)) : 0,
    sort: typeof place.sort?.column === 'string' ? place.sort : null,
  };
}
