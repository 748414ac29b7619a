import { unusedNames } from '../names';
import { NodeBuilder } from '../nodeBuilder';
import { shapesOf, type Shape } from '../shapes';
import { indexOf, type GraphIndex } from '../structure';
import type { OnnxModel, OnnxNode } from '../types';
import { StackFinder } from './stack';

/** What is known of a graph that attention is looked for in. */
export interface AttentionContext {
  readonly index: GraphIndex;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly stacks: StackFinder;
  /** Begins to build the nodes that the attention at a node of the graph needs besides. */
  builder(node: OnnxNode): NodeBuilder;
}

export function createContext(model: OnnxModel): AttentionContext {
  const index = indexOf(model);
  const names = unusedNames(model);
  return {
    index,
    shapes: shapesOf(index),
    stacks: new StackFinder(index),
    builder: (node) => new NodeBuilder(model, names, `headlight/attention_${node.index}`),
  };
}
