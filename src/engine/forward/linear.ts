import { textAttribute, floatAttribute, intAttribute, intsAttribute } from '../onnx/structure';
import { constantInts } from '../onnx/constants';
import { isFormOnly } from '../onnx/architecture/graphView';
import type { OnnxNode } from '../onnx/types';
import type { Constant } from './constants';
import type { ForwardGraph } from './graph';

/** `factor · (x·W) + Σ biases`, of which some columns may be taken: what gives a tensor. */
export interface LinearUse {
  readonly product: OnnxNode;
  /** What is multiplied. */
  readonly input: string;
  readonly matrix: string;
  readonly factor: number;
  /** Constants that are added, each with what it is multiplied with. */
  readonly biases: readonly { readonly name: string; readonly factor: number }[];
  /** Which of several equal or listed parts of the columns; null for all. */
  readonly part: { readonly index: number; readonly sizes: readonly number[] | number } | null;
}

/** Nodes between a product and what reads its result as a whole. */
const mostSteps = 32;

/** Operators that multiply with real numbers: products of integers round in places of their own. */
const products = new Set(['Einsum', 'FusedMatMul', 'Gemm', 'MatMul']);

/** The linear layer that a tensor is a rearranged, scaled or cut form of; undefined where it is none. */
export function linearBehind(graph: ForwardGraph, tensor: string): LinearUse | undefined {
  const biases: LinearUse['biases'][number][] = [];
  let factor = 1;
  let part: LinearUse['part'] = null;
  let name = tensor;
  for (let steps = 0; steps < mostSteps; steps++) {
    const node = graph.producer(name);
    if (!node) return undefined;
    const [first = '', second = ''] = node.inputs;
    if (products.has(node.opType)) {
      if (graph.isConstant(first) || !graph.isConstant(second)) return undefined;
      const bias = node.opType === 'Gemm' ? node.inputs[2] : undefined;
      if (bias) biases.push({ name: bias, factor: factor * (floatAttribute(node, 'beta') ?? 1) });
      return { product: node, input: first, matrix: second, factor, biases, part };
    }
    const constant = node.inputs.find((input) => input !== '' && graph.isConstant(input));
    const rest = node.inputs.find((input) => input !== '' && !graph.isConstant(input)) ?? '';
    if (isFormOnly(node)) name = first;
    else if (node.opType === 'Add' && constant !== undefined) {
      biases.push({ name: constant, factor });
      name = rest;
    } else if ((node.opType === 'Mul' || node.opType === 'Div') && constant !== undefined) {
      const number = graph.number(constant);
      if (number === undefined || (node.opType === 'Div' && rest !== first)) return undefined;
      factor *= node.opType === 'Mul' ? number : 1 / number;
      name = rest;
    } else {
      const cut: LinearUse['part'] | undefined = part === null ? cutOf(graph, node, name) : undefined;
      if (!cut) return undefined;
      part = cut;
      name = first;
    }
  }
  return undefined;
}

/** Which part of the columns a node takes. */
function cutOf(graph: ForwardGraph, node: OnnxNode, output: string): LinearUse['part'] | undefined {
  const { index } = graph.view;
  if (node.opType === 'Split') {
    const lengths = intsAttribute(node, 'split') ?? constantInts(index, node.inputs[1]);
    return { index: node.outputs.indexOf(output), sizes: lengths ?? node.outputs.length };
  }
  // Queries, keys and values as an axis of their own before the heads'.
  const picked = node.opType === 'Gather' ? constantInts(index, node.inputs[1]) : undefined;
  const shape = graph.view.shapes.get(node.inputs[0] ?? '');
  const axis = intAttribute(node, 'axis', 0);
  const count = shape?.[axis];
  if (picked?.length !== 1 || shape?.length !== 5 || axis !== 2 || typeof count !== 'number')
    return undefined;
  return { index: (picked[0]! + count) % count, sizes: count };
}

/** The numbers of a linear layer, its matrix as `[inputs][outputs]`. */
export interface LinearNumbers {
  matrix: ArrayLike<number>;
  bias: Float64Array | undefined;
  outputs: number;
}

/** Reads a linear layer's weights; undefined where they are stored in a form that is not known. */
export function linearNumbers(graph: ForwardGraph, use: LinearUse): LinearNumbers | undefined {
  const weights = graph.constant(use.matrix);
  const matrix = weights && asMatrix(use.product, weights);
  if (!matrix) return undefined;
  const whole = matrix.outputs;
  const scale = use.factor * (floatAttribute(use.product, 'alpha') ?? 1);
  const sizes = partSizes(use, whole);
  const at = use.part?.index ?? 0;
  const start = sizes.slice(0, at).reduce((sum, size) => sum + size, 0);
  const outputs = sizes[at]!;
  let bias: Float64Array | undefined;
  for (const { name, factor } of use.biases) {
    const numbers = graph.constant(name)?.values;
    if (!numbers || ![1, outputs, whole].includes(numbers.length)) return undefined;
    const offset = numbers.length === whole ? start : 0;
    bias ??= new Float64Array(outputs);
    for (let column = 0; column < outputs; column++)
      bias[column]! += factor * numbers[numbers.length === 1 ? 0 : offset + column]!;
  }
  if (outputs === whole && scale === 1) return { matrix: matrix.values, bias, outputs };
  const inputs = matrix.values.length / whole;
  const cut = new Float64Array(inputs * outputs);
  for (let input = 0; input < inputs; input++) {
    for (let column = 0; column < outputs; column++)
      cut[input * outputs + column] = scale * matrix.values[input * whole + start + column]!;
  }
  return { matrix: cut, bias, outputs };
}

function partSizes({ part }: LinearUse, whole: number): readonly number[] {
  if (!part) return [whole];
  if (typeof part.sizes !== 'number') return part.sizes;
  return Array.from({ length: part.sizes }, () => whole / (part.sizes as number));
}

/** The weights of a product as `[inputs][outputs]`. */
function asMatrix(
  product: OnnxNode,
  { dims, values }: Constant,
): { values: ArrayLike<number>; outputs: number } | undefined {
  if (product.opType === 'Einsum') {
    const summed = summedAxes(product);
    if (summed === undefined) return undefined;
    return { values, outputs: dims.slice(summed).reduce((total, size) => total * size, 1) };
  }
  if (dims.length !== 2) return undefined;
  const [rows, columns] = dims as [number, number];
  if (intAttribute(product, 'transB', 0) !== 1) return { values, outputs: columns };
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column]!;
  }
  return { values: turned, outputs: rows };
}

/** How many of the weights' first axes an Einsum such as `abc,cde->abde` sums over; undefined for other forms. */
function summedAxes(product: OnnxNode): number | undefined {
  const [, state, weights, result] =
    /^([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)$/.exec(
      (textAttribute(product, 'equation') ?? '').replaceAll(' ', ''),
    ) ?? [];
  if (!state || !weights || !result) return undefined;
  const summed = [...weights].filter((label) => !result.includes(label)).join('');
  const kept = weights.slice(summed.length);
  const isKnown =
    summed !== '' && weights.startsWith(summed) && state.endsWith(summed) && result.endsWith(kept);
  return isKnown ? summed.length : undefined;
}
