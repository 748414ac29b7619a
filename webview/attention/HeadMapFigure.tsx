import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { HeadIndex, HeadMap } from '../../src/protocol/attention';
import { percent } from '../../src/core/percent';
import { headName } from '../shared/headName';
import { headNumber } from './headNames';
import { placesOf, pointAfterKey } from './headMap';
import { isSameHead } from './place';

interface HeadMapFigureProps {
  map: HeadMap;
  heads: number;
  chosen: HeadIndex;
  onChoose: (index: HeadIndex, overlay: boolean) => void;
}

/** Heads as points of a plane: those that attend alike lie together. One tab stop; arrow keys go to the next head that way. */
export function HeadMapFigure({ map, heads, chosen, onChoose }: HeadMapFigureProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const headOf = (index: number): HeadIndex => ({ layer: Math.floor(index / heads), head: index % heads });
  const places = placesOf(map);
  const at = chosen.layer * heads + chosen.head;
  const nearest = headOf(map.nearest[at] ?? 0);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = pointAfterKey(event.key, places, at);
    if (next === null) return;
    event.preventDefault();
    onChoose(headOf(next), false);
    frame.current?.querySelector<HTMLElement>(`[data-head="${headNumber(headOf(next))}"]`)?.focus();
  };
  return (
    <section class="map">
      <p class="definition">
        {l10n.t(
          'Distance: the root of the mean Jensen-Shannon divergence over {0} of {1} queries. The plane shows {2} of all squared distances.',
          map.compared,
          map.queries,
          percent(map.shown),
        )}
      </p>
      <div
        ref={frame}
        class="points"
        role="listbox"
        aria-label={l10n.t('Map of heads')}
        onKeyDown={onKeyDown}
      >
        {places.map(({ x, y }, index) => {
          const head = headOf(index);
          const isChosen = isSameHead(head, chosen);
          const isNumbered = places.length <= 24 || isChosen || isSameHead(head, nearest);
          return (
            <button
              key={index}
              type="button"
              class="point"
              role="option"
              aria-selected={isChosen}
              aria-label={headName(head)}
              title={headName(head)}
              data-head={headNumber(head)}
              tabIndex={isChosen ? 0 : -1}
              style={{ insetInlineStart: `${x * 100}%`, top: `${y * 100}%` }}
              onClick={(event) => onChoose(head, event.ctrlKey || event.metaKey || event.shiftKey)}
            >
              {isNumbered ? headNumber(head) : ''}
            </button>
          );
        })}
      </div>
      <p>
        {l10n.t('Most like {0}:', headNumber(chosen))}{' '}
        <button type="button" class="link" onClick={() => onChoose(nearest, false)}>
          {headNumber(nearest)}
        </button>
      </p>
    </section>
  );
}
