import * as l10n from '@vscode/l10n';
import type { RolePlace } from '../../protocol/models';
import type { Model } from '../models/store';

/** What an entry of a head's logits stands for. */
export function labelOf({ tokenizer, config }: Model, role: RolePlace['role'], index: number): string {
  switch (role) {
    case 'maskedWordLogits':
    case 'nextTokenLogits':
      return tokenizer.native.idToToken(index) ?? String(index);
    case 'nextSentenceLogits':
      return index === 0 ? l10n.t('the second follows the first') : l10n.t('the second is another');
    case 'sentenceOrderLogits':
      return index === 0 ? l10n.t('in order') : l10n.t('swapped');
    case 'answerStartLogits':
    case 'answerEndLogits':
      return l10n.t('token {0}', index);
    default:
      return config.labels[index] || String(index);
  }
}
