import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { TokenNote } from '../../src/protocol/inspections';

interface LegendProps {
  tokens: EncodedToken[];
  notes: (TokenNote | null)[];
}

/** What the looks of a cell mean; only what the text at hand has. */
export function Legend({ tokens, notes }: LegendProps): JSX.Element {
  const entries: [look: string, label: string, shown: boolean][] = [
    ['segment-0', l10n.t('segment 0'), true],
    ['segment-1', l10n.t('segment 1'), tokens.some(({ segmentId }) => segmentId === 1)],
    ['special', l10n.t('added by the tokenizer'), tokens.some(({ special }) => special)],
    ['mask', l10n.t('mask'), tokens.some(({ mask }) => mask)],
    ['changed', l10n.t('changed by normalisation'), notes.some((note) => note?.normalized != null)],
    ['unknown', l10n.t('unknown'), tokens.some(({ unknown }) => unknown)],
  ];
  return (
    <ul class="legend" aria-label={l10n.t('Legend')}>
      {entries
        .filter(([, , shown]) => shown)
        .map(([look, label]) => (
          <li key={look}>
            <span class={`swatch ${look}`} aria-hidden="true" />
            {label}
          </li>
        ))}
    </ul>
  );
}
