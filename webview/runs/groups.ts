import type { ShownRun } from '../../src/protocol/views';
import type { Curve } from './charts';
import { patternOf, type Place } from './place';

/** A run, and its index among all that are open. */
export interface IndexedRun {
  run: ShownRun;
  index: number;
}

/** Runs of one experiment. */
export interface Group {
  name: string;
  /** Indices among all runs that are open. */
  members: number[];
}

/** Settings that differ between runs that differ in nothing but their seed: the seeds, and where and when they ran. */
const ofSeed =
  /seed|^(.*[/.])?((output|logging|log|run|save|cache|checkpoint)_(dir|path|file)|run_(name|id)|experiment_name|hub_model_id|host(name)?|time(stamp)?|date|uuid|id)$/i;
const seedInName = /[-_.]?(seed|rng)[-_=.]?\d+/gi;

/** The groups of two and more runs, by what a person chose. */
export function groupsOf(runs: IndexedRun[], { mean, meanPattern }: Place): Group[] {
  if (mean === 'none') return [];
  const pattern = mean === 'name' && meanPattern !== '' ? patternOf(meanPattern) : null;
  const groups = new Map<string, Group>();
  for (const { run, index } of runs) {
    const [key, name] = mean === 'seed' ? seedKeyOf(run) : nameKeyOf(run, pattern);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.members.push(index);
    else groups.set(key, { name, members: [index] });
  }
  return [...groups.values()].filter(({ members }) => members.length > 1);
}

/** What two runs share that differ in their seed only; null for a run that tells no seed. */
function seedKeyOf(run: ShownRun): [key: string | null, name: string] {
  const settings = Object.entries(run.hyperparameters);
  const name = run.name.replace(seedInName, '');
  const hasSeed = settings.some(([setting]) => /seed/i.test(setting));
  if (!hasSeed && name === run.name) return [null, name];
  const others = settings.filter(([setting]) => !ofSeed.test(setting)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [JSON.stringify([run.format, others, hasSeed ? '' : name]), name];
}

/** What is left of the name without what matches. */
function nameKeyOf(run: ShownRun, pattern: RegExp | null): [key: string | null, name: string] {
  const rest = pattern && run.name.replace(pattern, '');
  return [rest === run.name ? null : rest, rest ?? ''];
}

interface Statistics {
  x: Float64Array;
  mean: Float64Array;
  deviation: Float64Array;
}

/**
 * Mean and sample standard deviation (over n - 1) at each x at which two or more curves have a finite point; nothing is
 * interpolated (Welford 1962, "Note on a method for calculating corrected sums of squares and products").
 */
function statisticsOf(curves: { x: Float64Array; values: Float64Array }[]): Statistics {
  const sums = new Map<number, { count: number; mean: number; squares: number }>();
  for (const { x, values } of curves) {
    // Of several points at one x, the last: each curve counts once.
    const own = new Map<number, number>();
    x.forEach((place, index) => {
      if (Number.isFinite(values[index])) own.set(place, values[index]!);
    });
    for (const [place, value] of own) {
      let sum = sums.get(place);
      if (!sum) sums.set(place, (sum = { count: 0, mean: 0, squares: 0 }));
      const delta = value - sum.mean;
      sum.mean += delta / ++sum.count;
      sum.squares += delta * (value - sum.mean);
    }
  }
  const shared = [...sums].filter(([, { count }]) => count > 1).sort(([a], [b]) => a - b);
  return {
    x: Float64Array.from(shared, ([place]) => place),
    mean: Float64Array.from(shared, ([, { mean }]) => mean),
    deviation: Float64Array.from(shared, ([, { count, squares }]) => Math.sqrt(squares / (count - 1))),
  };
}

/** The mean of curves of one metric over the runs of a group; its deviation is that of the curves as they are smoothed. */
export function meanOf(curves: Curve[], label: string): Curve {
  const [first] = curves as [Curve, ...Curve[]];
  const raw = statisticsOf(curves.map(({ x, raw }) => ({ x, values: raw })));
  const isSmoothed = curves.every(({ smoothed }) => smoothed !== null);
  const smoothed = isSmoothed
    ? statisticsOf(curves.map(({ x, smoothed }) => ({ x, values: smoothed! })))
    : null;
  return {
    ...first,
    key: `mean ${label}`,
    label,
    x: raw.x,
    raw: raw.mean,
    smoothed: smoothed?.mean ?? null,
    deviation: (smoothed ?? raw).deviation,
    notFinite: Float64Array.from(curves.flatMap(({ notFinite }) => [...notFinite])).sort(),
  };
}
