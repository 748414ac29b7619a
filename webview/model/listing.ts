import type { Availability, RoleFacts } from '../../src/protocol/models';

/** The part of a Transformer that a tensor belongs to. */
export type Part = 'embeddings' | 'attention' | 'crossAttention' | 'feedForward' | 'result' | 'heads';

/** A tensor that can be had in the same way in several layers. */
export interface ListedRole {
  /** In the first of its layers. */
  first: RoleFacts;
  /** Empty for what a stack or model has once. */
  layers: number[];
}

export interface ListedPart {
  stack: RoleFacts['stack'];
  part: Part;
  roles: ListedRole[];
}

/** All tensors, part by part; those of several layers that can be had in one way are listed once. */
export function listRoles(roles: readonly RoleFacts[]): ListedPart[] {
  const parts = new Map<string, ListedPart>();
  const listed = new Map<string, ListedRole>();
  for (const role of roles) {
    const part = partOf(role);
    const group = `${role.stack} ${part}`;
    const known = parts.get(group) ?? { stack: role.stack, part, roles: [] };
    parts.set(group, known);
    const key = [group, role.role, role.how, role.reason].join('\n');
    const same = listed.get(key);
    if (same && role.layer !== null) same.layers.push(role.layer);
    else {
      const entry = { first: role, layers: role.layer === null ? [] : [role.layer] };
      listed.set(key, entry);
      known.roles.push(entry);
    }
  }
  return [...parts.values()];
}

/** How many tensors can be had in each way. */
export function countWays(roles: readonly RoleFacts[]): Record<Availability, number> {
  const counts = { present: 0, recomputed: 0, missing: 0 };
  for (const { how } of roles) counts[how]++;
  return counts;
}

function partOf({ role, stack }: RoleFacts): Part {
  if (stack === null) return 'heads';
  if (role.startsWith('attention')) return 'attention';
  if (role.startsWith('crossAttention')) return 'crossAttention';
  if (role.startsWith('feedForward') || role === 'hiddenState') return 'feedForward';
  return role === 'finalNorm' || role === 'lastHiddenState' ? 'result' : 'embeddings';
}

/** The command at the end of a reason, after its colon; null where there is none. */
export function splitCommand(reason: string): { text: string; command: string | null } {
  const found = /^(.*[:：])\s*(optimum-cli .+)$/s.exec(reason);
  return found ? { text: found[1]!, command: found[2]! } : { text: reason, command: null };
}
