import type { Run, Series } from '../protocol/runs';
import { lowerBound } from './decimate';

export type Split = 'train' | 'validation' | 'test';

/** What a tag measures, and on which part of the data. */
export interface Metric {
  metric: string;
  split: Split;
}

const splits: [RegExp, Split][] = [
  [/^(eval|val|valid|validation|dev)[/_]/i, 'validation'],
  [/^(test|predict)[/_]/i, 'test'],
  [/^(train|training)[/_]/i, 'train'],
];

/** Takes a tag apart, as trainers write them: `eval_loss`, `train/loss`, `validation/epoch_loss`, `val_accuracy`. */
export function metricOf(tag: string): Metric {
  for (const [pattern, split] of splits)
    if (pattern.test(tag)) return { metric: plain(tag.replace(pattern, '')), split };
  return { metric: plain(tag), split: 'train' };
}

/** Keras says in the name what the steps are; some write the loss with a capital. */
function plain(metric: string): string {
  const name = metric.replace(/^epoch_(?=.)/, '');
  return /^loss$/i.test(name) ? 'loss' : name;
}

/**
 * The exponential moving average of all points, without the bias of its start towards 0 (Kingma and Ba 2015, "Adam",
 * section 3). What is not finite is left out and stays as it is. @param weight of what came before, from 0 up to 1.
 */
export function smooth(values: Float64Array, weight: number): Float64Array {
  if (weight <= 0) return values;
  const smoothed = new Float64Array(values.length);
  let [average, rest] = [0, 1];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value)) {
      smoothed[index] = value;
      continue;
    }
    average = average * weight + value * (1 - weight);
    rest *= weight;
    smoothed[index] = average / (1 - rest);
  }
  return smoothed;
}

/** The share of repeated steps up to which they are restarts; loggers that write several points a step repeat most. */
const repeatShare = 0.1;

/**
 * Where a run was taken up from a checkpoint: the first index of each part after the first. That is where a series goes
 * back to an earlier step, and where it repeats the step before with another value. The same value again is no restart
 * (the Trainer writes the epoch with the loss and with the evaluation of a step); nor are repeats that are the rule, as
 * with many rows an epoch or a metric that is logged without steps.
 */
export function restartsOf({ steps, values }: Series): number[] {
  const restarts: number[] = [];
  const repeats = new Set<number>();
  for (let index = 1; index < steps.length; index++) {
    if (steps[index]! > steps[index - 1]!) continue;
    const isRepeat = steps[index] === steps[index - 1];
    if (isRepeat && Object.is(values[index], values[index - 1])) continue;
    if (isRepeat) repeats.add(index);
    restarts.push(index);
  }
  const areRestarts = repeats.size <= Math.max(1, steps.length * repeatShare);
  return areRestarts ? restarts : restarts.filter((index) => !repeats.has(index));
}

export type XAxis = 'step' | 'epoch' | 'wall' | 'relative';

/** The x of each point of a series; null when the log does not tell. Epochs between two logged ones lie evenly. */
export function xOf(run: Run, series: Series, axis: XAxis): Float64Array | null {
  if (axis === 'step') return series.steps;
  if (axis === 'epoch') return epochsOf(run, series);
  if (series.wallTimes.length === 0) return null;
  if (axis === 'wall') return series.wallTimes;
  const start = run.series.reduce(
    (first, { wallTimes }) => Math.min(first, wallTimes[0] ?? Infinity),
    Infinity,
  );
  return series.wallTimes.map((time) => time - start);
}

function epochsOf(run: Run, series: Series): Float64Array | null {
  const known = run.series.find(({ tag }) => metricOf(tag).metric === 'epoch');
  if (!known) return null;
  const { steps, values } = known;
  let at = 0;
  return series.steps.map((step) => {
    if (at > 0 && steps[at - 1]! > step) at = 0;
    while (at < steps.length - 1 && steps[at]! < step) at++;
    if (steps[at] === step || at === 0) return values[at]!;
    const part = (step - steps[at - 1]!) / (steps[at]! - steps[at - 1]!);
    return values[at - 1]! + (values[at]! - values[at - 1]!) * Math.min(1, part);
  });
}

/**
 * The places to draw of ascending ones from `least` to `most`: the first, and then each time the first that is not too
 * near. Takes a search for each place that is drawn, and not a look at each that is there.
 * @param far the least place that is far enough from another to be seen beside it.
 */
export function placesToDraw(
  ascending: Float64Array,
  least: number,
  most: number,
  far: (place: number) => number,
): number[] {
  const drawn: number[] = [];
  let index = lowerBound(ascending, least);
  while (index < ascending.length && ascending[index]! <= most) {
    drawn.push(ascending[index]!);
    index = Math.max(index + 1, lowerBound(ascending, far(ascending[index]!)));
  }
  return drawn;
}

/** Whether less of a metric is better, by its name. */
export function lessIsBetter(metric: string): boolean {
  return /loss|error|perplexity|ppl|\bwer\b|\bcer\b|\bmse\b|\bmae\b|rmse|nll/i.test(metric);
}

/** The best finite point of a series; null without one. @param less whether less is better; by the name of the metric. */
export function bestOf(
  { tag, steps, values }: Series,
  less = lessIsBetter(metricOf(tag).metric),
): { step: number; value: number } | null {
  const sign = less ? 1 : -1;
  let best = -1;
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index]!)) continue;
    if (best < 0 || sign * values[index]! < sign * values[best]!) best = index;
  }
  return best < 0 ? null : { step: steps[best]!, value: values[best]! };
}

/** Where a step of a run lies on an axis, by a series that has a point there; null when none tells. */
export function placeOfStep(run: Run, step: number, axis: XAxis): number | null {
  if (axis === 'step') return step;
  for (const series of run.series) {
    // After a restart the same step comes again: what is marked is of the latest part.
    const index = series.steps.lastIndexOf(step);
    const place = index < 0 ? undefined : xOf(run, series, axis)?.[index];
    if (place !== undefined && Number.isFinite(place)) return place;
  }
  return null;
}

/** A number with as few digits as tell it: of one that was stored as float32 those that tell it among float32. */
export function exactDigits(value: number): string {
  if (Number.isFinite(value) && Math.fround(value) === value)
    for (let digits = 1; digits <= 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return String(short);
    }
  return String(value);
}
