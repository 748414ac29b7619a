import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ComparedAttention } from '../../src/protocol/views';
import { NumberDropdown } from '../shared/ui';

interface StrideMenuProps extends Pick<ComparedAttention, 'tokens' | 'stride'> {
  onStride: (stride: number) => void;
}

const strides = [0, 32, 64, 128, 256];

/** How many tokens each window of a long text shares with the one before. */
export function StrideMenu({ tokens, stride, onStride }: StrideMenuProps): JSX.Element {
  // A window is always full.
  const capacity = tokens.filter(({ sequence }) => sequence !== null).length;
  const shared = Math.min(stride, capacity - 1);
  const choices = new Set([...strides.filter((each) => each < capacity), shared]);
  return (
    <NumberDropdown
      label={l10n.t('Tokens shared (stride)')}
      value={shared}
      choices={[...choices].sort((a, b) => a - b)}
      onChange={onStride}
    />
  );
}
