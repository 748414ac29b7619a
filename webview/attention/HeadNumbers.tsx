import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { MatrixQuestion, StackShape } from '../../src/protocol/attention';
import { ScoreColumns } from '../shared/ScoreColumns';
import type { Theme } from '../shared/theme';
import { isMasked, type Axes } from './axes';
import { HeadMeasures } from './HeadRanking';
import { headNumber } from './headNames';
import type { Place } from './place';
import { useFromTrace, type AttentionHost } from './useAttention';

interface HeadNumbersProps {
  host: AttentionHost;
  question: MatrixQuestion;
  place: Place & StackShape;
  onPlace: (change: Partial<Place>) => void;
}

interface ScoresProps extends HeadNumbersProps {
  axes: Axes;
  theme: Theme;
  /** The row that is pointed at; null for none. */
  query: number | null;
}

/** How the pointed token comes to its weights in the open head, from its query and the keys. */
export function Scores({ host, question, place, onPlace, axes, theme, query }: ScoresProps): JSX.Element {
  const { trace, stack } = question;
  const { layer, head } = place;
  const entry = query === null ? undefined : axes.queries[query];
  const isToken = place.reduction === 'head' && !place.words;
  const wanted = place.showScores && isToken && entry;
  const scores = useFromTrace(
    host,
    'attentionScores',
    wanted ? { trace, stack, layer, head, query: entry.tokens[0]! } : null,
  );
  const keys = axes.keys.map(({ tokens }) => tokens[0]!);
  const shown = scores && wanted && keys.every((key) => key < scores.weights.length);
  return (
    <details open={place.showScores} onToggle={(event) => onPlace({ showScores: event.currentTarget.open })}>
      <summary>{l10n.t('Query and key in head {0}', headNumber(place))}</summary>
      {!isToken && <p>{l10n.t('They are of one head, by token. Choose so above.')}</p>}
      {isToken && !entry && <p>{l10n.t('Point at a token that attends.')}</p>}
      {shown && (
        <ScoreColumns
          scores={ofKeys(scores, keys)}
          query={entry.label}
          keys={axes.keys.map(({ label }) => label)}
          isHidden={(key) => stack === 'decoder' && isMasked(entry, axes.keys[key]!)}
          theme={theme}
        />
      )}
    </details>
  );
}

type ScoresOfHead = Parameters<typeof ScoreColumns>[0]['scores'];

/** The scores of the keys that show. */
function ofKeys(scores: ScoresOfHead, keys: number[]): ScoresOfHead {
  const size = scores.query.length;
  const pick = (values: Float32Array): Float32Array => Float32Array.from(keys, (key) => values[key]!);
  return {
    ...scores,
    keys: Float32Array.from({ length: keys.length * size }, (_, at) => {
      return scores.keys[keys[Math.floor(at / size)]! * size + (at % size)]!;
    }),
    products: pick(scores.products),
    added: scores.added && pick(scores.added),
    scores: pick(scores.scores),
    weights: pick(scores.weights),
  };
}

/** What the open head does, in numbers. */
export function Measures({ host, question, place, onPlace }: HeadNumbersProps): JSX.Element {
  const { trace, stack } = question;
  const statistics = useFromTrace(host, 'attentionStatistics', place.showMeasures ? { trace, stack } : null);
  return (
    <details
      open={place.showMeasures}
      onToggle={(event) => onPlace({ showMeasures: event.currentTarget.open })}
    >
      <summary>{l10n.t('What head {0} does', headNumber(place))}</summary>
      {place.showMeasures && statistics && (
        <HeadMeasures
          statistics={statistics}
          index={place.layer * place.heads + place.head}
          onOrder={(order) => onPlace({ order })}
        />
      )}
    </details>
  );
}
