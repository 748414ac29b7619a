import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { KnockOutResult } from '../../src/protocol/sentences';
import type { HeadTarget } from '../../src/protocol/views';
import { headName } from '../shared/headName';
import { targetOfKey } from '../shared/tokenKeys';
import { supportsOf } from './support';

/** Above so many heads in a layer numbers do not fit into the cells. */
const mostNumbered = 8;

interface WhyHeadsProps {
  result: KnockOutResult;
  /** The watched output, as it is shown. */
  label: string;
  onOpen: (head: HeadTarget) => void;
}

/** What each attention head does to an output: a row for each layer. Arrow keys walk, Enter opens the head. */
export function WhyHeads({ result, label, onOpen }: WhyHeadsProps): JSX.Element {
  const { whole, without, stack } = result;
  const cells = useRef<HTMLTableElement>(null);
  const [pointed, setPointed] = useState(0);
  const places = without.flatMap((row, layer) => row.map((_, head) => ({ layer, head })));
  const supports = supportsOf(whole, without.flat());
  const ends = without.map((_, layer) => places.filter((place) => place.layer <= layer).length);
  const lines = ends.map((end, layer) => ({ start: ends[layer - 1] ?? 0, end }));
  const most = Math.max(0, ...without.map(({ length }) => length));
  const { layer, head } = places[pointed] ?? { layer: 0, head: 0 };
  const { text = '', without: left = '' } = supports[pointed] ?? {};
  return (
    <>
      <p class="faint">
        {l10n.t(
          'Each head in turn gives nothing: its context is zero. A solid edge: the output rests on it; a dashed one: it speaks against it.',
        )}
      </p>
      <table
        ref={cells}
        class={most > mostNumbered ? 'heads narrow' : 'heads'}
        aria-label={l10n.t('Heads by what they do to “{0}”', label)}
        onKeyDown={(event) => {
          const buttons = [...cells.current!.querySelectorAll('button')];
          const target = targetOfKey(event, buttons.indexOf(event.target as HTMLButtonElement), lines);
          if (target === null) return;
          event.preventDefault();
          buttons[target]?.focus();
        }}
      >
        <thead>
          <tr>
            <td />
            {Array.from({ length: most }, (_, index) => (
              <th key={index} scope="col">
                {index}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ start, end }, row) => (
            <tr key={row}>
              <th scope="row">{l10n.t('Layer {0}', row)}</th>
              {places.slice(start, end).map((place, column) => {
                const index = start + column;
                const support = supports[index]!;
                return (
                  <td key={column}>
                    <button
                      type="button"
                      class={support.look}
                      style={{ '--part': support.part }}
                      tabIndex={index === pointed ? 0 : -1}
                      aria-label={`${headName(place)}: ${support.text}`}
                      onMouseEnter={() => setPointed(index)}
                      onFocus={() => setPointed(index)}
                      onClick={() => onOpen({ stack, ...place })}
                    >
                      <span>{support.text}</span>
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p>{l10n.t('{0}: logit from it {1}, without it {2}', headName({ layer, head }), text, left)}</p>
    </>
  );
}
