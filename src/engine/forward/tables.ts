import { constantInts } from '../onnx/constants';
import type { ForwardGraph } from './graph';

/** Nodes between a table and the vectors that are taken from it. */
const mostSteps = 16;

/** The stored table that a tensor's rows are taken from; undefined where it is computed otherwise. */
export function tableBehind(graph: ForwardGraph, tensor: string): string | undefined {
  let name = tensor;
  for (let steps = 0; steps < mostSteps; steps++) {
    if (graph.isConstant(name)) return graph.view.shapes.get(name)?.length === 1 ? undefined : name;
    const node = graph.producer(graph.base(name));
    const [first = ''] = node?.inputs ?? [];
    if (!node || !['Expand', 'Gather', 'Slice', 'Tile'].includes(node.opType)) return undefined;
    // One row of several tables is no table.
    if (node.opType === 'Gather' && constantInts(graph.view.index, node.inputs[1])?.length === 1)
      return undefined;
    name = first;
  }
  return undefined;
}
