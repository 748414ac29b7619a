import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { StackShape } from '../../src/protocol/attention';
import { Dropdown } from '../shared/ui';
import { stackName } from './headNames';
import type { Block, Place, Reduction } from './place';

interface ControlsProps {
  place: Place & StackShape;
  stacks: StackShape[];
  /** Whether the text has two parts. */
  isPair: boolean;
  onPlace: (change: Partial<Place>) => void;
}

/** What of the attention is shown, and in which form. */
export function Controls({ place, stacks, isPair, onPlace }: ControlsProps): JSX.Element {
  const { layer } = place;
  const reductions: { value: Reduction; label: string }[] = [
    { value: 'head', label: l10n.t('one head') },
    { value: 'layerMean', label: l10n.t('mean of layer {0}', layer) },
    { value: 'layerMaximum', label: l10n.t('maximum of layer {0}', layer) },
    { value: 'mean', label: l10n.t('mean of all heads') },
    { value: 'maximum', label: l10n.t('maximum of all heads') },
    { value: 'overlaidMean', label: l10n.t('mean of the chosen heads') },
    ...(place.stack === 'cross'
      ? []
      : [{ value: 'rollout' as const, label: l10n.t('rollout from layer {0}', layer) }]),
  ];
  return (
    <div class="controls">
      {stacks.length > 1 && (
        <Dropdown
          label={l10n.t('Attention')}
          value={place.stack}
          choices={stacks.map(({ stack }) => ({ value: stack, label: stackName(stack) }))}
          onChange={(stack) => onPlace({ stack, cell: null })}
        />
      )}
      <Dropdown
        label={l10n.t('Show')}
        value={place.reduction}
        choices={reductions}
        onChange={(reduction) => onPlace({ reduction })}
      />
      <Dropdown
        label={l10n.t('By')}
        value={place.words ? 'words' : 'tokens'}
        choices={[
          { value: 'tokens', label: l10n.t('token') },
          { value: 'words', label: l10n.t('word') },
        ]}
        onChange={(level) => onPlace({ words: level === 'words', cell: null })}
      />
      <Dropdown
        label={l10n.t('Special tokens')}
        value={place.specials}
        choices={[
          { value: 'shown', label: l10n.t('shown') },
          { value: 'hidden', label: l10n.t('hidden') },
          { value: 'renormalised', label: l10n.t('hidden, scaled') },
        ]}
        onChange={(specials) => onPlace({ specials, cell: null })}
      />
      {isPair && (
        <Dropdown
          label={l10n.t('Texts')}
          value={place.block}
          choices={blocks()}
          onChange={(block) => onPlace({ block, cell: null })}
        />
      )}
      {notesOf(place).length > 0 && <p class="notes">{notesOf(place).join(' ')}</p>}
    </div>
  );
}

/** What is done to the weights, where that is not told by its name. */
function notesOf({ words, specials, reduction }: Place): string[] {
  return [
    ...(words ? [l10n.t('Weights to the tokens of a word are summed, those from them averaged.')] : []),
    ...(specials === 'hidden' ? [l10n.t('Rows sum to less than 1: the rest goes to special tokens.')] : []),
    ...(specials === 'renormalised' ? [l10n.t('What is left of each row is scaled to sum to 1.')] : []),
    ...(reduction === 'rollout'
      ? [
          l10n.t(
            'Each layer’s mean with half of the identity, multiplied down to the embeddings (Abnar and Zuidema 2020).',
          ),
        ]
      : []),
  ];
}

function blocks(): { value: Block; label: string }[] {
  return [
    { value: 'all', label: l10n.t('both') },
    { value: 'AA', label: 'A → A' },
    { value: 'AB', label: 'A → B' },
    { value: 'BA', label: 'B → A' },
    { value: 'BB', label: 'B → B' },
  ];
}
