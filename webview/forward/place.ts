import type { RolePlace } from '../../src/protocol/models';

/** Where a person is in the forward pass; kept while the view is hidden and over a reload. */
export interface Place {
  /** The open step, by what it shows: of a layer the one that is chosen below. */
  role: RolePlace['role'] | null;
  stack: RolePlace['stack'];
  layer: number;
  head: number;
  token: number;
  /** A token of the target, where there is one. */
  target: number;
}

const start: Place = { role: null, stack: null, layer: 0, head: 0, token: 0, target: 0 };

/** A place from what was kept, whatever that is: an older version of the view may have kept something else. */
export function placeFrom(kept: unknown): Place {
  const { role, stack, layer, head, token, target } = (
    typeof kept === 'object' && kept !== null ? kept : {}
  ) as Partial<Place>;
  const index = (value: unknown): number =>
    Number.isInteger(value) && Number(value) >= 0 ? Number(value) : 0;
  return {
    role: typeof role === 'string' ? role : start.role,
    stack: stack === 'encoder' || stack === 'decoder' ? stack : null,
    layer: index(layer),
    head: index(head),
    token: index(token),
    target: index(target),
  };
}
