import * as l10n from '@vscode/l10n';
import type { SidecarEdit } from '../edit';
import type { NodeBuilder } from '../nodeBuilder';
import type { GraphView } from './graphView';
import type { TensorSource } from './types';

/** A tensor of the graph. */
export const present = (tensor: string): TensorSource => ({ how: 'present', tensor });

/** A tensor that cannot be had, and why, in the user's language. */
export const missing = (reason: string): TensorSource => ({ how: 'missing', reason });

/** A graph that gives out these tensors: what computes some of them again is added once, whoever shares it. */
export function tapEdit(
  sources: readonly TensorSource[],
): Required<Pick<SidecarEdit, 'outputs' | 'addNodes' | 'addInitializers'>> {
  const edits = sources.flatMap((source) => (source.how === 'recomputed' ? source.edit : []));
  return {
    outputs: [...new Set(sources.flatMap((source) => (source.how === 'missing' ? [] : source.tensor)))],
    addNodes: [...new Set(edits.flatMap(({ addNodes }) => addNodes))],
    addInitializers: [...new Set(edits.flatMap(({ addInitializers }) => addInitializers))],
  };
}

/** A sum that the operator `opType` keeps to itself, added again. */
export function addedAgain(view: GraphView, tensors: readonly string[], opType: string): TensorSource {
  const builder = view.builder();
  const tensor = tensors.reduce((sum, term) => builder.op('Add', [sum, term]));
  return recomputed(builder, tensor, opType);
}

/** What the operator `opType` keeps to itself, and `edit` computes as `tensor`. */
export function recomputed(
  { edit }: Pick<NodeBuilder, 'edit'>,
  tensor: string,
  opType: string,
): TensorSource {
  const reason = l10n.t('The operator {0} computes it inside; Headlight computes it again.', opType);
  return { how: 'recomputed', tensor, edit, reason };
}
