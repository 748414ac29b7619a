import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { strideWindows, windowCapacity } from '../../src/core/windows';
import type { TokensResult } from '../../src/protocol/inspections';
import type { SourceRange } from '../../src/protocol/views';
import { NumberDropdown } from '../shared/ui';

interface WindowListProps {
  result: TokensResult;
  stride: number;
  onStride: (stride: number) => void;
  onReveal: (range: SourceRange, focus: boolean) => void;
}

const strides = [0, 32, 64, 128, 256];
const mostListed = 50;

/** The windows that a text longer than the model reads is cut into; nothing for one that fits, or for a pair. */
export function WindowList({ result, stride, onStride, onReveal }: WindowListProps): JSX.Element | null {
  const { tokens, counts } = result;
  const capacity = windowCapacity(result);
  if (capacity === null) return null;
  const choices = strides.filter((each) => each < capacity);
  const chosen = choices.includes(stride) ? stride : 0;
  const content = tokens.filter(({ sequence }) => sequence !== null);
  const windows = strideWindows(counts.ofText, capacity, chosen);
  return (
    <details class="windows">
      <summary>{l10n.t('Windows: {0}', windows.length)}</summary>
      <NumberDropdown
        label={l10n.t('Tokens shared (stride)')}
        value={chosen}
        choices={choices}
        onChange={onStride}
      />
      <ol>
        {windows.slice(0, mostListed).map(({ start, end }) => {
          const [first, last] = [content[start], content[end - 1]];
          const name = l10n.t('tokens {0}–{1}', start + 1, end);
          return (
            <li key={start}>
              {first && last ? (
                <button
                  type="button"
                  class="link"
                  onClick={() => onReveal({ sequence: 0, start: first.start!, end: last.end! }, false)}
                >
                  {name}, {l10n.t('characters {0}–{1}', first.start!, last.end!)}
                </button>
              ) : (
                name
              )}
            </li>
          );
        })}
      </ol>
    </details>
  );
}
