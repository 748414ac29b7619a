import './runs.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { XAxis } from '../../src/core/curves';
import { noticesOf } from '../../src/core/runNotices';
import type { RunsViewRequests, ShownRun, ShownRuns } from '../../src/protocol/views';
import type { ViewProps } from '../shared/startView';
import { useTheme } from '../shared/theme';
import { Button } from '../shared/ui';
import { Chart, LeftOut } from './Chart';
import { chartsOf, csvOf, keyOf, marksOf, rank, type ChartData } from './charts';
import { paletteOf } from './colours';
import { Controls } from './Controls';
import { Extras } from './Extras';
import { Fold } from './Fold';
import { noticeText } from './notices';
import { patternOf, placeFrom, type Place } from './place';
import { markdownOf } from './runColumns';
import { RunTable } from './RunTable';

/** Training runs: what they tell, their curves, and a table of all that is known of them. */
export function RunsView({ content, host }: ViewProps<ShownRuns, RunsViewRequests>): JSX.Element {
  const [place, setPlace] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setPlace((before) => ({ ...before, ...changes }));
  const { runs, problems, paths } = content.result;
  useEffect(() => host.keepPlace({ ...place, paths }), [place, paths]);

  // A run that stops writing brings no news: only the clock tells.
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  const theme = useTheme();
  const colours = useMemo(() => {
    const palette = paletteOf(theme);
    return runs.map((run, index) => place.colours[keyOf(run)] ?? palette[index % palette.length]!);
  }, [runs, theme, place.colours]);
  const off = place.off ?? twinsOf(runs, place.x);
  const filter = useMemo(() => patternOf(place.filter), [place.filter]);
  const isShown = (run: ShownRun): boolean => !off.includes(keyOf(run));
  const matching = useMemo(
    () => runs.map((run, index) => ({ run, index })).filter(({ run }) => filter?.test(run.name) ?? true),
    [runs, filter],
  );
  const shown = useMemo(() => matching.filter(({ run }) => isShown(run)), [matching, place.off, place.x]);
  const charts = useMemo(
    () => chartsOf(shown, place),
    [shown, place.x, place.smoothing, place.mean, place.meanPattern],
  );
  const told = useMemo(
    () => shown.map((each) => ({ ...each, notices: noticesOf(each.run, now, place.best) })),
    [shown, now, place.best],
  );
  const marks = useMemo(
    () => new Map(charts.map(({ metric }) => [metric, marksOf(told, metric, place.x)])),
    [charts, told, place.x],
  );
  const axes = useMemo(
    () => ({ x: place.x, logX: place.logX, logY: place.logY }),
    [place.x, place.logX, place.logY],
  );
  const wrong = [...problems, ...runs.flatMap((run) => run.problems)];
  const save = (name: string, what: string | Uint8Array): void =>
    void host.request('save', { name, content: what });
  const exportCsv = async (): Promise<void> => {
    const parts = csvOf(
      shown.map(({ run }) => run),
      place.hidden,
    );
    // In parts: all the points of long runs are more than one string can hold.
    const blob = new Blob([...parts]);
    save('runs.csv', new Uint8Array(await blob.arrayBuffer()));
  };
  const toggle = (run: ShownRun): void => {
    const key = keyOf(run);
    change({ off: off.includes(key) ? off.filter((each) => each !== key) : [...off, key] });
  };
  const chartOf = (chart: ChartData): JSX.Element => {
    if (chart.curves.length === 0)
      return (
        <section key={chart.metric} class="chart" aria-label={chart.metric}>
          <h2>{chart.metric}</h2>
          <LeftOut count={chart.without} />
        </section>
      );
    return (
      <Chart
        key={chart.metric}
        {...{ chart, axes, colours }}
        marks={marks.get(chart.metric)!}
        zoom={place.zoom}
        pin={place.pin}
        hidden={place.hidden}
        onZoom={(zoom) => change({ zoom })}
        onPin={(pin) => change({ pin })}
        onHide={(hidden) => change({ hidden })}
        onRecolour={(run, colour) => change({ colours: { ...place.colours, [keyOf(runs[run]!)]: colour } })}
        onCopy={(text) => void host.request('copy', { text })}
        onSave={save}
      />
    );
  };
  return (
    <>
      <Controls {...{ runs, place, change }}>
        <Button secondary onClick={() => void exportCsv()}>
          {l10n.t('Export CSV…')}
        </Button>
        <Button
          secondary
          onClick={() =>
            save(
              'runs.md',
              markdownOf(
                shown.map(({ run }) => run),
                place.best,
              ),
            )
          }
        >
          {l10n.t('Export Table…')}
        </Button>
      </Controls>
      {wrong.length > 0 && (
        <ul class="problem" role="alert">
          {wrong.map(({ path, message }, index) => (
            <li key={index}>
              <span class="mono">{path}</span> {message}
            </li>
          ))}
        </ul>
      )}
      {told.some(({ notices }) => notices.length > 0) && (
        <section class="told" tabIndex={0} aria-label={l10n.t('What the curves tell')}>
          <ul class="notices">
            {told.flatMap(({ run, notices: own }) =>
              own.map((notice, index) => (
                <li key={`${keyOf(run)} ${index}`} class={notice.kind}>
                  {shown.length > 1 && <strong>{run.name}: </strong>}
                  {noticeText(notice)}
                </li>
              )),
            )}
          </ul>
        </section>
      )}
      {charts.length === 0 ? (
        <p class="faint">
          {l10n.t(
            'No curve is shown. The table below turns runs on; what they logged beside curves follows it.',
          )}
        </p>
      ) : (
        <p class="faint">
          {l10n.t(
            'Drag to zoom, drag with Shift to pan, Ctrl and the wheel zoom at the pointer. A click pins the values; a double-click shows all.',
          )}
        </p>
      )}
      {groupsOfCharts(charts).map(({ title, isOpen, charts: own }) => {
        const drawn = <div class={title ? 'charts' : 'charts first'}>{own.map(chartOf)}</div>;
        return title === null ? (
          drawn
        ) : (
          <Fold key={title} class="chart-group" title={title} open={isOpen}>
            {drawn}
          </Fold>
        );
      })}
      <RunTable
        runs={matching}
        {...{ colours, place, isShown }}
        onToggle={toggle}
        onSort={(sort) => change({ sort })}
        onUseModel={(model) => void host.request('useModel', { model })}
      />
      {shown.map(({ run }) => (
        <Extras key={keyOf(run)} run={run} />
      ))}
    </>
  );
}
interface ChartGroup {
  /** null of the loss, which stands first. */
  title: string | null;
  isOpen: boolean;
  charts: ChartData[];
}

/** Charts of like metrics together; how fast a trainer ran is for those who ask. */
function groupsOfCharts(charts: ChartData[]): ChartGroup[] {
  const titles = [
    null,
    l10n.t('Other metrics'),
    l10n.t('Learning rate and gradients'),
    l10n.t('Speed and counts'),
  ];
  return titles
    .map((title, index) => ({
      ...{ title, isOpen: index < 3 },
      charts: charts.filter(({ metric }) => rank(metric) === index),
    }))
    .filter((group) => group.charts.length > 0);
}

/**
 * Of a training that was logged twice, by the Trainer's state and by event files below it, the log that holds less: by
 * time, which the state does not tell, the state.
 */
function twinsOf(runs: ShownRun[], x: XAxis): string[] {
  const points = (run: ShownRun): number => run.series.reduce((sum, { steps }) => sum + steps.length, 0);
  return runs.flatMap((state) => {
    if (state.format !== 'trainerState') return [];
    const events = runs.filter(
      ({ format, path }) =>
        format === 'tensorboard' &&
        /^[/\\](runs|logs)[/\\]/.test(path.slice(state.path.length)) &&
        path.startsWith(state.path),
    );
    const isByTime = x === 'wall' || x === 'relative';
    if (isByTime && events.length > 0) return [keyOf(state)];
    if (events.length !== 1) return events.map(keyOf);
    return [keyOf(points(events[0]!) > points(state) ? state : events[0]!)];
  });
}
