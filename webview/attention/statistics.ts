import * as l10n from '@vscode/l10n';
import type { HeadStatistic } from '../../src/protocol/attention';

/** What heads may be ranked by: a statistic, or how far they are from what they are compared with. */
export type Ranked = HeadStatistic | 'divergence';

/** What a statistic of heads is called. */
export function statisticName(name: Ranked): string {
  switch (name) {
    case 'previousToken':
      return l10n.t('previous token');
    case 'nextToken':
      return l10n.t('next token');
    case 'sameToken':
      return l10n.t('same token');
    case 'sameWord':
      return l10n.t('same word');
    case 'firstToken':
      return l10n.t('first token');
    case 'separator':
      return l10n.t('separators');
    case 'crossSentence':
      return l10n.t('other sentence');
    case 'broad':
      return l10n.t('broad');
    case 'entropy':
      return l10n.t('entropy');
    case 'distance':
      return l10n.t('distance');
    case 'divergence':
      return l10n.t('divergence');
  }
}

/** How a statistic is computed. */
export function statisticDefinition(name: Ranked): string {
  switch (name) {
    case 'previousToken':
      return l10n.t('The mean weight of the token before the query, over all queries but the first. 0 to 1.');
    case 'nextToken':
      return l10n.t('The mean weight of the token after the query, over all queries but the last. 0 to 1.');
    case 'sameToken':
      return l10n.t('The mean weight of the query itself. 0 to 1.');
    case 'sameWord':
      return l10n.t(
        'The mean weight of the other tokens of the query’s word, over the queries of split words. 0 to 1.',
      );
    case 'firstToken':
      return l10n.t('The mean weight of the first token, over all queries but itself. 0 to 1.');
    case 'separator':
      return l10n.t('The mean weight of special tokens but the first. 0 to 1.');
    case 'crossSentence':
      return l10n.t('The mean weight of the other text of the pair, over the queries of both texts. 0 to 1.');
    case 'broad':
      return l10n.t(
        'The entropy as a part of the highest that there can be, log2 of the number of keys. 0 to 1.',
      );
    case 'entropy':
      return l10n.t('The mean of −Σ w·log2 w over the queries, in bits: n bits are as wide as 2ⁿ even keys.');
    case 'distance':
      return l10n.t('The mean of Σ w·|query − key| over the queries, in tokens.');
    case 'divergence':
      return l10n.t(
        'The mean Jensen-Shannon divergence of the head’s rows from those of the same head there, in bits. 0 to 1.',
      );
  }
}

/** A value of a statistic in as many digits as are worth reading; a dash where it has no meaning. */
export function statisticText(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

/** Heads from the highest value to the lowest, those without one last, equal ones in their order. */
export function ranked(values: Float32Array): number[] {
  const key = (index: number): number => (Number.isNaN(values[index]!) ? -Infinity : values[index]!);
  return [...values.keys()].sort((a, b) => key(b) - key(a) || a - b);
}
