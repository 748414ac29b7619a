import * as l10n from '@vscode/l10n';
import type { Activation, Positions } from '../../src/protocol/architecture';

const activations: Record<Exclude<Activation, 'none' | 'unknown'>, string> = {
  gelu: 'GELU',
  geluTanh: 'GELU (tanh)',
  quickGelu: 'Quick GELU',
  silu: 'SiLU',
  relu: 'ReLU',
  reluSquared: 'ReLU²',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
};

/** What an activation function is called. */
export function activationName(activation: Activation): string {
  if (activation === 'none') return l10n.t('no activation');
  if (activation === 'unknown') return l10n.t('unknown activation');
  return activations[activation];
}

/** How a model knows where its tokens stand. */
export function positionsName(positions: Positions): string {
  switch (positions) {
    case 'learned':
      return l10n.t('learned');
    case 'sinusoidal':
      return l10n.t('sinusoidal');
    case 'relative':
      return l10n.t('relative positions');
    case 'slopes':
      return l10n.t('a slope by distance for each head (ALiBi)');
    case 'disentangled':
      return l10n.t('disentangled positions');
    case 'rotary':
      return l10n.t('rotary positions');
  }
}
