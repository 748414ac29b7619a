import { constantInts, constantNumber } from '../constants';
import { floatAttribute, intAttribute, intsAttribute } from '../structure';

import type { OnnxNode } from '../types';
import type { GraphView } from './graphView';
import type { NormKind } from './types';

/** A layer norm (Ba et al. 2016) or RMS norm (Zhang and Sennrich 2019) over the last axis. */
export interface Norm {
  readonly kind: NormKind;
  /** What is normed; undefined where the operator sums it inside and does not give it out. */
  readonly input: string | undefined;
  readonly output: string;
  /** Scale and bias, constants of size H. */
  readonly weights: readonly string[];
  /** What is added to the variance, or to the mean of the squares. */
  readonly epsilon: number;
  /** The operator that adds before it norms; undefined where the sum is a tensor of its own. */
  readonly adder: OnnxNode | undefined;
}

/** What is added to a residual stream. */
export interface Addends {
  readonly terms: readonly [string, string];
  /** A constant of size H. */
  readonly bias: string | undefined;
}

interface FusedOperator {
  kind: NormKind;
  /** Which inputs are scale and bias. */
  weights: readonly number[];
  /** Whether its first two inputs are added first, and which output is their sum. */
  sumOutput?: number;
  /** Which input is added to the sum, too. */
  sumBias?: number;
  /** Where the attribute is left out. */
  epsilon?: number;
}

const fusedOperators: ReadonlyMap<string, FusedOperator> = new Map<string, FusedOperator>([
  ['LayerNormalization', { kind: 'layer', weights: [1, 2] }],
  ['RMSNormalization', { kind: 'rms', weights: [1] }],
  ['SimplifiedLayerNormalization', { kind: 'rms', weights: [1] }],
  ['SkipLayerNormalization', { kind: 'layer', weights: [2, 3], sumOutput: 3, sumBias: 4, epsilon: 1e-12 }],
  [
    'SkipSimplifiedLayerNormalization',
    { kind: 'rms', weights: [2], sumOutput: 3, sumBias: 3, epsilon: 1e-12 },
  ],
  ['EmbedLayerNormalization', { kind: 'layer', weights: [5, 6], sumOutput: 2, epsilon: 1e-12 }],
]);

/** The norms of a graph by what they read and by what they give. */
export class Norms {
  private readonly byInput = new Map<string, Norm>();
  private readonly byOutput = new Map<string, Norm>();

  constructor(private readonly view: GraphView) {
    for (const node of view.model.nodes) {
      const norm = fusedNorm(view, node) ?? decomposedNorm(view, node);
      if (!norm) continue;
      if (norm.input !== undefined) this.byInput.set(view.base(norm.input), norm);
      this.byOutput.set(norm.output, norm);
    }
  }

  /** The norm that reads `tensor`, in whatever form. */
  reading(tensor: string): Norm | undefined {
    return this.byInput.get(this.view.base(tensor));
  }

  /** The norm that gives `tensor`, in whatever form. */
  giving(tensor: string): Norm | undefined {
    return this.byOutput.get(tensor) ?? this.byOutput.get(this.view.base(tensor));
  }
}

/** Which inputs an operator adds before it norms them; undefined for those that only norm. */
export function addedInside(view: GraphView, { opType, inputs }: OnnxNode): Addends | undefined {
  const bias = fusedOperators.get(opType)?.sumBias;
  const [left, right] = inputs;
  if (bias === undefined || !left || !right) return undefined;
  return { terms: [left, right], bias: view.isConstant(inputs[bias]) ? inputs[bias] : undefined };
}

function fusedNorm(view: GraphView, node: OnnxNode): Norm | undefined {
  const operator = fusedOperators.get(node.opType);
  const [output] = node.outputs;
  if (!operator || !output || !isOverFeatures(view, node)) return undefined;
  const { kind, weights, sumOutput } = operator;
  const input = sumOutput === undefined ? node.inputs[0] : node.outputs[sumOutput];
  return {
    kind,
    input: input === '' ? undefined : input,
    output,
    weights: weights.map((at) => node.inputs[at]).filter((name) => view.isConstant(name)),
    epsilon: floatAttribute(node, 'epsilon') ?? operator.epsilon ?? 1e-5,
    adder: sumOutput === undefined ? undefined : node,
  };
}

function isOverFeatures(view: GraphView, node: OnnxNode): boolean {
  const axis = intAttribute(node, 'axis', -1);
  const rank = view.shapes.get(node.inputs[0] ?? '')?.length;
  return axis === -1 || rank === undefined || axis === rank - 1;
}

/** More tensors than any exporter writes a norm with. */
const mostTensors = 64;

/** Operators that make a norm of a tensor's mean and variance. */
const elementwise = new Set(['Add', 'Cast', 'Div', 'Mul', 'Pow', 'Reciprocal', 'Sub']);

/**
 * A norm as exporters write it for operator sets without one, found at its square root:
 * `(x - mean) / sqrt(variance + epsilon) * scale + bias`, and the ways to write it that multiply by
 * the reciprocal, fold scale and root first (TensorFlow's batchnorm), or leave out mean and bias (RMS).
 */
function decomposedNorm(view: GraphView, root: OnnxNode): Norm | undefined {
  if (!isRoot(view, root)) return undefined;
  const { variance: varianceName, epsilon } = withoutEpsilon(view, root.inputs[0] ?? '');
  const variance = view.producer(varianceName);
  if (!variance || !isMeanOfFeatures(view, variance)) return undefined;
  const squared = rootOfSquare(view, view.base(variance.inputs[0] ?? ''));
  if (squared === undefined) return undefined;
  const centred = centredBy(view, squared);
  const input = view.base(centred ?? squared);
  const rest = derivedFrom(view, input, root.outputs[0] ?? '');
  const kind = centred === undefined ? 'rms' : 'layer';
  return rest && { kind, input, adder: undefined, epsilon, ...rest };
}

function isRoot(view: GraphView, { opType, inputs }: OnnxNode): boolean {
  if (opType !== 'Pow') return opType === 'Sqrt';
  return Math.abs(constantNumber(view.index, inputs[1]) ?? 0) === 0.5;
}

function withoutEpsilon(view: GraphView, tensor: string): { variance: string; epsilon: number } {
  const node = view.producer(view.base(tensor));
  if (node?.opType !== 'Add') return { variance: view.base(tensor), epsilon: 0 };
  const variance = node.inputs.find((input) => !view.isConstant(input));
  const epsilon =
    constantNumber(
      view.index,
      node.inputs.find((input) => view.isConstant(input)),
    ) ?? 0;
  return { variance: view.base(variance ?? ''), epsilon };
}

function isMeanOfFeatures(view: GraphView, node: OnnxNode): boolean {
  if (node.opType !== 'ReduceMean') return false;
  const [axis, more] = intsAttribute(node, 'axes') ?? constantInts(view.index, node.inputs[1]) ?? [];
  const rank = view.shapes.get(node.inputs[0] ?? '')?.length;
  return axis !== undefined && more === undefined && (axis === -1 || rank === undefined || axis === rank - 1);
}

function rootOfSquare(view: GraphView, tensor: string): string | undefined {
  const node = view.producer(tensor);
  const [first = '', second] = node?.inputs ?? [];
  const isSquare =
    node?.opType === 'Pow'
      ? constantNumber(view.index, second) === 2
      : node?.opType === 'Mul' && first === second;
  return isSquare ? view.base(first) : undefined;
}

/** What has had its mean taken off to give `tensor`; undefined where nothing was. */
function centredBy(view: GraphView, tensor: string): string | undefined {
  const node = view.producer(tensor);
  if (node?.opType !== 'Sub') return undefined;
  return node.inputs.find((input) =>
    node.inputs.some((other) => {
      const mean = view.producer(view.base(other));
      return mean && isMeanOfFeatures(view, mean) && view.base(mean.inputs[0] ?? '') === view.base(input);
    }),
  );
}

/** The last tensor that is computed from `input` and its root by arithmetic, with one scale and one bias at most. */
function derivedFrom(
  view: GraphView,
  input: string,
  root: string,
): { output: string; weights: string[] } | undefined {
  const inside = new Set([root]);
  const weights = { Mul: [] as string[], Add: [] as string[] };
  let last: OnnxNode | undefined;
  const isInside = (tensor: string, depth = 0): boolean => {
    if (inside.has(tensor) || view.base(tensor) === input) return true;
    const node = view.producer(tensor);
    if (!node || depth > 3 || node.inputs.length > 2) return false;
    if (isMeanOfFeatures(view, node)) return view.base(node.inputs[0] ?? '') === input;
    const dynamic = view.index.dynamicInputs(node);
    return elementwise.has(node.opType) && dynamic.every((each) => isInside(each, depth + 1));
  };
  for (const tensor of inside) {
    if (inside.size > mostTensors) break;
    for (const reader of view.readers(tensor)) {
      const [result] = reader.outputs;
      if (!result || inside.has(result) || !elementwise.has(reader.opType)) continue;
      if (!view.index.dynamicInputs(reader).every((each) => isInside(each))) continue;
      const weight = reader.inputs.find((each) => view.isVector(each));
      if (weight !== undefined) {
        const kind = weights[reader.opType === 'Mul' ? 'Mul' : 'Add'];
        if (kind.length > 0) continue;
        kind.push(weight);
      } else if (weights.Mul.length > 0 && reader.inputs.some((each) => view.isConstant(each))) {
        // Scaling as a whole, after the norm.
        continue;
      }
      inside.add(result);
      const isWhole = view.width(result) !== 1;
      if (isWhole && reader.index > (last?.index ?? -1)) last = reader;
    }
  }
  const output = last?.outputs[0];
  return output === undefined ? undefined : { output, weights: [...weights.Mul, ...weights.Add] };
}
