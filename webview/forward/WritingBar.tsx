import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Writing } from '../../src/protocol/forward';
import { Stepper } from './Stepper';

interface WritingBarProps {
  writing: Writing;
  onRead: (written: number) => void;
}

/** How far a decoder has written, and the way to one token more or less: each is a run of its own. */
export function WritingBar({ writing, onRead }: WritingBarProps): JSX.Element {
  const { written, tokens, next } = writing;
  return (
    <div class="writing">
      <Stepper
        name={l10n.t('{0} of {1} tokens read', written, tokens)}
        previous={l10n.t('One token less')}
        next={l10n.t('One token more')}
        value={written - 1}
        count={tokens}
        onChange={(index) => onRead(index + 1)}
      />
      {next !== null && <span class="faint">{l10n.t('Next comes “{0}”.', next)}</span>}
      <details>
        <summary>{l10n.t('One token at a time')}</summary>
        <p>
          {l10n.t(
            'The decoder reads what is written so far; its last row, through the head, chooses the next token. The mask hides all that is later, so that the rows of earlier tokens stay as they were. A file with a cache keeps their keys and values and computes the last row alone; this one computes all rows anew for each token.',
          )}
        </p>
      </details>
    </div>
  );
}
