import type { NewAttribute, NewInitializer, NewNode, SidecarEdit } from './edit';
import { elementTypeCode, type ElementType } from './elementTypes';
import type { OnnxModel } from './types';

/** Whole numbers and lists of them are integer attributes; floats are given as `{ float }`. */
type Attributes = Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>;

/**
 * Nodes to add to a model, in the making: each method adds one step and returns the name of its result. Sizes and
 * lists of axes are int64 tensors of one axis, given as numbers or as the name of such a tensor.
 */
export class NodeBuilder {
  private readonly nodes: NewNode[] = [];
  private readonly initializers: NewInitializer[] = [];
  /** Version of the standard operator set that the model uses. */
  readonly opset: number;

  /** @param names makes a name of its own from a wanted one. @param prefix begins the name of every tensor. */
  constructor(
    model: OnnxModel,
    private readonly names: (wanted: string) => string,
    private readonly prefix: string,
  ) {
    this.opset = model.opsets.get('') ?? 0;
  }

  /** The additions so far. */
  get edit(): Required<Pick<SidecarEdit, 'addNodes' | 'addInitializers'>> {
    return { addNodes: this.nodes, addInitializers: this.initializers };
  }

  /** Adds a node with one output. @param role names the output. */
  op(opType: string, inputs: readonly string[], attributes: Attributes = {}, role = opType): string {
    return this.ops(opType, inputs, attributes, 1, role)[0]!;
  }

  /** Adds a node with several outputs. */
  ops(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes,
    count: number,
    role = opType,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.names(`${this.prefix}/${role}`));
    const entries = Object.entries(attributes).map(([name, value]) => [name, newAttribute(value)] as const);
    this.nodes.push({ opType, inputs, outputs, attributes: Object.fromEntries(entries) });
    return outputs;
  }

  /** A tensor of no axes. */
  scalar(value: number): string {
    return this.constant([], Float32Array.of(value));
  }

  /** A list of whole numbers, or the name that already stands for one. */
  ints(values: readonly number[] | string): string {
    if (typeof values === 'string') return values;
    return this.constant([values.length], BigInt64Array.from(values, BigInt));
  }

  cast(tensor: string, type: ElementType): string {
    return this.op('Cast', [tensor], { to: elementTypeCode(type) });
  }

  transpose(tensor: string, perm: readonly number[], role?: string): string {
    return this.op('Transpose', [tensor], { perm }, role);
  }

  /** @param shape 0 keeps an axis, -1 takes what is left. */
  reshape(tensor: string, shape: readonly number[] | string): string {
    return this.op('Reshape', [tensor, this.ints(shape)]);
  }

  concat(tensors: readonly string[], axis: number): string {
    return this.op('Concat', tensors, { axis });
  }

  /** The size of an axis. */
  size(tensor: string, axis: number): string {
    return this.op('Gather', [this.op('Shape', [tensor]), this.ints([axis])], { axis: 0 });
  }

  /** Adds axes of size 1 at these positions of the result. */
  unsqueeze(tensor: string, ...axes: number[]): string {
    return this.opset < 13
      ? this.op('Unsqueeze', [tensor], { axes })
      : this.op('Unsqueeze', [tensor, this.ints(axes)]);
  }

  /** The part of an axis from `start` to before `end`. */
  slice(
    tensor: string,
    start: readonly number[] | string,
    end: readonly number[] | string,
    axis: number,
  ): string {
    return this.op('Slice', [tensor, this.ints(start), this.ints(end), this.ints([axis])]);
  }

  /** One element of an axis, which is dropped. */
  pick(tensor: string, element: number, axis: number): string {
    return this.op('Gather', [tensor, this.constant([], BigInt64Array.of(BigInt(element)))], { axis });
  }

  /** Cuts an axis into parts of the given sizes, or into `sizes` equal ones. */
  split(tensor: string, sizes: readonly number[] | number, axis: number): string[] {
    if (typeof sizes === 'number') {
      return this.ops('Split', [tensor], { axis, ...(this.opset >= 18 && { num_outputs: sizes }) }, sizes);
    }
    return this.opset < 13
      ? this.ops('Split', [tensor], { axis, split: sizes }, sizes.length)
      : this.ops('Split', [tensor, this.ints(sizes)], { axis }, sizes.length);
  }

  /** The numbers from 0 to below `size`, int64 `[1, size]`. Range would need operator set 11. */
  positions(size: string): string {
    return this.op('NonZero', [this.op('Expand', [this.scalar(1), size])]);
  }

  private constant(dims: readonly number[], data: NewInitializer['data']): string {
    const name = this.names(`${this.prefix}/constant`);
    this.initializers.push({ name, dims, data });
    return name;
  }
}

function newAttribute(value: Attributes[string]): NewAttribute {
  if (typeof value === 'number') return { kind: 'int', value };
  if (typeof value === 'string') return { kind: 'string', value };
  return 'float' in value ? { kind: 'float', value: value.float } : { kind: 'ints', value };
}
