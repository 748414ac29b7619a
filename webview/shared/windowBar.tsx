import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { Window } from '../../src/protocol/inspections';
import { IconButton } from './ui';

interface WindowBarProps {
  result: { tokens: EncodedToken[]; tokenCount: number; window: Window | null };
  onRead: (index: number) => void;
  /** What else can be chosen of the windows. */
  children?: ComponentChildren;
}

/** Which part of a long text was read, and the way to the others; nothing for a text that was read whole. */
export function WindowBar({ result, onRead, children }: WindowBarProps): JSX.Element | null {
  const { window, tokenCount, tokens } = result;
  if (!window) return null;
  const { index, count, start, end } = window;
  return (
    <div class="window-bar">
      <span>
        {l10n.t('The text has {0} tokens; the model reads {1} at once.', tokenCount, tokens.length)}{' '}
        {l10n.t('Window {0} of {1}: characters {2}–{3}', index + 1, count, start, end)}
      </span>
      {children}
      <span class="steps">
        <IconButton
          label={l10n.t('Previous window')}
          disabled={index === 0}
          onClick={() => onRead(index - 1)}
        >
          ‹
        </IconButton>
        <IconButton
          label={l10n.t('Next window')}
          disabled={index === count - 1}
          onClick={() => onRead(index + 1)}
        >
          ›
        </IconButton>
      </span>
    </div>
  );
}
