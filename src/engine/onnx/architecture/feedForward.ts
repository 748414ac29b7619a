import * as l10n from '@vscode/l10n';
import { constantNumber } from '../constants';
import type { OnnxNode } from '../types';
import { isFormOnly, type GraphView } from './graphView';
import { linearBefore, outputSize, type Linear } from './linear';
import type { Norms } from './norms';
import { isJoined, surroundings, unknownSublayer, type Residual, type Surroundings } from './residual';
import { addedAgain, missing, present } from './sources';
import type { Activation, FeedForward } from './types';

/** A feed-forward network and what is needed to go on from it. */
export interface FoundFeedForward {
  readonly description: FeedForward;
  readonly around: Surroundings;
  /** Constants of its matrices, its biases and its norm. */
  readonly weights: readonly string[];
}

/** What an activation is computed from: the result of a linear layer, or a part of it. */
interface Inner {
  readonly tensor: string;
  readonly linear: Linear;
  /** A bias that the activation's operator adds. */
  readonly bias?: string;
  readonly operator?: string;
}

const activationOperators: ReadonlyMap<string, Activation> = new Map([
  ['BiasGelu', 'gelu'],
  ['FastGelu', 'geluTanh'],
  ['Gelu', 'gelu'],
  ['QuickGelu', 'quickGelu'],
  ['Relu', 'relu'],
  ['Sigmoid', 'sigmoid'],
  ['Tanh', 'tanh'],
]);

/** Activations that have no name here. */
const otherActivations = [
  ...['Celu', 'Elu', 'HardSigmoid', 'HardSwish', 'LeakyRelu', 'Mish', 'Selu', 'Softplus', 'Softsign'],
];

const arithmetic = new Set([
  ...['Add', 'Div', 'Erf', 'Max', 'Mul', 'Neg', 'Pow', 'Sqrt', 'Sub'],
  ...activationOperators.keys(),
  ...otherActivations,
]);

/** Tensors of an activation, written out. */
const mostTensors = 64;

/** The network `activation(x·W₁ + b₁)·W₂ + b₂`, gated or not, whose result `residual` adds; undefined for others. */
export function feedForwardAt(
  view: GraphView,
  norms: Norms,
  residual: Residual,
): FoundFeedForward | undefined {
  const last = normedLinear(view, norms, residual.added);
  const activated = last && view.base(last.input);
  const parts = activated === undefined ? undefined : partsOf(view, activated);
  const [first, second, more] = parts?.inner ?? [];
  if (!last || activated === undefined || !parts || !first || more) return undefined;
  const input = view.base(first.linear.input);
  if (second && view.base(second.linear.input) !== input) return undefined;
  if (!isJoined(view, norms, residual.stream, input)) return undefined;
  const around = surroundings(view, norms, residual, input);
  const gated = second && factorOf(view, activated, [first, second]);
  if (second && !gated) return undefined;
  const inner = gated === first ? second! : first;
  return {
    description: {
      ...around.sublayer,
      inner: innerSource(view, inner),
      gated: gated ? innerSource(view, gated) : missing(l10n.t('The feed-forward network is not gated.')),
      activated: present(activated),
      activation: activationOf(view, parts.nodes, inner),
      isGated: gated !== undefined,
      innerSize: view.width(activated) ?? outputSize(view, inner.linear),
    },
    around,
    weights: [
      ...new Set([
        ...parts.inner.flatMap(({ linear, bias }) => [...linear.weights, ...(bias ? [bias] : [])]),
      ]),
      ...last.weights,
      ...(residual.bias === undefined ? [] : [residual.bias]),
      ...(around.norm?.weights ?? []),
    ],
  };
}

/** The activation that gives a tensor out of the result of a linear layer; undefined where none does. */
export function activationBehind(
  view: GraphView,
  tensor: string,
): { activation: Activation; inner: string } | undefined {
  const parts = partsOf(view, view.base(tensor));
  const [inner, more] = parts?.inner ?? [];
  if (!parts?.nodes.length || !inner || more || inner.bias !== undefined) return undefined;
  return { activation: activationOf(view, parts.nodes, inner), inner: inner.tensor };
}

/** The linear layer before `tensor`, or before a norm that gives it. */
function normedLinear(view: GraphView, norms: Norms, tensor: string): Linear | undefined {
  return linearBefore(view, norms.giving(tensor)?.input ?? tensor, true);
}

function innerSource(view: GraphView, { tensor, bias, operator }: Inner): FeedForward['inner'] {
  return bias === undefined ? present(tensor) : addedAgain(view, [tensor, bias], operator ?? 'BiasGelu');
}

/** Everything between the results of linear layers and `activated`. */
function partsOf(view: GraphView, activated: string): { inner: Inner[]; nodes: OnnxNode[] } | undefined {
  const inner = new Map<string, Inner>();
  const nodes = new Set<OnnxNode>();
  const open = new Set([activated]);
  for (const tensor of open) {
    const linear = linearBefore(view, tensor);
    const node = view.producer(tensor);
    if (linear && tensor !== activated) {
      // The form that is met first is the one that the activation reads.
      const base = view.base(tensor);
      if (!inner.has(base)) inner.set(base, { tensor, linear });
    } else if (node?.opType === 'Split' || node?.opType === 'Slice') {
      const whole = linearBefore(view, node.inputs[0] ?? '');
      if (!whole) return undefined;
      inner.set(tensor, { tensor, linear: whole });
    } else if (!node || open.size > mostTensors) {
      return undefined;
    } else if (isFormOnly(node)) {
      open.add(node.inputs[0] ?? '');
    } else if (arithmetic.has(node.opType)) {
      nodes.add(node);
      const [before = '', bias] = node.inputs;
      const biased = activationOperators.has(node.opType) && view.isConstant(bias);
      const own = biased ? linearBefore(view, before) : undefined;
      if (own && biased) inner.set(before, { tensor: before, linear: own, bias, operator: node.opType });
      else for (const each of view.index.dynamicInputs(node)) open.add(each);
    } else return undefined;
  }
  return { inner: [...inner.values()], nodes: [...nodes] };
}

/** Of two inner products the one that enters the last multiplication as it is. */
function factorOf(view: GraphView, activated: string, both: readonly Inner[]): Inner | undefined {
  const node = view.producer(activated);
  if (node?.opType !== 'Mul') return undefined;
  const factors = node.inputs.map((input) => view.base(input));
  // Where both do, no activation stands between, and either may be taken for it.
  return both.find(({ tensor }) => factors.includes(view.base(tensor)));
}

/** Names an activation by the operators that write it out. */
function activationOf(view: GraphView, nodes: readonly OnnxNode[], inner: Inner): Activation {
  const types = new Set(nodes.map(({ opType }) => opType));
  if (otherActivations.some((type) => types.has(type))) return 'unknown';
  const single = nodes.find(({ opType }) => activationOperators.has(opType));
  if (types.has('Erf')) return 'gelu';
  if (single?.opType === 'Sigmoid') return sigmoidUnit(view, nodes, single, inner);
  if (single?.opType === 'Tanh') return types.has('Mul') && types.has('Add') ? 'geluTanh' : 'tanh';
  if (single?.opType === 'Relu') return squares(nodes, single.outputs[0] ?? '') ? 'reluSquared' : 'relu';
  if (single?.opType === 'Gelu') {
    const approximate = single.attributes.get('approximate');
    return approximate?.kind === 'string' && approximate.value === 'tanh' ? 'geluTanh' : 'gelu';
  }
  if (single?.opType === 'QuickGelu') {
    const alpha = single.attributes.get('alpha');
    return alpha?.kind === 'float' && alpha.value === 1 ? 'silu' : 'quickGelu';
  }
  if (single) return activationOperators.get(single.opType) ?? 'unknown';
  return [...types].every((type) => type === 'Mul') ? 'none' : 'unknown';
}

/** x·σ(x) is SiLU; x·σ(1.702 x) the quick form of GELU. */
function sigmoidUnit(
  view: GraphView,
  nodes: readonly OnnxNode[],
  sigmoid: OnnxNode,
  inner: Inner,
): Activation {
  const [input = '', [output = '']] = [sigmoid.inputs[0], sigmoid.outputs];
  const base = view.base(inner.tensor);
  const multiplied = nodes.find(
    ({ opType, inputs }) =>
      opType === 'Mul' && inputs.includes(output) && inputs.some((each) => view.base(each) === base),
  );
  if (!multiplied) return 'sigmoid';
  if (view.base(input) === base) return 'silu';
  const factor = view.producer(input)?.inputs.map((each) => constantNumber(view.index, each));
  return factor?.some((each) => each !== undefined && Math.abs(each - 1.702) < 1e-3)
    ? 'quickGelu'
    : 'unknown';
}

function squares(nodes: readonly OnnxNode[], tensor: string): boolean {
  return nodes.some(
    ({ opType, inputs }) =>
      (opType === 'Mul' && inputs.every((input) => input === tensor)) ||
      (opType === 'Pow' && inputs[0] === tensor),
  );
}

/** A feed-forward network that is not recognised. */
export function unknownFeedForward(): FeedForward {
  const unknown = missing(l10n.t('No feed-forward network is found behind the attention of this layer.'));
  return {
    ...unknownSublayer(unknown),
    inner: unknown,
    gated: unknown,
    activated: unknown,
    activation: 'unknown',
    isGated: false,
    innerSize: undefined,
  };
}
