import { constantNumber } from '../onnx/constants';
import { isFormOnly, type GraphView } from '../onnx/architecture/graphView';
import type { TensorSource } from '../onnx/architecture/types';
import type { NewInitializer, NewNode } from '../onnx/edit';
import type { OnnxNode } from '../onnx/types';
import { readConstant, type Constant } from './constants';

/** More nodes in a row than any exporter writes between two products. */
const mostSteps = 32;

/** Numbers of weights that are kept: those of the embedded models, and of larger ones the table of the vocabulary. */
const mostKept = 2 ** 25;

/** A graph together with the nodes that Headlight adds to it for what fused operators keep to themselves. */
export class ForwardGraph {
  private readonly nodes = new Map<string, OnnxNode>();
  private readonly initializers = new Map<string, NewInitializer>();
  private readonly read = new Map<string, Constant | undefined>();
  private readNumbers = 0;

  constructor(
    readonly view: GraphView,
    sources: readonly TensorSource[],
  ) {
    for (const source of sources) {
      if (source.how !== 'recomputed') continue;
      for (const node of source.edit.addNodes)
        for (const name of node.outputs) this.nodes.set(name, asNode(node));
      for (const each of source.edit.addInitializers) this.initializers.set(each.name, each);
    }
  }

  producer(tensor: string): OnnxNode | undefined {
    return this.view.producer(tensor) ?? this.nodes.get(tensor);
  }

  addedConstant(tensor: string): NewInitializer | undefined {
    return this.initializers.get(tensor);
  }

  isConstant(tensor: string, steps = 0): boolean {
    if (this.view.isConstant(tensor) || this.initializers.has(tensor)) return true;
    const inputs = this.nodes.get(tensor)?.inputs.filter((name) => name !== '');
    return !!inputs?.length && steps < mostSteps && inputs.every((name) => this.isConstant(name, steps + 1));
  }

  /**
   * The numbers of a constant as the graph uses them, those read last kept; undefined where it is computed in a way
   * that is not known. @param steps nodes behind it that were gone through. @throws OnnxFormatError where the file is
   * damaged.
   */
  constant(tensor: string, steps = 0): Constant | undefined {
    const known = this.read.get(tensor);
    if (known) return known;
    const constant = readConstant(this, tensor, steps);
    const size = constant?.values.length ?? 0;
    if (this.readNumbers + size > mostKept) {
      this.read.clear();
      this.readNumbers = 0;
    }
    if (size <= mostKept) {
      this.read.set(tensor, constant);
      this.readNumbers += size;
    }
    return constant;
  }

  /** The number of a constant that holds a single one. */
  number(tensor: string): number | undefined {
    const added = this.initializers.get(tensor);
    return added?.data.length === 1 ? Number(added.data[0]) : constantNumber(this.view.index, tensor);
  }

  /** The first tensor with the numbers of `tensor`, before changes of form. */
  base(tensor: string): string {
    let name = tensor;
    for (let steps = 0; steps < mostSteps; steps++) {
      const node = this.producer(name);
      if (!node || !isFormOnly(node) || node.outputs[0] !== name || !node.inputs[0]) return name;
      [name] = node.inputs as [string];
    }
    return name;
  }
}

function asNode({ opType, domain = '', inputs, outputs, attributes = {} }: NewNode): OnnxNode {
  return {
    ...{ index: -1, name: '', opType, domain, inputs, outputs },
    attributes: new Map(Object.entries(attributes)),
  };
}
