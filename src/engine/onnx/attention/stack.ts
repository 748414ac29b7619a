import { storedConstant } from '../constants';
import { rawBytes } from '../readTensor';
import type { OnnxTensor } from '../types';
import type { GraphIndex } from '../structure';
import { isProduct } from './products';
import type { AttentionStack } from './types';

/** What an attention reads with, as far as that tells its stack. */
interface AttentionInputs {
  readonly query: string;
  readonly key: string;
  /** Tensors that masks are made of. */
  readonly masks: readonly string[];
  /** Told by the operator itself: causal, or with keys of earlier runs. */
  readonly isDecoder?: boolean;
}

/** The size of things decides nothing about what a tensor is made of. */
const sizes = new Set(['Shape', 'Size']);

/** Operators that hand on tokens' keys unchanged: form, type and scale. */
const forms = new Set([
  ...[
    'Transpose',
    'Reshape',
    'Cast',
    'Identity',
    'Squeeze',
    'Unsqueeze',
    'Gather',
    'Slice',
    'Split',
    'Concat',
  ],
  ...['Mul', 'Expand', 'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'],
]);

const comparisons = new Set(['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual']);

/** More nodes than any exporter makes a mask of, and more steps than from keys to their cache. */
const mostSteps = 256;

/** The largest constant that is looked at for a causal mask: 2048 by 2048 numbers. */
const largestMaskBytes = 2 ** 24;

/** Inputs that are told apart; what comes after them, as keys of earlier runs do, is taken for one. */
const mostInputs = 512;

/** The union of two sets of bits, as one of them where it holds the other: many tensors share it. */
function union(left: bigint, right: bigint): bigint {
  const both = left | right;
  return both === left ? left : both === right ? right : both;
}

/** Tells what each attention of a graph reads, by what its tensors are computed from. */
export class StackFinder {
  /** The graph inputs that a tensor is computed from, a bit for each; tensors without any are not in it. */
  private readonly origins = new Map<string, bigint>();
  private readonly causal = new Map<string, boolean>();
  private readonly triangles = new Map<OnnxTensor, boolean>();
  private readonly realInputs: ReadonlySet<string>;

  constructor(private readonly index: GraphIndex) {
    const { model } = index;
    model.inputs.forEach(({ name }, position) =>
      this.origins.set(name, 1n << BigInt(Math.min(position, mostInputs))),
    );
    const real = model.inputs.filter(({ elementType }) => elementType.startsWith('float'));
    this.realInputs = new Set(real.map(({ name }) => name));
    for (const node of model.nodes) {
      if (sizes.has(node.opType)) continue;
      let found = 0n;
      for (const name of node.inputs) found = union(found, this.originsOf(name));
      for (const attribute of node.attributes.values()) {
        if (attribute.kind === 'graphs')
          for (const name of attribute.uses) found = union(found, this.originsOf(name));
      }
      if (found !== 0n) for (const name of node.outputs) this.origins.set(name, found);
    }
  }

  /**
   * `cross` where queries come from an input that keys do not come from; `decoder` where a mask is causal or where
   * keys of earlier runs are read; else `encoder`.
   */
  stackOf({ query, key, masks, isDecoder = false }: AttentionInputs): AttentionStack {
    if ((this.originsOf(query) & ~this.originsOf(key)) !== 0n) return 'cross';
    return isDecoder || this.readsCache(key) || masks.some((mask) => this.isCausal(mask))
      ? 'decoder'
      : 'encoder';
  }

  private originsOf(tensor: string): bigint {
    return this.origins.get(tensor) ?? 0n;
  }

  /** Whether keys are joined with a graph input of real numbers. */
  private readsCache(key: string): boolean {
    const seen = new Set<string>();
    const walk = (tensor: string, joined: boolean): boolean => {
      if (joined && this.realInputs.has(tensor)) return true;
      const node = this.index.producer(tensor);
      if (!node || seen.has(tensor) || seen.size > mostSteps || !forms.has(node.opType)) return false;
      seen.add(tensor);
      const isJoint = node.opType === 'Concat';
      const data = isJoint || node.opType === 'Mul' ? node.inputs : node.inputs.slice(0, 1);
      return data.some((name) => walk(name, joined || isJoint));
    };
    return walk(key, false);
  }

  /** Whether a mask hides from each token those after it. */
  private isCausal(mask: string): boolean {
    const known = this.causal.get(mask);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    const waiting = [mask];
    let found = false;
    for (let name = waiting.pop(); name !== undefined && !found; name = waiting.pop()) {
      if (name === '' || seen.has(name) || seen.size > mostSteps) continue;
      seen.add(name);
      found = this.isTriangle(name);
      const node = this.index.producer(name);
      // A score that is added is no mask; what it is computed from says nothing about one.
      if (!node || sizes.has(node.opType) || isProduct(node.opType)) continue;
      found ||=
        node.opType === 'Trilu' || (comparisons.has(node.opType) && this.comparesPositions(node.inputs));
      waiting.push(...node.inputs);
    }
    this.causal.set(mask, found);
    return found;
  }

  /** Whether both sides are counted from sizes: the positions of queries, and those of keys. */
  private comparesPositions(operands: readonly string[]): boolean {
    return operands.every((name) => !this.index.isConstant(name) && this.originsOf(name) === 0n);
  }

  /** Whether a stored square has one value up to its diagonal and another one above. */
  private isTriangle(name: string): boolean {
    const tensor = storedConstant(this.index, name);
    if (!tensor) return false;
    const known = this.triangles.get(tensor) ?? this.readTriangle(tensor);
    this.triangles.set(tensor, known);
    return known;
  }

  private readTriangle(tensor: OnnxTensor): boolean {
    const size = tensor.dims.at(-1) ?? 0;
    if (size < 2 || tensor.dims.at(-2) !== size) return false;
    if (tensor.dims.slice(0, -2).some((axis) => axis !== 1)) return false;
    if ((rawBytes(tensor) ?? Infinity) > largestMaskBytes) return false;
    const numbers = this.index.reads.large(tensor, largestMaskBytes);
    if (!numbers) return false;
    const [seen, hidden] = [numbers[0], numbers[1]];
    if (seen === hidden) return false;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        if (numbers[row * size + column] !== (column > row ? hidden : seen)) return false;
      }
    }
    return true;
  }
}
