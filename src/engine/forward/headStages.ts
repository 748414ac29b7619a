import type { Activation, NormKind } from '../../protocol/architecture';
import { activationBehind } from '../onnx/architecture/feedForward';
import { takesFirstToken } from '../onnx/architecture/heads';
import type { Norms } from '../onnx/architecture/norms';
import type { ForwardGraph } from './graph';
import { linearBehind, type LinearUse } from './linear';

/** One function of a head. */
export type Stage =
  | { kind: 'firstToken' }
  | { kind: 'linear'; use: LinearUse }
  | { kind: 'scale'; factor: number }
  | { kind: 'activation'; activation: Activation }
  | { kind: 'norm'; norm: NormKind; scale: string; bias: string | undefined; epsilon: number };

/** More functions than any head has. */
const mostStages = 12;

/**
 * The functions between a known tensor and what a head gives, in the order of computation; undefined where one of
 * them is in a form that is not recomputed.
 */
export function headStages(
  graph: ForwardGraph,
  norms: Norms,
  output: string,
  isKnown: (tensor: string) => boolean,
): { input: string; stages: Stage[] } | undefined {
  const stages: Stage[] = [];
  let name = output;
  while (stages.length < mostStages) {
    if (stages.length > 0 && isKnown(name)) return { input: name, stages: stages.reverse() };
    const before = stageBefore(graph, norms, name);
    if (!before) return undefined;
    stages.push(before.stage);
    name = before.input;
  }
  return undefined;
}

function stageBefore(
  graph: ForwardGraph,
  norms: Norms,
  tensor: string,
): { stage: Stage; input: string } | undefined {
  const norm = norms.giving(tensor);
  const [scale, bias] = norm?.weights ?? [];
  if (norm?.input !== undefined && scale !== undefined) {
    const { kind, epsilon, input } = norm;
    return { stage: { kind: 'norm', norm: kind, scale, bias, epsilon }, input };
  }
  const use = linearBehind(graph, tensor);
  if (use) return { stage: { kind: 'linear', use }, input: use.input };
  const node = graph.producer(graph.base(tensor));
  if (node && takesFirstToken(graph.view, node))
    return { stage: { kind: 'firstToken' }, input: node.inputs[0] ?? '' };
  const activated = activationBehind(graph.view, tensor);
  if (activated) {
    const { activation, inner } = activated;
    return activation === 'unknown' ? undefined : { stage: { kind: 'activation', activation }, input: inner };
  }
  const constant = node?.inputs.find((input) => graph.isConstant(input)) ?? '';
  const factor = node?.opType === 'Mul' ? graph.number(constant) : undefined;
  if (!node || factor === undefined) return undefined;
  return { stage: { kind: 'scale', factor }, input: node.inputs.find((input) => input !== constant) ?? '' };
}
