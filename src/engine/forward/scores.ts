import type { AttentionTensors } from '../onnx/attention';
import { isFormOnly } from '../onnx/architecture/graphView';
import type { ForwardGraph } from './graph';

/** Nodes between the product of queries and keys and the softmax. */
const mostSteps = 32;

/**
 * What the product of queries and keys is multiplied with before the softmax; null where the graph computes it from
 * the size of a head, and undefined where something else than one mask is combined with it.
 */
export function scoresBehind(
  graph: ForwardGraph,
  { scores, query, key, mask }: AttentionTensors,
): { factor: number | null } | undefined {
  const [base, masked] = [graph.base(query), mask === undefined ? undefined : graph.base(mask)];
  let factor: number | null = 1;
  let name = scores;
  for (let steps = 0; steps < mostSteps; steps++) {
    const node = graph.producer(name);
    if (!node) return undefined;
    const [first = '', second = ''] = node.inputs;
    const isFactor = (input: string): boolean =>
      graph.base(input) === base || graph.base(input) === graph.base(key);
    if (isProduct.has(node.opType) && [first, second].some(isFactor)) return { factor };
    const rest = node.inputs.filter((input) => input !== '' && !graph.isConstant(input));
    if (isFormOnly(node)) name = first;
    else if (node.opType === 'Add') {
      const isMask = (input: string): boolean => graph.base(input) === masked || graph.isConstant(input);
      const other = [first, second].find((input) => !isMask(input));
      if (other === undefined || ![first, second].some((input) => input !== other && isMask(input)))
        return undefined;
      name = other;
    } else if (node.opType === 'Mul' || node.opType === 'Div') {
      const number: number | undefined = graph.number(
        [first, second].find((input) => input !== rest[0]) ?? '',
      );
      if (number === undefined && rest.length === 1) return undefined;
      factor =
        number === undefined ? null : factor && (node.opType === 'Mul' ? factor * number : factor / number);
      name = number === undefined ? first : (rest[0] ?? '');
    } else if (node.opType === 'Where') {
      // Scores where a condition holds, a number that hides elsewhere.
      const open = node.inputs.slice(1).filter((input) => !graph.isConstant(input));
      if (open.length !== 1) return undefined;
      [name] = open as [string];
    } else return undefined;
  }
  return undefined;
}

const isProduct = new Set(['Einsum', 'FusedMatMul', 'MatMul']);
