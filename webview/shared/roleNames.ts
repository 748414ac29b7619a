import * as l10n from '@vscode/l10n';
import type { RolePlace } from '../../src/protocol/models';

/** What a tensor is called inside its block. */
export function roleName(role: RolePlace['role']): string {
  const part = role.replace(/^(attention|crossAttention|feedForward)(?=[A-Z])/, '');
  switch (part) {
    case 'tokenEmbedding':
      return l10n.t('Token Embedding');
    case 'positionEmbedding':
      return l10n.t('Position Embedding');
    case 'segmentEmbedding':
      return l10n.t('Segment Embedding');
    case 'embeddingSum':
      return l10n.t('Sum');
    case 'embeddingNorm':
    case 'finalNorm':
    case 'Norm':
      return l10n.t('Norm');
    case 'embeddingProjection':
      return l10n.t('Projection');
    case 'relativePositionBias':
      return l10n.t('Position bias');
    case 'lastHiddenState':
      return l10n.t('Last Hidden State');
    case 'Query':
      return l10n.t('Queries');
    case 'Key':
      return l10n.t('Keys');
    case 'Value':
      return l10n.t('Values');
    case 'Scores':
      return l10n.t('Scores');
    case 'Mask':
      return l10n.t('Mask');
    case 'Probabilities':
      return l10n.t('Probabilities');
    case 'Context':
      return l10n.t('Contexts');
    case 'Heads':
      return l10n.t('Heads side by side');
    case 'Inner':
      return l10n.t('Before activation');
    case 'Gate':
      return l10n.t('Gate');
    case 'Activation':
      return l10n.t('After activation');
    case 'Output':
      return l10n.t('Output');
    case 'ResidualSum':
      return l10n.t('Residual sum');
    case 'hiddenState':
      return l10n.t('Hidden state');
    case 'pooler':
      return l10n.t('Pooled text');
    default:
      return l10n.t('Logits');
  }
}

/** What a stack is called. */
export function stackName(kind: 'encoder' | 'decoder'): string {
  return kind === 'encoder' ? l10n.t('Encoder') : l10n.t('Decoder');
}
