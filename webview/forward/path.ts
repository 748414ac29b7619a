import type { ArchitectureFacts } from '../../src/protocol/architecture';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { ForwardStep } from '../../src/protocol/forward';
import type { Place } from './place';

/** A step with its number among all steps. */
export interface NumberedStep extends ForwardStep {
  index: number;
}

/** A part of the way from text to output. */
export interface PathPart {
  kind: 'input' | 'layer' | 'result' | 'output';
  /** null behind all stacks. */
  stack: 'encoder' | 'decoder' | null;
  /** The chosen layer, and how many there are; null outside of layers. */
  layer: number | null;
  layers: number;
  steps: NumberedStep[];
}

/** The way from text to output, each stack by one of its layers. */
export function pathOf(
  steps: readonly ForwardStep[],
  { stacks }: ArchitectureFacts,
  chosenLayer: number,
): PathPart[] {
  const numbered = steps.map((step, index) => ({ ...step, index }));
  const kinds = [...new Set(numbered.map(({ stack }) => stack))];
  return kinds
    .flatMap((stack): PathPart[] => {
      const own = numbered.filter((step) => step.stack === stack);
      if (stack === null) return [{ kind: 'output', stack, layer: null, layers: 0, steps: own }];
      const layers = stacks.find(({ kind }) => kind === stack)?.layers.length ?? 0;
      const layer = Math.min(chosenLayer, Math.max(0, layers - 1));
      const isResult = ({ role }: ForwardStep): boolean => role === 'finalNorm' || role === 'lastHiddenState';
      const outside = own.filter((step) => step.layer === null);
      return [
        { kind: 'input', stack, layer: null, layers, steps: outside.filter((step) => !isResult(step)) },
        { kind: 'layer', stack, layer, layers, steps: own.filter((step) => step.layer === layer) },
        { kind: 'result', stack, layer: null, layers, steps: outside.filter(isResult) },
      ];
    })
    .filter((part) => part.steps.length > 0);
}

/** The open step of a path; the first where the one that was open is not there. */
export function openStep(path: readonly PathPart[], { role, stack }: Place): NumberedStep | undefined {
  const steps = path.flatMap((part) => part.steps);
  return steps.find((step) => step.role === role && step.stack === stack) ?? steps[0];
}

/** The step before or after an open one. */
export function neighbour(path: readonly PathPart[], open: number, by: 1 | -1): NumberedStep | undefined {
  const steps = path.flatMap((part) => part.steps);
  return steps[steps.findIndex(({ index }) => index === open) + by];
}

/** What a pass read, as far as rows and columns of its tensors stand for it. */
interface Read {
  tokens: EncodedToken[];
  target: EncodedToken[] | null;
}

/** What the rows of a step's tensor stand for: keys and values from an encoder are of the source. */
export function rowsOf(
  { role, stack }: Pick<ForwardStep, 'role' | 'stack'>,
  { tokens, target }: Read,
): EncodedToken[] {
  const isOfSource = stack === 'encoder' || /^crossAttention(Key|Value|Mask)$/.test(role);
  return target === null || isOfSource ? tokens : target;
}

/** What the columns of scores stand for. */
export function keysOf(
  { role, stack }: Pick<ForwardStep, 'role' | 'stack'>,
  { tokens, target }: Read,
): EncodedToken[] {
  return target === null || stack === 'encoder' || role.startsWith('crossAttention') ? tokens : target;
}

/** Whether the columns of a head stand for keys. */
export function isByKey({ role }: Pick<ForwardStep, 'role'>, size: number, keys: EncodedToken[]): boolean {
  return /(Scores|Probabilities|Mask)$/.test(role) && size === keys.length;
}
