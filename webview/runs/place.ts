import type { XAxis } from '../../src/core/curves';
import type { BestChoice } from '../../src/core/runNotices';
import type { Range } from './range';

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
  /** The part of the x axis on show, in all charts; null: all of it. */
  zoom: Range | null;
  /** The x whose values stay in the legends; null: that under the pointer. */
  pin: number | null;
  /** The keys of curves that the legend hides. */
  hidden: string[];
  /** Colours that a person gave to runs, by their keys. */
  colours: Record<string, string>;
  /** What the best checkpoint goes by; null: what the log says. */
  best: BestChoice | null;
  /** Runs drawn as one, by their mean: none, those that differ in seed only, those alike but for a part of their name. */
  mean: 'none' | 'seed' | 'name';
  /** A regular expression: the part of a name that does not count. */
  meanPattern: string;
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
  zoom: null,
  pin: null,
  hidden: [],
  colours: {},
  best: null,
  mean: 'none',
  meanPattern: '[-_.]?\\d+$',
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
    zoom: typeof place.zoom?.min === 'number' && place.zoom.max > place.zoom.min ? place.zoom : null,
    pin: typeof place.pin === 'number' ? place.pin : null,
    hidden: Array.isArray(place.hidden) ? place.hidden : [],
    colours: typeof place.colours === 'object' && place.colours !== null ? place.colours : {},
    best: typeof place.best?.metric === 'string' ? place.best : null,
    mean: (['seed', 'name'] as const).find((mean) => mean === place.mean) ?? 'none',
    meanPattern: typeof place.meanPattern === 'string' ? place.meanPattern : start.meanPattern,
    sort: typeof place.sort?.column === 'string' ? place.sort : null,
  };
}

/** A pattern that a person is still typing may be none yet: null. */
export function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text, 'i');
  } catch {
    return null;
  }
}
