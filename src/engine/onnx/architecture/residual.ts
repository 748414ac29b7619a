import * as l10n from '@vscode/l10n';
import { isFormOnly, type GraphView } from './graphView';
import { addedInside, type Norm, type Norms } from './norms';
import { addedAgain, missing, present } from './sources';
import type { Sublayer, TensorSource } from './types';
import type { OnnxNode } from '../types';

/** A sum of the residual stream with what a sublayer computes. */
export interface Residual {
  readonly node: OnnxNode;
  /** The stream before. */
  readonly stream: string;
  /** What is added, in the form in which it is added. */
  readonly added: string;
  /** A bias that the operator adds, too. */
  readonly bias: string | undefined;
  /** What else is added first: sublayers that read the same stream side by side (Wang and Komatsuzaki 2021). */
  readonly beside: readonly string[];
}

/** Tensors between a sublayer's last product and the sum. */
const mostTensors = 32;

/**
 * The sum in which `tensor` meets the stream again, after its bias, a change of form, a norm of its own, and sums
 * with sublayers beside it.
 * @param input what the sublayer reads, by which the stream is known; undefined where it is not found.
 */
export function residualAfter(
  view: GraphView,
  norms: Norms,
  tensor: string,
  input: string | undefined,
): Residual | undefined {
  const open = new Map<string, Pick<Residual, 'added' | 'beside'>>([[tensor, { added: tensor, beside: [] }]]);
  for (const [name, { beside, ...before }] of open) {
    if (open.size > mostTensors) return undefined;
    const added = beside.length > 0 ? before.added : name;
    const norm = norms.reading(name);
    if (norm) open.set(norm.output, { added: norm.output, beside });
    for (const reader of view.readers(name)) {
      const [result] = reader.outputs;
      const residual = residualAt(view, reader, name);
      if (residual && isJoined(view, norms, residual.stream, input)) return { ...residual, added, beside };
      if (residual && result) open.set(result, { added, beside: [...beside, residual.stream] });
      const isScaled = isScaling(reader) && reader.inputs.some((each) => view.isScale(each));
      if ((isScaled || isFormOnly(reader)) && result) open.set(result, { added, beside });
    }
  }
  return undefined;
}

/** Whether what a sublayer reads is the stream, or a norm of it. */
export function isJoined(view: GraphView, norms: Norms, stream: string, input: string | undefined): boolean {
  if (input === undefined) return true;
  const normed = norms.giving(input)?.input;
  return [input, normed].some((each) => each !== undefined && view.base(each) === view.base(stream));
}

/** Whether a node may add a bias or multiply by a factor. */
function isScaling({ opType }: OnnxNode): boolean {
  return opType === 'Add' || opType === 'Div' || opType === 'Mul';
}

/** More sums than any stream enters side by side. */
const mostSums = 16;

/** The sums that add something to the stream `tensor`. */
export function residualsOf(view: GraphView, tensor: string): Residual[] {
  const found = view.copies(tensor).flatMap((copy) =>
    view.readers(copy).flatMap((reader): Residual[] => {
      const other = addendsOf(view, reader)?.terms.find((term) => term !== copy);
      const residual = other === undefined ? undefined : residualAt(view, reader, other);
      return residual ? [residual] : [];
    }),
  );
  return found.slice(0, mostSums);
}

/** The tensors that the node sums, where neither is constant. */
function addendsOf(view: GraphView, node: OnnxNode): ReturnType<typeof addedInside> {
  if (node.opType !== 'Add') return addedInside(view, node);
  const [left, right] = node.inputs;
  if (!left || !right || view.isScale(left) || view.isScale(right)) return undefined;
  return { terms: [left, right], bias: undefined };
}

function residualAt(view: GraphView, node: OnnxNode, added: string): Residual | undefined {
  const addends = addendsOf(view, node);
  const stream = addends?.terms.find((term) => term !== added);
  if (!addends?.terms.includes(added) || stream === undefined) return undefined;
  return { node, stream, added, bias: addends.bias, beside: [] };
}

/** What stands around a sublayer's function, and where it leads. */
export interface Surroundings {
  readonly sublayer: Sublayer;
  /** The stream after the sublayer: what the next one reads and adds to. undefined where it is lost. */
  readonly stream: string | undefined;
  readonly norm: Norm | undefined;
  /** The norm that reads the sum, this sublayer's or the next one's. */
  readonly normAfter: Norm | undefined;
}

/**
 * Tells a norm before the function from one after the sum: the former gives what the function reads, out of a
 * stream that goes on without it; else the function reads the stream itself.
 * @param input what the function reads; undefined where it is not known.
 */
export function surroundings(
  view: GraphView,
  norms: Norms,
  { node, stream, added, bias, beside }: Residual,
  input: string | undefined,
): Surroundings {
  const normBefore = input === undefined ? undefined : norms.giving(input);
  const isBefore =
    normBefore?.input !== undefined &&
    view.base(normBefore.input) === view.base(stream) &&
    view.base(input!) !== view.base(stream);
  const [output = ''] = node.outputs;
  const normInside = node.opType === 'Add' ? undefined : norms.giving(output);
  const sum = normInside ? normInside.input : output;
  const normAfter = normInside ?? norms.reading(output);
  const norm = isBefore ? normBefore : normAfter;
  const biases = bias === undefined ? [] : [bias];
  return {
    sublayer: {
      output: bias === undefined ? present(added) : addedAgain(view, [added, bias], node.opType),
      residualSum:
        sum === undefined
          ? addedAgain(view, [added, ...beside, stream, ...biases], node.opType)
          : present(sum),
      norm: norm
        ? present(norm.output)
        : missing(l10n.t('No norm is found before this sublayer or after its residual sum.')),
      normPlacement: isBefore ? 'before' : norm && 'after',
      normKind: norm?.kind,
    },
    stream: isBefore || !normAfter ? sum : normAfter.output,
    norm,
    normAfter,
  };
}

/** A sublayer of which nothing but its place is known. */
export function unknownSublayer(source: TensorSource): Sublayer {
  return {
    output: source,
    residualSum: source,
    norm: source,
    normPlacement: undefined,
    normKind: undefined,
  };
}
