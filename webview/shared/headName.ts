import * as l10n from '@vscode/l10n';
import type { HeadIndex } from '../../src/protocol/attention';

/** A head in words. */
export function headName({ layer, head }: HeadIndex): string {
  return l10n.t('Layer {0}, head {1}', layer, head);
}
