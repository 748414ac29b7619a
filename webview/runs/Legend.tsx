import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Curve } from './charts';
import { dashes, xName, type Axes } from './plot';
import { placeText, pointAt, pointText } from './readout';

interface LegendProps {
  curves: Curve[];
  colours: string[];
  hidden: string[];
  axes: Axes;
  /** The x whose values are told; null: none. */
  at: number | null;
  isPinned: boolean;
  onHide: (hidden: string[]) => void;
  onRecolour: (run: number, colour: string) => void;
  onCopy: () => void;
  onUnpin: () => void;
}

/** The curves of a chart by name, with their exact values at a place; hides, isolates and recolours them. */
export function Legend(props: LegendProps): JSX.Element {
  const { curves, colours, hidden, axes, at, isPinned, onHide, onRecolour, onCopy, onUnpin } = props;
  const isHidden = ({ key }: Curve): boolean => hidden.includes(key);
  const others = hidden.filter((key) => !curves.some((curve) => curve.key === key));
  const toggle = (curve: Curve): void =>
    onHide(isHidden(curve) ? hidden.filter((key) => key !== curve.key) : [...hidden, curve.key]);
  const isolate = (curve: Curve): void => {
    const rest = curves.filter((each) => each !== curve);
    const isAlone = !isHidden(curve) && rest.every(isHidden);
    onHide(isAlone ? others : [...others, ...rest.map(({ key }) => key)]);
  };
  return (
    <div class="legend">
      <p class="readout">
        <span class="mono">
          {xName(axes.x)} {at === null ? '–' : placeText(at, axes.x)}
        </span>
        {isPinned && <span class="faint">{l10n.t('pinned')}</span>}
        {isPinned && (
          <button type="button" class="link" onClick={onCopy}>
            {l10n.t('Copy Values')}
          </button>
        )}
        {isPinned && (
          <button type="button" class="link" onClick={onUnpin}>
            {l10n.t('Unpin')}
          </button>
        )}
      </p>
      <ul aria-label={l10n.t('Curves')}>
        {curves.map((curve) => {
          const point = at === null || isHidden(curve) ? null : pointAt(curve, at);
          return (
            <li key={curve.key} class={isHidden(curve) ? 'off' : ''}>
              <input
                type="color"
                aria-label={l10n.t('Colour of {0}', curve.label)}
                title={l10n.t('Choose the colour of this run')}
                value={colours[curve.run]}
                onChange={(event) => onRecolour(curve.run, event.currentTarget.value)}
              />
              <svg width="24" height="8" aria-hidden="true">
                <line
                  x2="24"
                  y1="4"
                  y2="4"
                  stroke={colours[curve.run]}
                  stroke-width="2"
                  stroke-dasharray={dashes[curve.split].join(' ')}
                />
              </svg>
              <button
                type="button"
                aria-pressed={!isHidden(curve)}
                title={l10n.t(
                  'Click hides or shows it. Double-click, Alt+click or Alt+Enter shows it alone.',
                )}
                onClick={(event) => (event.altKey ? isolate(curve) : toggle(curve))}
                onDblClick={() => isolate(curve)}
                onKeyDown={(event) => {
                  if (!event.altKey || event.key !== 'Enter') return;
                  event.preventDefault();
                  isolate(curve);
                }}
              >
                {curve.label}
              </button>
              <span class="mono">{point && pointText(point, at!, axes.x)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
