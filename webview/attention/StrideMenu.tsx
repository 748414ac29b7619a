import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ComparedAttention } from '../../src/protocol/views';
import { Dropdown } from '../shared/ui';

interface StrideMenuProps extends Pick<ComparedAttention, 'tokens' | 'stride'> {
  onStride: (stride: number) => void;
}

/** Where each window of a long text begins after the one before: end to end, or with some of it read again. */
export function StrideMenu({ tokens, stride, onStride }: StrideMenuProps): JSX.Element {
  // A window is always full.
  const whole = tokens.filter(({ sequence }) => sequence !== null).length;
  const strides = [1, 2, 4].map((part) => Math.ceil(whole / part));
  return (
    <Dropdown
      label={l10n.t('Stride')}
      value={String(stride ?? whole)}
      choices={strides.map((each) => ({ value: String(each), label: String(each) }))}
      onChange={(each) => onStride(Number(each))}
    />
  );
}
