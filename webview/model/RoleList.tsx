import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { RoleFacts } from '../../src/protocol/models';
import { countWays, listRoles, type ListedPart, type Part } from './listing';
import { stackName } from '../shared/roleNames';
import { layersName, listedName, wayName } from './names';
import { Reason } from './Reason';

interface RoleListProps {
  roles: RoleFacts[];
  open: boolean;
  onToggle: (open: boolean) => void;
  onChoose: (role: RoleFacts) => void;
}

/** Every tensor that a Transformer of this kind has, whether the file can show it, and why not. */
export function RoleList({ roles, open, onToggle, onChoose }: RoleListProps): JSX.Element {
  const { present, recomputed, missing } = countWays(roles);
  const several = new Set(roles.flatMap(({ stack }) => stack ?? [])).size > 1;
  return (
    <details class="roles" open={open} onToggle={({ currentTarget }) => onToggle(currentTarget.open)}>
      <summary>
        <h2>{l10n.t('What this file can show')}</h2>{' '}
        <span class="faint">
          {l10n.t('{0} present, {1} recomputed, {2} missing', present, recomputed, missing)}
        </span>
      </summary>
      {open && (
        <table>
          <thead>
            <tr>
              <th scope="col">{l10n.t('Tensor')}</th>
              <th scope="col">{l10n.t('Layers')}</th>
              <th scope="col">{l10n.t('In the file')}</th>
            </tr>
          </thead>
          {listRoles(roles).map((part) => (
            <PartRows key={`${part.stack} ${part.part}`} {...{ part, several, onChoose }} />
          ))}
        </table>
      )}
    </details>
  );
}

interface PartRowsProps {
  part: ListedPart;
  /** Whether there are several stacks, so that each is named. */
  several: boolean;
  onChoose: (role: RoleFacts) => void;
}

function PartRows({ part: { stack, part, roles }, several, onChoose }: PartRowsProps): JSX.Element {
  const name = partName(part);
  return (
    <tbody>
      <tr>
        <th class="part" colSpan={3} scope="rowgroup">
          {several && stack !== null ? `${stackName(stack)}: ${name}` : name}
        </th>
      </tr>
      {roles.map(({ first, layers }) => (
        <tr key={`${first.role} ${first.layer}`}>
          <td>
            <button type="button" class="link" onClick={() => onChoose(first)}>
              {listedName(first)}
            </button>
          </td>
          <td class="faint">{layers.length > 0 && layersName(layers)}</td>
          <td>
            <span class={`way ${first.how}`}>{wayName(first.how)}</span>
            {first.reason !== null && <Reason reason={first.reason} />}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function partName(part: Part): string {
  switch (part) {
    case 'embeddings':
      return l10n.t('Embeddings');
    case 'attention':
      return l10n.t('Attention');
    case 'crossAttention':
      return l10n.t('Cross-Attention');
    case 'feedForward':
      return l10n.t('Feed-Forward');
    case 'result':
      return l10n.t('Result');
    case 'heads':
      return l10n.t('Heads');
  }
}
