import type { NewAttribute, SidecarEdit } from './edit';
import { unusedNames } from './names';
import { positionwise } from './positionwise';
import { shapesOf } from './shapes';
import { indexOf, type GraphIndex } from './structure';
import type { OnnxModel } from './types';

/** A head that computes each position's logits from that position's hidden state alone. */
export interface PositionwiseHead {
  /** The tensor `[batch, sequence, hidden]` that the head starts from. */
  readonly hiddenState: string;
  /** Indices of the nodes from the hidden state to the logits. */
  readonly nodes: readonly number[];
  /** False when the head quantises by the range of all positions: fewer positions give slightly other numbers. */
  readonly exact: boolean;
}

/** The edit that computes a head at chosen positions only. */
export interface MaskedHeadEdit extends SidecarEdit {
  /** The new input: int64 `[batch, count, 1]`, the token indices wanted in each sequence. */
  readonly inputName: string;
  /** Whether the logits are the numbers that the whole run gives, but for the order of summation. */
  readonly exact: boolean;
}

/** An MLM head with decomposed norms, activations and quantisation has about forty nodes. */
const mostNodes = 300;

/** GatherElements came with this operator set. */
const leastOpset = 11;

/**
 * Finds the head in front of `logits` `[batch, sequence, size]`: the MLM transform and the decoder, say.
 * It begins at the input of its first weight matrix and never reaches across a residual connection.
 * undefined when the logits are not computed position by position, or when other nodes or outputs use
 * what the head computes.
 */
export function findPositionwiseHead(model: OnnxModel, logits: string): PositionwiseHead | undefined {
  const index = indexOf(model);
  const heads = candidates(index, logits).filter((head) => isClosed(index, head, logits));
  // Of those with the most weight matrices the shortest: what comes before is the encoder's own norm.
  const best = heads.reduce<Candidate | undefined>(
    (most, head) => (head.products > (most?.products ?? 0) ? head : most),
    undefined,
  );
  if (best === undefined) return undefined;
  const shapes = shapesOf(index);
  // Position by position, the rank stays what it is.
  if ((shapes.get(best.hiddenState) ?? shapes.get(logits))?.length !== 3) return undefined;
  return { hiddenState: best.hiddenState, nodes: best.nodes, exact: best.exact };
}

/**
 * The edit that gathers positions from the hidden state before the head, so that `logits` becomes
 * `[batch, count, size]`; everything else in the graph stays as it is. undefined where
 * `findPositionwiseHead` finds none or the operator set is older than 11: compute all positions then.
 */
export function maskedHeadEdit(model: OnnxModel, logits: string): MaskedHeadEdit | undefined {
  const head = findPositionwiseHead(model, logits);
  if (head === undefined || (model.opsets.get('') ?? 0) < leastOpset) return undefined;
  const { hiddenState, exact } = head;
  const name = unusedNames(model);
  const inputName = name('masked_positions');
  const two = name('masked_axis');
  const ones = name('masked_ones');
  const [shape, width, target, indices, gathered] = ['shape', 'width', 'target', 'indices', 'hidden'].map(
    (part) => name(`masked_${part}`),
  ) as [string, string, string, string, string];
  return {
    inputName,
    exact,
    addInputs: [{ name: inputName, elementType: 'int64', dims: [undefined, undefined, 1] }],
    addInitializers: [
      { name: two, dims: [1], data: BigInt64Array.of(2n) },
      { name: ones, dims: [2], data: BigInt64Array.of(1n, 1n) },
    ],
    // GatherND would need no spreading of the indices, and operator set 12, which many exports do not have.
    addNodes: [
      { opType: 'Shape', inputs: [hiddenState], outputs: [shape] },
      { opType: 'Gather', inputs: [shape, two], outputs: [width] },
      { opType: 'Concat', inputs: [ones, width], outputs: [target], attributes: axis(0) },
      { opType: 'Expand', inputs: [inputName, target], outputs: [indices] },
      { opType: 'GatherElements', inputs: [hiddenState, indices], outputs: [gathered], attributes: axis(1) },
    ],
    rewire: [
      {
        tensor: hiddenState,
        to: gathered,
        nodes: head.nodes.filter((node) => model.nodes[node]!.inputs.includes(hiddenState)),
      },
    ],
  };
}

function axis(value: number): Record<string, NewAttribute> {
  return { axis: { kind: 'int', value } };
}

interface Candidate extends PositionwiseHead {
  /** Products with weight matrices in the head. */
  readonly products: number;
}

/**
 * Walks back from the logits, always through the latest node, and notes each tensor that everything
 * passes through. The shortest head comes first.
 */
function candidates(index: GraphIndex, logits: string): Candidate[] {
  const found: Candidate[] = [];
  const nodes: number[] = [];
  const frontier = new Set([logits]);
  let products = 0;
  let exact = true;
  let sectionStart = 0;
  let sectionProducts = 0;
  while (nodes.length < mostNodes) {
    const [only, more] = frontier;
    if (only !== undefined && more === undefined && only !== logits) {
      const readers = nodes
        .slice(sectionStart)
        .filter((node) => index.model.nodes[node]!.inputs.includes(only));
      // A way around a weight matrix is a residual connection: that is the encoder.
      if (products > sectionProducts && readers.length > 1) break;
      found.push({ hiddenState: only, nodes: [...nodes], products, exact });
      sectionStart = nodes.length;
      sectionProducts = products;
    }
    const node = latestProducer(index, frontier);
    const kind = node && positionwise(node, index);
    if (node === undefined || kind === undefined) break;
    nodes.push(node.index);
    products += Number(kind.product);
    exact &&= kind.exact;
    for (const output of node.outputs) frontier.delete(output);
    for (const input of index.dynamicInputs(node)) frontier.add(input);
  }
  return found;
}

/** undefined when the frontier holds something that no node computes. */
function latestProducer(
  index: GraphIndex,
  frontier: ReadonlySet<string>,
): ReturnType<GraphIndex['producer']> {
  let latest: ReturnType<GraphIndex['producer']>;
  for (const tensor of frontier) {
    const node = index.producer(tensor);
    if (node === undefined) return undefined;
    if (latest === undefined || node.index > latest.index) latest = node;
  }
  return latest;
}

/** Whether the head reads nothing but its hidden state and constants, and nobody else reads what it computes. */
function isClosed(index: GraphIndex, head: Candidate, logits: string): boolean {
  const inside = new Set(head.nodes);
  const outputs = new Set(index.model.outputs.map((output) => output.name));
  return head.nodes.every((number) => {
    const node = index.model.nodes[number]!;
    const fed = index.dynamicInputs(node).every((name) => {
      return name === head.hiddenState || inside.has(index.producer(name)?.index ?? -1);
    });
    const kept = node.outputs.every((name) => {
      const isLogits = name === logits;
      return (
        (isLogits || !outputs.has(name)) &&
        index.consumers(name).every((reader) => !isLogits && inside.has(reader))
      );
    });
    return fed && kept;
  });
}
