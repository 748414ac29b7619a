import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import {
  headStatistics,
  type HeadIndex,
  type HeadStatistic,
  type StackStatistics,
} from '../../src/protocol/attention';
import { Dropdown } from '../shared/ui';
import { headName } from '../shared/headName';
import { headNumber } from './headNames';
import { isSameHead } from './place';
import { ranked, type Ranked, statisticDefinition, statisticName, statisticText } from './statistics';

interface HeadRankingProps {
  statistic: Ranked;
  /** Of every head, `[layer][head]`. */
  values: Float32Array;
  layers: number;
  heads: number;
  chosen: HeadIndex;
  onChoose: (index: HeadIndex, overlay: boolean) => void;
}

const listedAtFirst = 8;

/** Heads from the highest value of a statistic to the lowest, with its definition. */
export function HeadRanking(props: HeadRankingProps): JSX.Element {
  const { statistic, values, layers, heads, chosen, onChoose } = props;
  const [all, setAll] = useState(false);
  const [layer, setLayer] = useState('all');
  const headOf = (index: number): HeadIndex => ({ layer: Math.floor(index / heads), head: index % heads });
  const found = ranked(values).filter(
    (index) => !Number.isNaN(values[index]!) && (layer === 'all' || headOf(index).layer === Number(layer)),
  );
  const scale = Math.max(0, ...found.map((index) => values[index]!)) || 1;
  const shown = all ? found : found.slice(0, listedAtFirst);
  const name = statisticName(statistic);
  return (
    <section class="ranking" aria-label={l10n.t('Heads by “{0}”', name)}>
      <p class="definition">{statisticDefinition(statistic)}</p>
      {found.length === 0 && layer === 'all' && (
        <p>
          {l10n.t(
            'It has no meaning for this text. “Same word” needs a split word, “other sentence” a pair.',
          )}
        </p>
      )}
      {layers > 1 && (
        <Dropdown
          label={l10n.t('Layer')}
          value={layer}
          choices={[
            { value: 'all', label: l10n.t('all') },
            ...Array.from({ length: layers }, (_, each) => ({ value: String(each), label: String(each) })),
          ]}
          onChange={setLayer}
        />
      )}
      <table class="attended">
        <caption class="hidden">{l10n.t('Heads by “{0}”', name)}</caption>
        <tbody>
          {shown.map((index) => {
            const head = headOf(index);
            return (
              <tr key={index} class={isSameHead(head, chosen) ? 'chosen' : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    aria-label={headName(head)}
                    onClick={(event) => onChoose(head, event.ctrlKey || event.metaKey || event.shiftKey)}
                  >
                    {headNumber(head)}
                  </button>
                </th>
                <td class="track">
                  <span class="bar" style={{ width: `${(values[index]! / scale) * 100}%` }} />
                </td>
                <td class="number">{statisticText(values[index]!)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {found.length > listedAtFirst && (
        <button type="button" class="link" onClick={() => setAll(!all)}>
          {all ? l10n.t('Show fewer') : l10n.t('Show all {0}', found.length)}
        </button>
      )}
    </section>
  );
}

interface HeadMeasuresProps {
  statistics: StackStatistics;
  index: number;
  onOrder: (statistic: HeadStatistic) => void;
}

/** Every statistic of the open head; a click ranks the heads by it. */
export function HeadMeasures({ statistics, index, onOrder }: HeadMeasuresProps): JSX.Element {
  return (
    <dl class="measures">
      {headStatistics.map((name) => (
        <div key={name}>
          <dt>
            <button
              type="button"
              class="link"
              title={statisticDefinition(name)}
              onClick={() => onOrder(name)}
            >
              {statisticName(name)}
            </button>
          </dt>
          <dd>{statisticText(statistics[name][index] ?? NaN)}</dd>
        </div>
      ))}
    </dl>
  );
}
