import * as l10n from '@vscode/l10n';
import type { AttentionStack, HeadIndex } from '../../src/protocol/attention';
import { headName } from '../shared/headName';
import type { Reduction } from './place';

/** A head as it is written and typed: `5.11`. */
export function headNumber({ layer, head }: HeadIndex): string {
  return `${layer}.${head}`;
}

/** What is on show, in words. */
export function shownName(reduction: Reduction, { layer, head }: HeadIndex): string {
  switch (reduction) {
    case 'head':
      return headName({ layer, head });
    case 'layerMean':
      return l10n.t('Mean of layer {0}', layer);
    case 'layerMaximum':
      return l10n.t('Maximum of layer {0}', layer);
    case 'mean':
      return l10n.t('Mean of all heads');
    case 'maximum':
      return l10n.t('Maximum of all heads');
    case 'overlaidMean':
      return l10n.t('Mean of the chosen heads');
    case 'rollout':
      return l10n.t('Rollout from layer {0}', layer);
  }
}

/** What attends to what in a stack. */
export function stackName(stack: AttentionStack): string {
  switch (stack) {
    case 'encoder':
      return l10n.t('encoder to itself');
    case 'decoder':
      return l10n.t('decoder to itself');
    case 'cross':
      return l10n.t('decoder to encoder');
  }
}
