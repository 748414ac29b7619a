import { metricOf, restartsOf, smooth, xOf, type Split } from '../../src/core/curves';
import type { ShownRun } from '../../src/protocol/views';
import type { Place } from './place';

/** A curve of a chart: a part of a series between two restarts, as it was written and smoothed. */
export interface Curve {
  label: string;
  /** Index of the run among all that are open: its colour stays when others are hidden. */
  run: number;
  split: Split;
  x: Float64Array;
  raw: Float64Array;
  smoothed: Float64Array | null;
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

function rank(metric: string): number {
  return metric === 'loss' ? 0 : aside.test(metric) ? 3 : /learning_rate|^lr|grad_norm/.test(metric) ? 2 : 1;
}

/** One chart for each metric, train and validation together; the loss first. Single values are in the table. */
export function chartsOf(runs: { run: ShownRun; index: number }[], { x, smoothing }: Place): ChartData[] {
  const charts = new Map<string, ChartData>();
  for (const { run, index } of runs) {
    for (const series of run.series) {
      if (series.steps.length < 2) continue;
      const { metric, split } = metricOf(series.tag);
      let chart = charts.get(metric);
      if (!chart) charts.set(metric, (chart = { metric, curves: [], without: 0 }));
      const places = xOf(run, series, x);
      if (!places) {
        chart.without++;
        continue;
      }
      const bounds = [0, ...restartsOf(series), series.steps.length];
      bounds.slice(1).forEach((end, part) => {
        const [from, to] = [bounds[part]!, end];
        const raw = series.values.subarray(from, to);
        const name = runs.length > 1 ? `${run.name}: ${series.tag}` : series.tag;
        chart.curves.push({
          label: bounds.length > 2 ? `${name} (${part + 1})` : name,
          run: index,
          split,
          x: places.subarray(from, to),
          notFinite: places
            .subarray(from, to)
            .filter((_, at) => !Number.isFinite(raw[at]))
            .sort(),
          raw,
          smoothed: smoothing > 0 ? smooth(raw, smoothing) : null,
        });
      });
    }
  }
  return [...charts.values()].sort(
    (a, b) => rank(a.metric) - rank(b.metric) || a.metric.localeCompare(b.metric),
  );
}

/** All series of the runs as one table: a row for each point, with all the digits there are. */
export function csvOf(runs: ShownRun[]): string {
  const quote = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = ['run,tag,step,wall_time,value'];
  for (const run of runs)
    for (const { tag, steps, values, wallTimes } of run.series)
      steps.forEach((step, index) => {
        lines.push([quote(run.name), quote(tag), step, wallTimes[index] ?? '', values[index]].join(','));
      });
  return `${lines.join('\n')}\n`;
}
