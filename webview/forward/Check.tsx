import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ForwardCheck } from '../../src/protocol/forward';

/** What two ways to compute a float32 may differ by. */
const tolerance = 1e-4;

interface CheckProps {
  check: ForwardCheck | null;
  /** Rows of the whole tensor. */
  rows: number;
  /** The chosen head, of a tensor by head. */
  head: number | null;
}

/** Whether Headlight's own recomputation agrees with the model's tensor, in words and by a sign. */
export function Check({ check, rows, head }: CheckProps): JSX.Element {
  if (!check) {
    return <p class="check none">{l10n.t('Not recomputed: the file computes this in a form of its own.')}</p>;
  }
  const agrees = check.relative <= tolerance && check.mismatched === 0;
  const own = head === null ? undefined : check.heads[head];
  return (
    <p class={agrees ? 'check agrees' : 'check differs'} role="status">
      {agrees ? l10n.t('Recomputed and equal.') : l10n.t('Recomputed, and not equal.')}{' '}
      {l10n.t(
        'Largest difference {0}; over the largest number {1}.',
        short(check.absolute),
        short(check.relative),
      )}{' '}
      {own && l10n.t('In head {0}: {1}.', head!, short(own.absolute))}{' '}
      {check.rows < rows && l10n.t('{0} of {1} rows were recomputed.', check.rows, rows)}
    </p>
  );
}

/** A small number in two digits. */
function short(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('-', '\u2212');
}
