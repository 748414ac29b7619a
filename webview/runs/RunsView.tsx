import './runs.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { XAxis } from '../../src/core/curves';
import { noticesOf } from '../../src/core/runNotices';
import type { RunsViewRequests, ShownRun, ShownRuns } from '../../src/protocol/views';
import type { ViewProps } from '../shared/startView';
import { Button } from '../shared/ui';
import { Chart, xName, type Mark } from './Chart';
import { chartsOf, csvOf } from './charts';
import { noticeText } from './notices';
import { placeFrom, type Place } from './place';
import { markdownOf, RunTable } from './RunTable';

const axes: XAxis[] = ['step', 'epoch', 'wall', 'relative'];
const keyOf = (run: ShownRun): string => `${run.format} ${run.path}`;

/** Training runs: what they tell, their curves, and a table of all that is known of them. */
export function RunsView({ content, host }: ViewProps<ShownRuns, RunsViewRequests>): JSX.Element {
  const [place, setPlace] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setPlace((before) => ({ ...before, ...changes }));
  const { runs, problems, paths } = content.result;
  useEffect(() => host.keepPlace({ ...place, paths }), [place, paths]);

  const off = place.off ?? twinsOf(runs);
  const filter = useMemo(() => patternOf(place.filter), [place.filter]);
  const matches = (run: ShownRun): boolean => filter?.test(run.name) ?? true;
  const isShown = (run: ShownRun): boolean => matches(run) && !off.includes(keyOf(run));
  const shown = useMemo(
    () => runs.map((run, index) => ({ run, index })).filter(({ run }) => isShown(run)),
    [runs, place.off, place.filter],
  );
  const charts = useMemo(() => chartsOf(shown, place), [shown, place.x, place.smoothing]);
  const notices = useMemo(
    () => shown.map(({ run, index }) => ({ run, index, notices: noticesOf(run, Date.now()) })),
    [shown],
  );
  const marks = notices.flatMap(({ index, notices: own }) =>
    own.flatMap((notice): Mark[] =>
      notice.kind === 'best' || notice.kind === 'overfit' || notice.kind === 'restart'
        ? [{ run: index, notice }]
        : [],
    ),
  );
  const wrong = [...problems, ...runs.flatMap((run) => run.problems)];
  const save = (name: string, what: string | Uint8Array): void =>
    void host.request('save', { name, content: what });
  const toggle = (run: ShownRun): void => {
    const key = keyOf(run);
    change({ off: off.includes(key) ? off.filter((each) => each !== key) : [...off, key] });
  };
  return (
    <>
      <div class="summary controls">
        <label>
          {l10n.t('x axis')}
          <select value={place.x} onChange={(event) => change({ x: event.currentTarget.value as XAxis })}>
            {axes.map((axis) => (
              <option key={axis} value={axis}>
                {xName(axis)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={place.logX} onChange={() => change({ logX: !place.logX })} />
          {l10n.t('log x')}
        </label>
        <label>
          <input type="checkbox" checked={place.logY} onChange={() => change({ logY: !place.logY })} />
          {l10n.t('log y')}
        </label>
        <label>
          {l10n.t('Smoothing')}
          <input
            type="range"
            min="0"
            max="0.99"
            step="0.01"
            value={place.smoothing}
            onInput={(event) => change({ smoothing: Number(event.currentTarget.value) })}
          />
          <span class="mono">{place.smoothing.toFixed(2)}</span>
        </label>
        {runs.length > 1 && (
          <label>
            {l10n.t('Runs that match')}
            <input
              type="text"
              class="filter"
              placeholder={l10n.t('regular expression')}
              value={place.filter}
              aria-invalid={filter === null}
              onInput={(event) => change({ filter: event.currentTarget.value })}
            />
          </label>
        )}
        <span class="push actions">
          <Button secondary onClick={() => save('runs.csv', csvOf(shown.map(({ run }) => run)))}>
            {l10n.t('Export CSV…')}
          </Button>
          <Button secondary onClick={() => save('runs.md', markdownOf(shown.map(({ run }) => run)))}>
            {l10n.t('Export Table…')}
          </Button>
        </span>
      </div>
      {wrong.length > 0 && (
        <ul class="problem" role="alert">
          {wrong.map(({ path, message }, index) => (
            <li key={index}>
              <span class="mono">{path}</span> {message}
            </li>
          ))}
        </ul>
      )}
      <section aria-label={l10n.t('What the curves tell')}>
        <ul class="notices">
          {notices.flatMap(({ run, notices: own }) =>
            own.map((notice, index) => (
              <li key={`${keyOf(run)} ${index}`} class={notice.kind}>
                {shown.length > 1 && <strong>{run.name}: </strong>}
                {noticeText(notice)}
              </li>
            )),
          )}
        </ul>
      </section>
      {charts.length === 0 && (
        <p class="faint">{l10n.t('No curve is shown. Turn on a run in the table below.')}</p>
      )}
      <div class="charts">
        {charts.map((chart) => (
          <Chart
            key={chart.metric}
            chart={chart}
            x={place.x}
            logX={place.logX}
            logY={place.logY}
            marks={chart.metric === 'loss' ? marks : []}
            onSave={save}
          />
        ))}
      </div>
      <RunTable
        {...{ runs, place, isShown }}
        onToggle={toggle}
        onSort={(sort) => change({ sort })}
        onUseModel={(model) => void host.request('useModel', { model })}
      />
      {runs.map((run) =>
        run.texts.map(({ tag, text }, index) => (
          <details key={`${keyOf(run)} ${index}`}>
            <summary>
              {run.name}: {tag}
            </summary>
            <pre class="mono">{text}</pre>
          </details>
        )),
      )}
    </>
  );
}

/** Of a training that was logged twice, by the Trainer's state and by event files below it, the log that holds less. */
function twinsOf(runs: ShownRun[]): string[] {
  const points = (run: ShownRun): number => run.series.reduce((sum, { steps }) => sum + steps.length, 0);
  return runs.flatMap((state) => {
    if (state.format !== 'trainerState') return [];
    const events = runs.filter(
      ({ format, path }) =>
        format === 'tensorboard' &&
        /^[/\\](runs|logs)[/\\]/.test(path.slice(state.path.length)) &&
        path.startsWith(state.path),
    );
    if (events.length !== 1) return events.map(keyOf);
    return [keyOf(points(events[0]!) > points(state) ? state : events[0]!)];
  });
}

/** A pattern that a person is still typing may be none yet: null. */
function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text, 'i');
  } catch {
    return null;
  }
}
