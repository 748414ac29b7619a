import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import { lessIsBetter, metricOf, type XAxis } from '../../src/core/curves';
import type { ShownRun } from '../../src/protocol/views';
import { rank } from './charts';
import { patternOf, type Place } from './place';
import { xName } from './plot';

const axes: XAxis[] = ['step', 'epoch', 'wall', 'relative'];

interface ControlsProps {
  runs: ShownRun[];
  place: Place;
  change: (changes: Partial<Place>) => void;
  /** Buttons at the end. */
  children: ComponentChildren;
}

/** What the charts go by: their axes, smoothing, which runs, how several are joined, what is best. */
export function Controls({ runs, place, change, children }: ControlsProps): JSX.Element {
  return (
    <div class="summary controls">
      <label>
        {l10n.t('x axis')}
        <select
          value={place.x}
          onChange={(event) => change({ x: event.currentTarget.value as XAxis, zoom: null, pin: null })}
        >
          {axes.map((axis) => (
            <option key={axis} value={axis}>
              {xName(axis)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={place.logX}
          onChange={() => change({ logX: !place.logX, zoom: null })}
        />
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
      <BestControl {...{ runs, place, change }} />
      {runs.length > 1 && (
        <>
          <PatternInput
            label={l10n.t('Runs that match')}
            value={place.filter}
            onInput={(filter) => change({ filter })}
          />
          <label>
            {l10n.t('Mean and deviation')}
            <select
              value={place.mean}
              onChange={(event) => change({ mean: event.currentTarget.value as Place['mean'] })}
            >
              <option value="none">{l10n.t('of no runs')}</option>
              <option value="seed">{l10n.t('of runs that differ in their seed')}</option>
              <option value="name">{l10n.t('of runs named alike')}</option>
            </select>
          </label>
          {place.mean === 'name' && (
            <PatternInput
              label={l10n.t('but for')}
              value={place.meanPattern}
              onInput={(meanPattern) => change({ meanPattern })}
            />
          )}
        </>
      )}
      {place.zoom && (
        <button type="button" class="link" onClick={() => change({ zoom: null })}>
          {l10n.t('Show All')}
        </button>
      )}
      {place.hidden.length > 0 && (
        <button type="button" class="link" onClick={() => change({ hidden: [] })}>
          {l10n.t('Show hidden curves')}
        </button>
      )}
      {Object.keys(place.colours).length > 0 && (
        <button type="button" class="link" onClick={() => change({ colours: {} })}>
          {l10n.t('Colours of the theme')}
        </button>
      )}
      <span class="push actions">{children}</span>
    </div>
  );
}

interface PatternInputProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
}

function PatternInput({ label, value, onInput }: PatternInputProps): JSX.Element {
  return (
    <label>
      {label}
      <input
        type="text"
        class="filter"
        placeholder={l10n.t('regular expression')}
        value={value}
        aria-invalid={patternOf(value) === null}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** The metric that the best checkpoint goes by, and whether less of it is better. */
function BestControl({ runs, place, change }: Omit<ControlsProps, 'children'>): JSX.Element {
  const { best } = place;
  const tags = new Map<string, string>();
  for (const { tag, steps } of runs.flatMap(({ series }) => series)) {
    const { metric, split } = metricOf(tag);
    if (steps.length > 1 && rank(metric) < 2 && !tags.has(`${split} ${metric}`))
      tags.set(`${split} ${metric}`, tag);
  }
  const choose = (key: string): void => {
    const tag = tags.get(key);
    if (tag === undefined) return change({ best: null });
    const chosen = metricOf(tag);
    change({ best: { ...chosen, less: lessIsBetter(chosen.metric) } });
  };
  return (
    <span class="best-by">
      <label>
        {l10n.t('Best by')}
        <select
          value={best ? `${best.split} ${best.metric}` : ''}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{l10n.t('what the log says')}</option>
          {[...tags].map(([key, tag]) => (
            <option key={key} value={key}>
              {tag}
            </option>
          ))}
        </select>
      </label>
      {best && (
        <select
          aria-label={l10n.t('Which value is best')}
          value={best.less ? 'less' : 'more'}
          onChange={(event) => change({ best: { ...best, less: event.currentTarget.value === 'less' } })}
        >
          <option value="less">{l10n.t('least')}</option>
          <option value="more">{l10n.t('greatest')}</option>
        </select>
      )}
    </span>
  );
}
