import { withFile } from '../fileSource';
import { readNode } from '../readNode';
import type { OnnxModel, OnnxNode } from '../types';
import { fieldsOf } from '../wire';

/** Whether a node's branches or body compute attention: a softmax, or an operator that has one inside. */
export function hidesAttention(
  model: OnnxModel,
  node: OnnxNode,
  isAttention: (inner: OnnxNode) => boolean,
): boolean {
  const graphs = [...node.attributes.values()].flatMap((attribute) =>
    attribute.kind === 'graphs' ? attribute.messages : [],
  );
  if (graphs.length === 0) return false;
  return withFile(model.path, (source) => {
    for (const graph of graphs) {
      let products = 0;
      let softmaxes = 0;
      for (const field of fieldsOf(source, graph, 'a subgraph')) {
        if (field.number !== 1) continue;
        const inner = readNode(source, field.range, 0);
        if (isAttention(inner)) return true;
        products += Number(inner.opType === 'MatMul' || inner.opType === 'Einsum');
        softmaxes += Number(inner.opType === 'Softmax');
      }
      if (softmaxes > 0 && products > 1) return true;
    }
    return false;
  });
}
