import type { AttentionTensors } from '../attention';
import type { OnnxNode } from '../types';
import type { GraphView } from './graphView';

/** Operators that compute attention inside: of com.microsoft, but for one Attention of the standard domain. */
const fusedOperators = new Set([
  ...['Attention', 'DecoderMaskedMultiHeadAttention', 'GroupQueryAttention', 'MultiHeadAttention'],
  ...['PackedAttention', 'PackedMultiHeadAttention', 'QAttention'],
]);

/**
 * The operator that computes an attention inside; undefined where the graph computes it in the open. What is
 * computed again reads what the operator reads, or gives: it is the one with the most of these tensors.
 */
export function fusedOperator(view: GraphView, attention: AttentionTensors): OnnxNode | undefined {
  if (attention.how === 'present') return undefined;
  const read = new Set(attention.edit.addNodes.flatMap(({ inputs }) => inputs));
  let best: OnnxNode | undefined;
  let most = 0;
  for (const node of view.model.nodes) {
    if (!fusedOperators.has(node.opType)) continue;
    const shared = [...node.inputs, ...node.outputs].filter((name) => name !== '' && read.has(name)).length;
    if (shared > most) [best, most] = [node, shared];
  }
  return best;
}
