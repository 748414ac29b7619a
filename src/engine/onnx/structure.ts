import { ConstantReads } from './constantReads';
import type { OnnxAttribute, OnnxModel, OnnxNode } from './types';

/** Operators whose result differs from run to run, or which stand for inputs. */
const neverConstant = /^(Random|Bernoulli|Multinomial|Dropout)/;

/** More nodes than any tensor of a Transformer is read by that tells what it is. */
const mostReaders = 256;

const indices = new WeakMap<OnnxModel, GraphIndex>();

/** The index of a model, made when it is first asked for. */
export function indexOf(model: OnnxModel): GraphIndex {
  const index = indices.get(model) ?? new GraphIndex(model);
  indices.set(model, index);
  return index;
}

/** What feeds what in a graph, and which tensors are the same in every run. */
export class GraphIndex {
  readonly reads: ConstantReads;
  private readonly producers = new Map<string, OnnxNode>();
  private readonly uses = new Map<string, number[]>();
  private readonly constants = new Set<string>();

  constructor(readonly model: OnnxModel) {
    this.reads = new ConstantReads(model);
    for (const name of model.initializers.keys()) this.constants.add(name);
    for (const name of model.sparseInitializers) this.constants.add(name);
    for (const node of model.nodes) this.add(node);
  }

  /** The node that computes `tensor`; undefined for graph inputs and initializers. */
  producer(tensor: string): OnnxNode | undefined {
    return this.producers.get(tensor);
  }

  /** Indices of the nodes that read `tensor`, inside of subgraphs included, in graph order. */
  consumers(tensor: string): readonly number[] {
    return this.uses.get(tensor) ?? [];
  }

  /** The first nodes that read `tensor`, in graph order. */
  readers(tensor: string): OnnxNode[] {
    return this.consumers(tensor)
      .slice(0, mostReaders)
      .map((reader) => this.model.nodes[reader]!);
  }

  /** Whether `tensor` is an initializer, a Constant node's, or computed from such tensors alone. */
  isConstant(tensor: string): boolean {
    return this.constants.has(tensor);
  }

  /** The inputs of a node that depend on what the graph is fed. */
  dynamicInputs(node: OnnxNode): string[] {
    return node.inputs.filter((name) => name !== '' && !this.constants.has(name));
  }

  private add(node: OnnxNode): void {
    const uses = new Set(node.inputs.filter((name) => name !== ''));
    let constant = !neverConstant.test(node.opType) && (node.opType === 'Constant' || uses.size > 0);
    for (const attribute of node.attributes.values()) {
      if (attribute.kind !== 'graphs') continue;
      constant = false;
      for (const name of attribute.uses) uses.add(name);
    }
    for (const name of uses) {
      const readers = this.uses.get(name);
      if (readers === undefined) this.uses.set(name, [node.index]);
      else readers.push(node.index);
      constant &&= this.constants.has(name);
    }
    for (const name of node.outputs) {
      if (name === '' || this.producers.has(name)) continue;
      this.producers.set(name, node);
      if (constant) this.constants.add(name);
    }
  }
}

/** An integer attribute, or `fallback` where the node leaves it out. */
export function intAttribute(node: OnnxNode, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'int' ? attribute.value : fallback;
}

/** A list of integers, or undefined where the node leaves it out. */
export function intsAttribute(node: OnnxNode, name: string): readonly number[] | undefined {
  const attribute: OnnxAttribute | undefined = node.attributes.get(name);
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** A floating-point attribute, or undefined where the node leaves it out. */
export function floatAttribute(node: OnnxNode, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'float' ? attribute.value : undefined;
}

/** A text attribute, or undefined where the node leaves it out. */
export function textAttribute(node: OnnxNode, name: string): string | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'string' ? attribute.value : undefined;
}
