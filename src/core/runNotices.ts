import type { Run, RunBest, Series } from '../protocol/runs';
import { bestOf, metricOf, restartsOf, type Metric } from './curves';

/** Something to know about a run, with what it rests on. */
export type RunNotice =
  | ({ kind: 'best' } & RunBest)
  | { kind: 'overfit'; tag: string; step: number; least: number; last: number }
  | { kind: 'notFinite'; tag: string; step: number; count: number }
  | { kind: 'spike'; tag: string; step: number; value: number; usual: number }
  | { kind: 'restart'; step: number; from: number }
  | { kind: 'stopped'; step: number; planned: number };

/** The metric by which a person wants the best checkpoint to be found. */
export interface BestChoice extends Metric {
  less: boolean;
}

/** The series of a run that a choice of a metric means; undefined without one. */
function chosenSeries(run: Run, { metric, split }: Metric): Series | undefined {
  return run.series.find(({ tag }) => {
    const own = metricOf(tag);
    return own.metric === metric && own.split === split;
  });
}

/** The best checkpoint of a run, by what is known of it; null when nothing tells. */
export function bestOfRun(run: Run, choice: BestChoice | null): RunBest | null {
  const chosen = choice && chosenSeries(run, choice);
  if (run.best && !chosen) return { by: 'trainer', tag: trainersTag(run), ...run.best, less: true };
  const validated = run.series.filter(
    ({ tag, steps }) => metricOf(tag).split === 'validation' && steps.length > 1,
  );
  const measured = chosen ?? validated.find(({ tag }) => metricOf(tag).metric === 'loss');
  if (!measured) return null;
  const less = chosen ? choice!.less : true;
  const best = bestOf(measured, less);
  return best && { by: chosen ? 'choice' : 'validation', tag: measured.tag, ...best, less };
}

/** The Trainer writes down the best value and not of which metric: the one that has it there. */
function trainersTag({ series, best }: Run): string | null {
  const has = ({ tag, steps, values }: Series): boolean =>
    metricOf(tag).split !== 'train' &&
    steps.some((step, index) => step === best!.step && values[index] === best!.value);
  const found = series.filter(has);
  return found.length === 1 ? found[0]!.tag : null;
}

/** How much validation has to rise above its least value to say that it turned: noise rises, too. */
const turnRatio = 1.05;
/**
 * Points before a spike that say what is usual, how many times as far from it a spike is, and how much of all that the
 * loss ever went through: the last digit of a small rounded loss jumps, too.
 */
const spike = { points: 20, deviations: 12, ratio: 2, share: 0.02 };
/** Milliseconds without a word after which a run that has not come to its end has stopped. */
const silence = 10 * 60_000;

/** What a run's curves tell. @param now milliseconds since 1970. @param choice what best goes by; null: what the log says. */
export function noticesOf(run: Run, now: number, choice: BestChoice | null = null): RunNotice[] {
  const notices: RunNotice[] = [];
  const losses = run.series.filter(({ tag, steps }) => metricOf(tag).metric === 'loss' && steps.length > 1);
  const training = losses.find(({ tag }) => metricOf(tag).split === 'train');
  const validation = losses.find(({ tag }) => metricOf(tag).split === 'validation');
  const best = bestOfRun(run, choice);
  if (best) notices.push({ kind: 'best', ...best });
  if (training && validation) notices.push(...overfitting(training, validation));
  for (const { tag, steps, values } of run.series) {
    let [count, first] = [0, -1];
    values.forEach((value, index) => {
      if (Number.isFinite(value)) return;
      if (count++ === 0) first = steps[index]!;
    });
    if (count > 0) notices.push({ kind: 'notFinite', tag, step: first, count });
  }
  if (training) {
    notices.push(...spikes(training));
    const { steps } = training;
    for (const index of restartsOf(training))
      notices.push({ kind: 'restart', step: steps[index]!, from: steps[index - 1]! });
  }
  const planned = run.hyperparameters.max_steps;
  const last = run.series.reduce((most, { steps }) => Math.max(most, steps.at(-1) ?? 0), 0);
  if (typeof planned === 'number' && planned > last && last > 0 && now - run.modified > silence)
    notices.push({ kind: 'stopped', step: last, planned });
  return notices;
}

/** Validation that ends well above its least value, while training ends below what it was there. */
function overfitting(training: Series, validation: Series): RunNotice[] {
  const best = bestOf(validation);
  const last = validation.values.at(-1)!;
  if (!best || !(last > best.value * turnRatio)) return [];
  const after = validation.steps.findIndex((step) => step > best.step);
  // One bad evaluation at the end is no turn.
  if (after < 0 || validation.steps.length - after < 2) return [];
  const then = meanAround(training, best.step);
  const now = meanAround(training, training.steps.at(-1)!);
  if (!(now < then)) return [];
  return [{ kind: 'overfit', tag: validation.tag, step: best.step, least: best.value, last }];
}

/** The mean of the last five finite points up to a step. */
function meanAround({ steps, values }: Series, step: number): number {
  let [sum, count] = [0, 0];
  for (let index = values.length - 1; index >= 0 && count < 5; index--) {
    if (steps[index]! > step || !Number.isFinite(values[index]!)) continue;
    sum += values[index]!;
    count++;
  }
  return sum / count;
}

/** The worst point that is far above the median of those before it, by their median absolute deviation. */
function spikes({ tag, steps, values }: Series): RunNotice[] {
  let worst: Extract<RunNotice, { kind: 'spike' }> | null = null;
  const [least, most] = values.reduce<[number, number]>(
    ([low, high], value) =>
      Number.isFinite(value) ? [Math.min(low, value), Math.max(high, value)] : [low, high],
    [Infinity, -Infinity],
  );
  for (let index = spike.points; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value) || value <= values[index - 1]! * 1.5) continue;
    const before = values.subarray(index - spike.points, index).filter(Number.isFinite);
    const usual = median(before);
    const deviation = median(before.map((each) => Math.abs(each - usual)));
    if (value < usual * spike.ratio || value - usual < deviation * spike.deviations) continue;
    if (value - usual < (most - least) * spike.share) continue;
    if (!worst || value / usual > worst.value / worst.usual)
      worst = { kind: 'spike', tag, step: steps[index]!, value, usual };
  }
  return worst ? [worst] : [];
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
