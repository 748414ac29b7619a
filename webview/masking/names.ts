import * as l10n from '@vscode/l10n';
import { spanShares } from '../../src/core/masking/masking';
import type { MaskingPolicy } from '../../src/protocol/masking';

/** What a policy is called. */
export function policyName(policy: MaskingPolicy): string {
  switch (policy) {
    case 'token':
      return l10n.t('Tokens');
    case 'word':
      return l10n.t('Whole words');
    case 'span':
      return l10n.t('N-grams');
    case 'entity':
      return l10n.t('Entities');
  }
}

/** What a policy does, and who described it. */
export function policyRule(policy: MaskingPolicy): string {
  switch (policy) {
    case 'token':
      return l10n.t('Each token on its own (BERT).');
    case 'word':
      return l10n.t('All pieces of a word together; Chinese words by a dictionary (BERT-wwm).');
    case 'span':
      return l10n.t(
        'Runs of one, two and three words: {0} % of the runs (ALBERT).',
        spanShares.map((share) => Math.round(share * 100)).join(', '),
      );
    case 'entity':
      return l10n.t('Entities as a whole, and other words (ERNIE).');
  }
}
