import * as l10n from '@vscode/l10n';
import { field } from '../../src/core/csv';
import {
  metricOf,
  placeOfStep,
  restartsOf,
  smooth,
  xOf,
  type Split,
  type XAxis,
} from '../../src/core/curves';
import type { RunNotice } from '../../src/core/runNotices';
import type { Series } from '../../src/protocol/runs';
import type { ShownRun } from '../../src/protocol/views';
import { groupsOf, meanOf, type IndexedRun } from './groups';
import type { Place } from './place';

/** A curve of a chart: a part of a series between two restarts as it was written and smoothed, or a mean of such. */
export interface Curve {
  /** Names the curve among all others, also after a reload. */
  key: string;
  label: string;
  tag: string;
  /** The part of a series that it draws: of the tag, and between which restarts. */
  part: string;
  /** Index of the run among all that are open, of a mean of the first: it gives the colour. */
  run: number;
  split: Split;
  /** Finite and ascending. */
  x: Float64Array;
  raw: Float64Array;
  smoothed: Float64Array | null;
  /** Of a mean over runs, their standard deviation at each point. */
  deviation: Float64Array | null;
  /** The x of the points that are no finite number, ascending. */
  notFinite: Float64Array;
}

export interface ChartData {
  metric: string;
  curves: Curve[];
  /** Series that have no place on the x axis, since their log does not tell it. */
  without: number;
}

/** Metrics that say how fast a trainer ran, or count: below the others. */
const aside = /runtime|per_second|samples$|^epoch$|flos|tokens_seen/;

/** The order of metrics: loss, what is measured, what is set, what is counted. */
export function rank(metric: string): number {
  return metric === 'loss' ? 0 : aside.test(metric) ? 3 : /learning_rate|^lr|grad_norm/.test(metric) ? 2 : 1;
}

/** Names a run among all that are open, also after a reload. */
export function keyOf(run: ShownRun): string {
  return `${run.format} ${run.path}`;
}

function curveKey(run: ShownRun, tag: string, part: number): string {
  return [keyOf(run), tag, part].join('\n');
}

/** One chart for each metric, train and validation together; the loss first. Single values are in the table. */
export function chartsOf(runs: IndexedRun[], place: Place): ChartData[] {
  const groups = groupsOf(runs, place);
  const charts = new Map<string, ChartData>();
  for (const indexed of runs)
    for (const series of indexed.run.series) {
      if (series.steps.length < 2) continue;
      const { metric } = metricOf(series.tag);
      let chart = charts.get(metric);
      if (!chart) charts.set(metric, (chart = { metric, curves: [], without: 0 }));
      const x = xOf(indexed.run, series, place.x);
      if (!x) chart.without++;
      else chart.curves.push(...curvesOf(indexed, series, x, place.smoothing, runs.length > 1));
    }
  for (const chart of charts.values())
    for (const { name, members } of groups) {
      const parts = new Map<string, Curve[]>();
      for (const curve of chart.curves.filter(({ run }) => members.includes(run)))
        parts.set(curve.part, [...(parts.get(curve.part) ?? []), curve]);
      const means = [...parts.values()].flatMap((same) => {
        if (same.length < 2) return same;
        const mean = meanOf(same, l10n.t('{0}, mean of {1} runs', `${name}: ${same[0]!.tag}`, same.length));
        // Runs by the clock have no x in common: they stay as they are.
        return mean.x.length > 0 ? [mean] : same;
      });
      chart.curves = [...chart.curves.filter(({ run }) => !members.includes(run)), ...means];
    }
  return [...charts.values()].sort(
    (a, b) => rank(a.metric) - rank(b.metric) || a.metric.localeCompare(b.metric),
  );
}

/** The parts of a series between its restarts. */
function curvesOf(
  { run, index }: IndexedRun,
  series: Series,
  x: Float64Array,
  smoothing: number,
  isOneOfMany: boolean,
): Curve[] {
  const bounds = [0, ...restartsOf(series), series.steps.length];
  const name = isOneOfMany ? `${run.name}: ${series.tag}` : series.tag;
  return bounds.slice(1).map((to, number): Curve => {
    const from = bounds[number]!;
    const logged = series.values.subarray(from, to);
    const order = orderOf(x.subarray(from, to));
    const inOrder = (values: Float64Array): Float64Array =>
      order ? Float64Array.from(order, (at) => values[at]!) : values;
    const [places, raw] = [inOrder(x.subarray(from, to)), inOrder(logged)];
    return {
      key: curveKey(run, series.tag, number),
      label: bounds.length > 2 ? `${name} (${number + 1})` : name,
      tag: series.tag,
      part: `${series.tag} ${number}`,
      run: index,
      split: metricOf(series.tag).split,
      x: places,
      notFinite: places.filter((_, at) => !Number.isFinite(raw[at])).sort(),
      raw,
      // As they were logged, also where the clock went back.
      smoothed: smoothing > 0 ? inOrder(smooth(logged, smoothing)) : null,
      deviation: null,
    };
  });
}

/**
 * The indices of finite places from left to right, those at one place as they were logged; null when all stand so. A log
 * may lack the clock of a point, and a clock may be set back.
 */
function orderOf(places: Float64Array): Uint32Array | null {
  const isInOrder = places.every(
    (place, index) => Number.isFinite(place) && (index === 0 || place >= places[index - 1]!),
  );
  if (isInOrder) return null;
  const finite = Uint32Array.from(places.keys()).filter((index) => Number.isFinite(places[index]));
  return finite.sort((a, b) => places[a]! - places[b]! || a - b);
}

/** A step worth to know, in a chart. */
export interface Mark {
  run: number;
  kind: 'best' | 'overfit' | 'restart';
  /** On the x axis. */
  place: number;
}

/** The marks on the chart of a metric: all on that of the loss, and the best on that of the metric that it goes by. */
export function marksOf(
  told: { run: ShownRun; index: number; notices: RunNotice[] }[],
  metric: string,
  axis: XAxis,
): Mark[] {
  return told.flatMap(({ run, index, notices }) =>
    notices.flatMap((notice): Mark[] => {
      if (notice.kind !== 'best' && notice.kind !== 'overfit' && notice.kind !== 'restart') return [];
      const isHere = notice.kind === 'best' && notice.tag !== null && metricOf(notice.tag).metric === metric;
      const place = isHere || metric === 'loss' ? placeOfStep(run, notice.step, axis) : null;
      return place === null ? [] : [{ run: index, kind: notice.kind, place }];
    }),
  );
}

/** The points of runs as a table in parts: a row for each, with all the digits there are. @param hidden keys of curves. */
export function* csvOf(runs: ShownRun[], hidden: string[]): Generator<string> {
  yield 'run,tag,step,wall_time,value\n';
  for (const run of runs)
    for (const series of run.series) {
      const { tag, steps, values, wallTimes } = series;
      if ([0, ...restartsOf(series)].every((_, part) => hidden.includes(curveKey(run, tag, part)))) continue;
      const start = `${field(run.name)},${field(tag)}`;
      for (let from = 0; from < steps.length; from += 10_000)
        yield Array.from(steps.subarray(from, from + 10_000), (step, at) => {
          const index = from + at;
          return `${start},${step},${wallTimes[index] ?? ''},${values[index]}\n`;
        }).join('');
    }
}
