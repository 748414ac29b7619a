import * as l10n from '@vscode/l10n';
import type { NewNode } from '../edit';
import type { TensorSource } from './types';

/** A tensor of the graph. */
export const present = (tensor: string): TensorSource => ({ how: 'present', tensor });

/** A tensor that cannot be had, and why, in the user's language. */
export const missing = (reason: string): TensorSource => ({ how: 'missing', reason });

/** A sum that the operator `opType` keeps to itself, added again. */
export function addedAgain(tensors: readonly string[], tensor: string, opType: string): TensorSource {
  return {
    how: 'recomputed',
    tensor,
    nodes: additions(tensors, tensor),
    reason: l10n.t('The operator {0} computes it inside; Headlight adds the same tensors again.', opType),
  };
}

/** The nodes that add `tensors` one after the other, the last giving `result`. */
function additions(tensors: readonly string[], result: string): NewNode[] {
  const [first = '', ...others] = tensors;
  let sum = first;
  return others.map((tensor, at) => {
    const output = at === others.length - 1 ? result : `${result}_${String(at)}`;
    const node = { opType: 'Add', inputs: [sum, tensor], outputs: [output] };
    sum = output;
    return node;
  });
}
