import type { AttentionTensors } from '../attention';
import { intAttribute } from '../structure';
import type { OnnxNode } from '../types';
import { isFormOnly, type GraphView } from './graphView';
import { linearAt, weightOf } from './linear';
import type { Norms } from './norms';

/** Where one attention's queries, keys and values come from. */
export interface Projections {
  /** What the queries are projected from: a hidden state; undefined where it is not found. */
  readonly input: string | undefined;
  /** Whether queries are turned by their position (Su et al. 2021). */
  readonly isRotary: boolean;
  /** Constants of the three projections, those used twice once. */
  readonly weights: readonly string[];
}

/** onnxruntime's operators that project inside: their inputs are hidden state, matrix and bias. */
const projectsInside = new Set(['Attention', 'PackedAttention', 'QAttention']);

/** Operators that take projected queries, keys and values; one of the standard domain is named Attention, too. */
const takesProjected = new Set([
  ...['Attention', 'DecoderMaskedMultiHeadAttention', 'GroupQueryAttention', 'MultiHeadAttention'],
  'PackedMultiHeadAttention',
]);

/** Between a projection and the product of queries and keys. */
const passing = new Set([
  ...['Add', 'Concat', 'Div', 'Expand', 'Gather', 'Mul', 'Neg', 'Slice', 'Split', 'Sub', 'Tile', 'Where'],
]);

/** More than any exporter writes between the two. */
const mostNodes = 128;

/** Follows queries, keys and values back to the linear layers that they come from. */
export function projectionsOf(view: GraphView, norms: Norms, attention: AttentionTensors): Projections {
  const fused = attention.operator;
  const turnsInside = fused !== undefined && intAttribute(fused, 'do_rotary', 0) === 1;
  if (fused && fused.domain === 'com.microsoft' && projectsInside.has(fused.opType)) {
    const weights = fused.inputs.slice(1, 3).filter((name) => view.isConstant(name));
    return { input: fused.inputs[0], isRotary: turnsInside, weights };
  }
  const { query, key, value } = attention.inGraph ?? attention;
  const [q = '', k = '', v = ''] =
    fused && takesProjected.has(fused.opType) ? fused.inputs : [query, key, value];
  // Packed projections stand in the first input alone.
  const ends = [q, k || q, v || q].map((tensor) => behind(view, norms, tensor));
  const linears = ends.map(({ products: [nearest] }) => nearest && linearAt(view, nearest));
  const [queries] = linears;
  const biases = (fused?.inputs ?? []).filter(
    (name) => view.isVector(name) && view.shapes.get(name)?.length === 1,
  );
  return {
    input: queries?.input,
    isRotary: turnsInside || ends[0]!.isRotary,
    weights: [...new Set([...linears.flatMap((linear) => linear?.weights ?? []), ...biases])],
  };
}

/** The products with weight matrices that a tensor is a rearranged, scaled or turned form of; nearest first. */
function behind(view: GraphView, norms: Norms, tensor: string): { products: OnnxNode[]; isRotary: boolean } {
  const products = new Set<OnnxNode>();
  const reached = new Map<string, Set<OnnxNode>>();
  let isRotary = false;
  const follow = (name: string): Set<OnnxNode> => {
    const known = reached.get(name);
    if (known || reached.size > mostNodes) return known ?? new Set();
    const found = new Set<OnnxNode>();
    reached.set(name, found);
    const node = view.producer(name);
    if (!node) return found;
    if (weightOf(view, node) !== undefined) {
      products.add(node);
      return found.add(node);
    }
    const normed = norms.giving(name)?.input;
    const inputs = normed === undefined ? followed(view, node) : [normed];
    const parts = inputs.map(follow);
    for (const part of parts) for (const product of part) found.add(product);
    // Turning adds two forms of the same vectors: one times the cosines, one times the sines.
    const [left, right] = parts;
    const isTurned = left && right && [...left].some((product) => right.has(product));
    isRotary ||= node.opType === 'RotaryEmbedding' || (node.opType === 'Add' && isTurned === true);
    return found;
  };
  follow(tensor);
  return { products: [...products], isRotary };
}

function followed(view: GraphView, node: OnnxNode): string[] {
  if (isFormOnly(node) || node.opType === 'RotaryEmbedding') return node.inputs.slice(0, 1);
  if (!passing.has(node.opType)) return [];
  const first = ['Gather', 'Slice', 'Split', 'Expand', 'Tile'].includes(node.opType);
  return first ? node.inputs.slice(0, 1) : view.index.dynamicInputs(node);
}
