import { isFormOnly, type GraphView } from './graphView';
import { intAttribute } from '../structure';
import type { OnnxNode } from '../types';

/** A product with a weight matrix, with its bias where it has one. */
export interface Linear {
  readonly product: OnnxNode;
  /** What is multiplied, in the form that the exporter gives it; no quantised copy of it. */
  readonly input: string;
  /** The result, bias included. */
  readonly output: string;
  /** The constants: matrix and bias. */
  readonly weights: readonly string[];
}

/** Operators that multiply their first input with a weight matrix, and which input that is. */
const weightInput: ReadonlyMap<string, number> = new Map([
  ['DynamicQuantizeMatMul', 1],
  ['Einsum', 1],
  ['FusedGemm', 1],
  ['FusedMatMul', 1],
  ['Gemm', 1],
  ['MatMul', 1],
  ['MatMulInteger', 1],
  ['MatMulIntegerToFloat', 1],
  ['MatMulNBits', 1],
  ['QLinearMatMul', 3],
]);

/** Which input of such an operator is a bias. */
const biasInput: ReadonlyMap<string, number> = new Map([
  ['DynamicQuantizeMatMul', 4],
  ['FusedGemm', 2],
  ['Gemm', 2],
  ['MatMulIntegerToFloat', 6],
  ['MatMulNBits', 5],
]);

const quantisers = new Set(['DequantizeLinear', 'DynamicQuantizeLinear', 'QuantizeLinear']);

/** Nodes of a quantised product and its bias. */
const mostSteps = 16;

/** The weight matrix of a node that multiplies with one; undefined for other nodes. */
export function weightOf(view: GraphView, node: OnnxNode): string | undefined {
  const weight = node.inputs[weightInput.get(node.opType) ?? -1];
  const [factor] = node.inputs;
  if (!factor || view.isConstant(factor) || !view.isConstant(weight)) return undefined;
  return (view.shapes.get(weight)?.length ?? 2) > 1 ? weight : undefined;
}

/** The linear layer whose result is `tensor`, in whatever form; scaled, too, where `scaled` allows it. */
export function linearBefore(view: GraphView, tensor: string, scaled = false): Linear | undefined {
  const constants: string[] = [];
  let isScaled = false;
  let name = tensor;
  for (let steps = 0; steps < mostSteps; steps++) {
    const node = view.producer(name);
    if (!node) return undefined;
    if (weightOf(view, node) !== undefined) {
      if (isScaled && !scaled) return undefined;
      return linearOf(view, node, tensor, constants);
    }
    const inputs = node.inputs.filter((input) => input !== '');
    if (isFormOnly(node)) {
      name = inputs[0] ?? '';
    } else if (node.opType === 'Add' && inputs.some((input) => view.isVector(input))) {
      constants.push(...inputs.filter((input) => view.isVector(input)));
      name = inputs.find((input) => !view.isConstant(input)) ?? '';
    } else if (['Div', 'Mul'].includes(node.opType) && inputs.some((input) => view.isScale(input))) {
      isScaled ||= !isRescaling(view, node);
      name = inputs.find((input) => !view.isScale(input)) ?? '';
    } else return undefined;
  }
  return undefined;
}

/** How many numbers a linear layer gives for each token, where the graph tells. */
export function outputSize(view: GraphView, { product, output, weights }: Linear): number | undefined {
  const isTurned = intAttribute(product, 'transB', 0) === 1;
  const size = view.shapes.get(weights[0] ?? '')?.at(isTurned ? 0 : -1);
  return view.width(output) ?? (typeof size === 'number' ? size : undefined);
}

/** The linear layer of a product, its bias looked for behind it. */
export function linearAt(view: GraphView, product: OnnxNode): Linear {
  let output = product.outputs[0] ?? '';
  const open = new Set([output]);
  for (const name of open) {
    if (open.size > mostSteps) break;
    for (const reader of view.readers(name)) {
      const [next] = reader.outputs;
      if (!next) continue;
      const bias = reader.opType === 'Add' ? reader.inputs.find((input) => view.isVector(input)) : undefined;
      if (bias !== undefined) return linearOf(view, product, next, [bias]);
      if (isRescaling(view, reader)) open.add((output = next));
      else if (isFormOnly(reader)) open.add(next);
    }
  }
  return linearOf(view, product, output, []);
}

/** Whether a node gives a product of integers its scale, which depends on what is multiplied. */
function isRescaling(view: GraphView, { opType, inputs }: OnnxNode): boolean {
  return opType === 'Mul' && inputs.some((input) => view.isScale(input) && !view.isConstant(input));
}

function linearOf(view: GraphView, product: OnnxNode, output: string, constants: readonly string[]): Linear {
  const bias = product.inputs[biasInput.get(product.opType) ?? -1];
  const inside = view.isConstant(bias) ? [bias] : [];
  let [input = ''] = product.inputs;
  for (let steps = 0; steps < mostSteps; steps++) {
    const node = view.producer(input);
    if (!node?.inputs[0] || !quantisers.has(node.opType)) break;
    [input] = node.inputs;
  }
  return { product, input, output, weights: [weightOf(view, product)!, ...inside, ...constants] };
}
