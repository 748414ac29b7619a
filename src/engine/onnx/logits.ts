import type { ElementType } from './elementTypes';
import { shapesOf, type Shape } from './shapes';
import { indexOf } from './structure';
import type { OnnxModel } from './types';

/** An output seen as scores. */
export interface LogitsOutput {
  readonly name: string;
  readonly elementType: ElementType;
  /** undefined where it cannot be told. */
  readonly rank: number | undefined;
  /** Size of the last axis: entries of the vocabulary, classes; undefined where it is not fixed. */
  readonly size: number | undefined;
  /** The axis of tokens; undefined when there is none, as for the score of a whole sequence. */
  readonly tokenAxis: number | undefined;
  /** `[batch, tokens, size]`: scores for each token, as an MLM or a tagging head gives. */
  readonly perToken: boolean;
}

/**
 * Describes each graph output by its axes, followed through the graph from inputs and weights and not by
 * names. MLM logits are `perToken` with the vocabulary's size; a class or sentence pair is of rank 2
 * without a token axis; the ends of an answer are of rank 2 with one.
 */
export function findLogitsOutputs(model: OnnxModel): LogitsOutput[] {
  const shapes = shapesOf(indexOf(model));
  return model.outputs.map(({ name, elementType }) => {
    const shape = shapes.get(name);
    const last = shape?.at(-1);
    const tokenAxis = shape && findTokenAxis(shape);
    return {
      name,
      elementType,
      rank: shape?.length,
      size: typeof last === 'number' ? last : undefined,
      tokenAxis,
      perToken: shape?.length === 3 && tokenAxis === 1,
    };
  });
}

/** Of three axes an open one in the middle is that of the tokens: flattening exporters lose its trace. */
function findTokenAxis(shape: Shape): number | undefined {
  const found = shape.indexOf('tokens');
  if (found >= 0) return found;
  return shape.length === 3 && shape[1] === undefined ? 1 : undefined;
}
