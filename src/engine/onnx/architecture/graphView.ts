import { unusedNames } from '../names';
import { NodeBuilder } from '../nodeBuilder';
import { shapesOf, type Shape } from '../shapes';
import { indexOf, type GraphIndex } from '../structure';
import type { OnnxModel, OnnxNode } from '../types';

/** Operators whose first output holds the numbers of their first input in another form, order, type or precision. */
const formOnly = new Set([
  ...['Cast', 'Dropout', 'Flatten', 'Identity', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze'],
  ...['DequantizeLinear', 'DynamicQuantizeLinear', 'QuantizeLinear'],
]);

/** More nodes in a row than any exporter writes between two products. */
const mostSteps = 32;

/** More tensors than any exporter computes a weight from. */
const mostSources = 1000;

/** A graph with the questions that recognising a Transformer asks of it. */
export class GraphView {
  readonly index: GraphIndex;
  readonly shapes: ReadonlyMap<string, Shape>;

  private readonly names: (wanted: string) => string;

  constructor(readonly model: OnnxModel) {
    this.names = unusedNames(model);
    this.index = indexOf(model);
    this.shapes = shapesOf(this.index);
  }

  /** For nodes that compute again what the graph keeps to itself. */
  builder(): NodeBuilder {
    return new NodeBuilder(this.model, this.names, 'headlight/recomputed');
  }

  producer(tensor: string): OnnxNode | undefined {
    return this.index.producer(tensor);
  }

  /** The nodes that compute something from the numbers of `tensor`, in graph order. */
  readers(tensor: string): OnnxNode[] {
    return this.index.readers(tensor).filter((node) => node.outputs[0] && !readsShapeOnly(node));
  }

  /** The first tensor with the numbers of `tensor`, before changes of form: hidden states are compared by it. */
  base(tensor: string): string {
    let name = tensor;
    for (let steps = 0; steps < mostSteps; steps++) {
      const node = this.producer(name);
      if (!node || !isFormOnly(node) || node.outputs[0] !== name || !node.inputs[0]) return name;
      name = node.inputs[0];
    }
    return name;
  }

  /** `tensor` and its copies in other forms, in graph order. */
  copies(tensor: string): string[] {
    const found = new Set([tensor]);
    for (const name of found) {
      for (const reader of this.readers(name)) {
        const [copy] = reader.outputs;
        if (isFormOnly(reader) && reader.inputs[0] === name && copy && found.size < mostSteps)
          found.add(copy);
      }
    }
    return [...found];
  }

  isConstant(tensor: string | undefined): tensor is string {
    return tensor !== undefined && tensor !== '' && this.index.isConstant(tensor);
  }

  /** A constant with one number for each feature: a bias, a scale. */
  isVector(tensor: string): boolean {
    const shape = this.shapes.get(tensor);
    return this.isConstant(tensor) && shape !== undefined && shape.length > 0 && !isSingle(shape);
  }

  /** Whether a tensor scales others as a whole, or feature by feature, and is no hidden state. */
  isScale(tensor: string): boolean {
    const shape = this.shapes.get(tensor);
    return this.isConstant(tensor) || (shape !== undefined && (shape.length < 2 || isSingle(shape)));
  }

  /** Size of the last axis, where it is known. */
  width(tensor: string): number | undefined {
    const size = this.shapes.get(tensor)?.at(-1);
    return typeof size === 'number' ? size : undefined;
  }

  /** Names of the initializers that a constant is computed from, those of its scales and zero points left out. */
  initializersBehind(constant: string): string[] {
    const seen = new Set([constant]);
    for (const name of seen) {
      if (seen.size > mostSources) break;
      const node = this.model.initializers.has(name) ? undefined : this.producer(name);
      const inputs = node && isFormOnly(node) ? node.inputs.slice(0, 1) : (node?.inputs ?? []);
      for (const input of inputs) if (input !== '') seen.add(input);
    }
    return [...seen].filter((name) => this.model.initializers.has(name));
  }
}

/** Whether a node reads nothing of its input but the shape. */
export function readsShapeOnly({ opType }: OnnxNode): boolean {
  return opType === 'Shape' || opType === 'Size';
}

/** Whether a node gives the numbers that it reads in another form. */
export function isFormOnly({ opType }: OnnxNode): boolean {
  return formOnly.has(opType);
}

function isSingle(shape: Shape): boolean {
  return shape.every((size) => size === 1);
}
