import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ArchitectureFacts } from '../../src/protocol/architecture';
import type { RoleFacts } from '../../src/protocol/models';
import { IconButton } from '../shared/ui';
import { blockOf, inLayer, rolesOf, type Choice } from './blocks';
import { roleName, stackName } from '../shared/roleNames';
import { blockName, wayName } from './names';
import { Reason } from './Reason';

interface BlockPaneProps {
  choice: Choice;
  role: RoleFacts;
  roles: RoleFacts[];
  architecture: ArchitectureFacts | null;
  onChoose: (choice: Choice) => void;
}

/** A block's tensors to choose from, with the way to its other layers, and why one is not in the file as it is. */
export function BlockPane({ choice, role, roles, architecture, onChoose }: BlockPaneProps): JSX.Element {
  const stack = architecture?.stacks.find(({ kind }) => kind === choice.stack);
  const block = blockOf(role, stack);
  const tensors = rolesOf(block, choice, roles, architecture);
  const layers = stack?.layers.length ?? 0;
  const hasLayers = tensors.some(({ layer }) => layer !== null) && layers > 1;
  const layer = choice.shownLayer;
  return (
    <>
      <header class="block-title">
        <h2>
          {[
            ...(architecture && architecture.stacks.length > 1 && stack ? [stackName(stack.kind)] : []),
            ...(hasLayers ? [l10n.t('Layer {0}', layer)] : []),
            blockName(block, choice.stack),
          ].join(' · ')}
        </h2>
        {hasLayers && (
          <>
            <IconButton
              label={l10n.t('Previous layer')}
              disabled={layer === 0}
              onClick={() => onChoose(inLayer(choice, layer - 1))}
            >
              ‹
            </IconButton>
            <IconButton
              label={l10n.t('Next layer')}
              disabled={layer === layers - 1}
              onClick={() => onChoose(inLayer(choice, layer + 1))}
            >
              ›
            </IconButton>
          </>
        )}
      </header>
      <div class="tensors" role="group" aria-label={l10n.t('Tensors')}>
        {tensors.map((each) => (
          <button
            key={each.role}
            type="button"
            class={`tensor ${each.how}`}
            aria-pressed={each.role === role.role}
            aria-label={`${roleName(each.role)}, ${wayName(each.how)}`}
            title={each.reason ?? wayName(each.how)}
            onClick={() => onChoose({ ...choice, role: each.role, layer: each.layer })}
          >
            {roleName(each.role)}
          </button>
        ))}
      </div>
      {role.reason !== null && (
        <div class="explanation">
          <span class={`way ${role.how}`}>{wayName(role.how)}</span>
          <Reason reason={role.reason} />
        </div>
      )}
    </>
  );
}
