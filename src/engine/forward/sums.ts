import type { ForwardGraph } from './graph';

/** An addend by its step, and what it is multiplied with. */
export interface Term {
  step: number;
  factor: number;
}

/** What is known of steps while a sum is taken apart; -1 is none. */
interface Steps {
  /** The step that gives a tensor. */
  of(tensor: string): number;
  /** The step of the sum itself. */
  sum: number;
  /** The step of what a sublayer gives: its bias may be added together with the stream. */
  output: number;
}

/** More than any stream is the sum of. */
const mostAddends = 16;

/** The steps whose tensors are added up to one; undefined where something else is added, too. */
export function sumBehind(
  graph: ForwardGraph,
  tensor: string,
  steps: Steps,
): { terms: Term[]; biases: string[] } | undefined {
  const terms: Term[] = [];
  const biases: string[] = [];
  let unknown = 0;
  const open = [{ tensor, factor: 1 }];
  for (const { tensor: name, factor } of open) {
    if (open.length > mostAddends) return undefined;
    const step = steps.of(name);
    const node = graph.producer(graph.base(name));
    if (step >= 0 && step !== steps.sum) terms.push({ step, factor });
    else if (graph.isConstant(name)) biases.push(name);
    else if (node?.opType === 'Add' || node?.opType === 'Sum')
      open.push(...node.inputs.map((input) => ({ tensor: input, factor })));
    else if (node?.opType === 'Mul' || node?.opType === 'Div') {
      const constant = node.inputs.find((input) => graph.isConstant(input)) ?? '';
      const rest = node.inputs.find((input) => input !== constant) ?? '';
      const number = graph.number(constant);
      if (number === undefined) unknown++;
      else open.push({ tensor: rest, factor: node.opType === 'Mul' ? factor * number : factor / number });
    } else if (node && addsInside.has(node.opType)) {
      open.push(...node.inputs.slice(0, 2).map((input) => ({ tensor: input, factor })));
    } else unknown++;
  }
  const { output } = steps;
  const hasOutput = output < 0 || terms.some(({ step }) => step === output);
  // The sublayer's product and its bias enter the sum one by one.
  if (!hasOutput && unknown === 1) return { terms: [...terms, { step: output, factor: 1 }], biases: [] };
  return unknown === 0 && hasOutput && terms.length > 0 ? { terms, biases } : undefined;
}

const addsInside = new Set(['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization']);
