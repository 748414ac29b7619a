import type { AttentionTensors } from '../attention';
import { readsShapeOnly, type GraphView } from './graphView';
import { weightOf } from './linear';

/** What scores are made of besides the product of queries and keys. */
export interface Scoring {
  /** The entries of a table of biases by distance (Raffel et al. 2020), [S, T, N]. */
  readonly relativeBias: string | undefined;
  /** Whether products of content with position are gathered by distance (He et al. 2021). */
  readonly isDisentangled: boolean;
  /** Constants: the table of biases, or that of vectors by distance with what projects them. */
  readonly weights: readonly string[];
}

/** Masks and biases are computed in fewer nodes. */
const mostNodes = 1000;

/** Looks through everything that the scores are computed from, up to queries, keys and shapes. */
export function scoringOf(view: GraphView, attention: AttentionTensors): Scoring {
  const fused = attention.operator;
  const { query, key } = attention.inGraph ?? attention;
  let relativeBias: string | undefined;
  let isDisentangled = false;
  const weights: string[] = [];
  const open = new Set([attention.scores, attention.mask ?? '', ...(fused?.inputs.slice(3) ?? [])]);
  for (const tensor of open) {
    if (tensor === query || tensor === key || open.size > mostNodes) continue;
    if (isDisentangled && view.isConstant(tensor)) {
      weights.push(tensor);
      continue;
    }
    const node = view.producer(tensor);
    if (!node || weightOf(view, node) !== undefined || readsShapeOnly(node)) continue;
    if (node.opType === 'GatherElements') isDisentangled = true;
    const [data = '', ...rest] = node.inputs;
    if (node.opType === 'Gather' && isBiasTable(view, data, attention.heads)) {
      relativeBias ??= tensor;
      weights.push(data);
      continue;
    }
    // Which entry is taken says nothing of what it is.
    const inputs = node.opType.startsWith('Gather') ? [data] : [data, ...rest];
    for (const input of inputs) if (input !== '') open.add(input);
  }
  return { relativeBias, isDisentangled, weights };
}

/** A table with a number for each head in every row. */
function isBiasTable(view: GraphView, tensor: string, heads: number | undefined): boolean {
  const shape = view.shapes.get(tensor);
  if (!view.isConstant(tensor) || shape?.length !== 2) return false;
  const [rows, columns] = shape;
  return typeof rows === 'number' && rows > 1 && columns === (heads ?? columns);
}
