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

/** What a tensor is called where no block is named beside it. */
export function listedName(role: RolePlace['role']): string {
  switch (role) {
    case 'maskedWordLogits':
      return l10n.t('Masked-Word Head');
    case 'nextTokenLogits':
      return l10n.t('Next-Token Head');
    case 'nextSentenceLogits':
      return l10n.t('Next-Sentence Head');
    case 'sentenceOrderLogits':
      return l10n.t('Sentence-Order Head');
    case 'classLogits':
      return l10n.t('Classification Head');
    case 'tagLogits':
      return l10n.t('Tagging Head');
    case 'answerStartLogits':
      return l10n.t('Answer-Start Head');
    case 'answerEndLogits':
      return l10n.t('Answer-End Head');
    case 'replacedTokenLogits':
      return l10n.t('Replaced-Token Head');
    case 'finalNorm':
      return l10n.t('Final Norm');
    default:
      return roleName(role);
  }
}
