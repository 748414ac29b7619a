import type { ElementType } from './elementTypes';
import type { Dimension } from './types';

/** A node to add. */
export interface NewNode {
  readonly opType: string;
  /** '' or left out is the standard domain. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, NewAttribute>>;
}

/** The value of an attribute of a node to add. */
export type NewAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

/** A graph input to add. */
export interface NewInput {
  readonly name: string;
  readonly elementType: ElementType;
  /** undefined leaves the rank open. */
  readonly dims: readonly Dimension[] | undefined;
}

/** A small constant to add. */
export interface NewInitializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

/** Lets the given nodes (by index among the model's nodes) read `to` wherever they read `tensor`. */
export interface Rewire {
  readonly tensor: string;
  readonly to: string;
  readonly nodes: readonly number[];
}

/** How a sidecar differs from its model. A plain value: edits combine by joining their lists. */
export interface SidecarEdit {
  /** The exact outputs, any tensor of the graph among them; left out, the model's own. */
  readonly outputs?: readonly string[];
  readonly addInputs?: readonly NewInput[];
  readonly addInitializers?: readonly NewInitializer[];
  readonly addNodes?: readonly NewNode[];
  readonly rewire?: readonly Rewire[];
}

/** One edit that does what all of them do, once where several add the same; of several lists of outputs the last counts. */
export function joinEdits(...edits: readonly SidecarEdit[]): SidecarEdit {
  const outputs = edits.findLast((edit) => edit.outputs !== undefined)?.outputs;
  return {
    ...(outputs && { outputs }),
    addInputs: edits.flatMap(({ addInputs = [] }) => addInputs),
    addInitializers: [...new Set(edits.flatMap(({ addInitializers = [] }) => addInitializers))],
    addNodes: [...new Set(edits.flatMap(({ addNodes = [] }) => addNodes))],
    rewire: edits.flatMap(({ rewire = [] }) => rewire),
  };
}
