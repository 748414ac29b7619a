import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import {
  headStatistics,
  type AttentionBytes,
  type HeadIndex,
  type StackShape,
} from '../../src/protocol/attention';
import { quantiseWeights } from '../../src/core/weightBytes';
import type { Rgb } from '../shared/colourScale';
import type { Theme } from '../shared/theme';
import { Dropdown, Tabs } from '../shared/ui';
import { Atlas } from './Atlas';
import { largestTiles } from './atlasLayout';
import { HeadMapFigure } from './HeadMapFigure';
import { HeadRanking } from './HeadRanking';
import type { HeadOrder, Place } from './place';
import { Scale } from './Scale';
import { ranked, statisticName, statisticText } from './statistics';
import { useFromTrace, type AttentionHost } from './useAttention';

interface AtlasPaneProps {
  host: AttentionHost;
  trace: string;
  /** The trace that heads are compared with; null for none. */
  other: string | null;
  /** What is in the atlas. */
  shape: StackShape;
  atlas: AttentionBytes;
  arrived: number;
  place: Place;
  scale: Rgb[];
  pixels: Uint32Array;
  theme: Theme;
  /** What orders the heads, where there is room for it here. */
  menu: JSX.Element | null;
  onPlace: (change: Partial<Place>) => void;
  onChoose: (index: HeadIndex, overlay: boolean) => void;
}

interface OrderMenuProps {
  order: HeadOrder;
  /** Heads can be ordered by how they differ from those of another run. */
  isCompared: boolean;
  onOrder: (order: HeadOrder) => void;
}

/** By what the heads of the atlas are ordered. */
export function OrderMenu({ order, isCompared, onOrder }: OrderMenuProps): JSX.Element {
  return (
    <Dropdown<HeadOrder>
      label={l10n.t('Order of heads')}
      value={order === 'divergence' && !isCompared ? 'layer' : order}
      choices={[
        { value: 'layer', label: l10n.t('by layer') },
        ...headStatistics.map((name) => ({ value: name, label: statisticName(name) })),
        ...(isCompared ? [{ value: 'divergence' as const, label: statisticName('divergence') }] : []),
      ]}
      onChange={(next) => onOrder(next)}
    />
  );
}

/** Every head at once, in the order of the layers or of what they do; with its menu, a map of which act alike, too. */
export function AtlasPane(props: AtlasPaneProps): JSX.Element {
  const { host, trace, other, shape, atlas, arrived, place, scale, pixels, theme, menu, onPlace, onChoose } =
    props;
  const { stack, layers, heads } = shape;
  const { order } = place;
  const question = { trace, stack };
  const isStatistic = order !== 'layer' && order !== 'divergence';
  const statistics = useFromTrace(host, 'attentionStatistics', isStatistic ? question : null);
  const divergences = useFromTrace(
    host,
    'attentionDivergence',
    other && (order === 'divergence' || place.showDivergences) ? { ...question, other } : null,
  );
  const known = other && divergences?.length === layers * heads ? divergences : null;
  const compared = place.showDivergences ? known : null;
  const largest = compared ? largestOf(compared) : undefined;
  const tiles = useMemo(
    () => (compared && largest !== undefined ? tilesOf(compared, largest) : atlas),
    [compared, atlas],
  );
  const found = isStatistic ? statistics?.[order] : order === 'divergence' ? known : null;
  const values = found?.length === layers * heads ? found : null;
  const indices = useMemo(() => values && ranked(values), [values]);
  const chosen = { layer: place.layer, head: place.head };
  const noteOf = (index: number): string =>
    [
      values && isStatistic ? `${statisticName(order)}: ${statisticText(values[index]!)}` : '',
      known ? `${statisticName('divergence')}: ${statisticText(known[index]!)}` : '',
    ]
      .filter(Boolean)
      .join('\n');
  return (
    <div class="atlas-pane">
      {menu}
      {other && (
        <Tabs
          label={l10n.t('Picture of heads')}
          value={place.showDivergences ? 'divergences' : 'weights'}
          choices={[
            { value: 'divergences', label: l10n.t('How they differ') },
            { value: 'weights', label: l10n.t('Weights') },
          ]}
          onChange={(next) => onPlace({ showDivergences: next === 'divergences' })}
        />
      )}
      <Atlas
        {...{ arrived, layers, heads, chosen, noteOf, pixels, theme, onChoose }}
        atlas={tiles}
        largestTile={menu ? largestTiles.wide : largestTiles.narrow}
        order={indices}
        label={
          !indices || order === 'layer'
            ? l10n.t('Heads by layer')
            : l10n.t('Heads by “{0}”', statisticName(order))
        }
        overlaid={place.picture === 'lines' || place.reduction === 'overlaidMean' ? place.overlaid : []}
      />
      <Scale scale={scale} largest={largest} />
      {values && order !== 'layer' && (
        <HeadRanking statistic={order} {...{ values, layers, heads, chosen, onChoose }} />
      )}
      {compared && order !== 'divergence' && (
        <HeadRanking statistic="divergence" values={compared} {...{ layers, heads, chosen, onChoose }} />
      )}
      {menu && <AlikeHeads {...{ host, trace, shape, place, onPlace, onChoose }} />}
    </div>
  );
}

/** The map of which heads act alike, made when it is unfolded. */
export function AlikeHeads({
  host,
  trace,
  shape: { stack, layers, heads },
  place,
  onPlace,
  onChoose,
}: Pick<AtlasPaneProps, 'host' | 'trace' | 'shape' | 'place' | 'onPlace' | 'onChoose'>): JSX.Element {
  const map = useFromTrace(host, 'attentionMap', place.showMap ? { trace, stack } : null);
  const chosen = { layer: place.layer, head: place.head };
  return (
    <details open={place.showMap} onToggle={(event) => onPlace({ showMap: event.currentTarget.open })}>
      <summary>{l10n.t('Heads that act alike')}</summary>
      {place.showMap && map?.nearest.length === layers * heads && (
        <HeadMapFigure {...{ map, heads, chosen, onChoose }} />
      )}
    </details>
  );
}

/** The divergence of the last colour: of heads that hardly differ, none looks as if it did. */
function largestOf(divergences: Float32Array): number {
  return divergences.reduce((largest, value) => (value > largest ? value : largest), 1e-3);
}

/** A tile of one colour for each head: the larger its value, the nearer to the last colour of the scale. */
function tilesOf(values: Float32Array, largest: number): AttentionBytes {
  const bytes = new Uint8Array(values.length);
  quantiseWeights(
    values.map((value) => value / largest),
    bytes,
    0,
  );
  return { bytes, queries: 1, keys: 1 };
}
