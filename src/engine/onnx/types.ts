import type { ElementType } from './elementTypes';
import type { ByteRange } from './fileSource';

/** A size, the name of a size, or undefined where the file does not say. */
export type Dimension = number | string | undefined;

/** A graph input or output, or a value in between that the exporter described. */
export interface OnnxValue {
  readonly name: string;
  /** `unknown` for sequences, maps and values without a type. */
  readonly elementType: ElementType;
  /** undefined when not even the rank is known. */
  readonly dims: readonly Dimension[] | undefined;
}

/** Where a tensor's numbers lie. */
export type TensorPayload =
  /** Little-endian elements in the model file itself; `field` is the TensorProto field that holds them. */
  | { readonly kind: 'file'; readonly field: number; readonly offset: number; readonly length: number }
  /** In typed fields (int64_data and its like) of the tensor's message. */
  | { readonly kind: 'typed' }
  /** In another file of the model's folder; `length` undefined means up to what the shape needs. */
  | {
      readonly kind: 'external';
      readonly location: string;
      readonly offset: number;
      readonly length: number | undefined;
    };

/** An initializer or a tensor attribute, without its numbers. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly elementType: ElementType;
  readonly payload: TensorPayload;
  /** The TensorProto in the model file. */
  readonly message: ByteRange;
}

/** The value of an attribute. Integers beyond 2^53 are rounded. */
export type OnnxAttribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  /** Subgraphs, kept as bytes; `uses` are the names that their nodes read, outer ones among them. */
  | { readonly kind: 'graphs'; readonly messages: readonly ByteRange[]; readonly uses: readonly string[] }
  /** A list of tensors, a very long list of numbers, a sparse tensor, a type, or a reference to a function's attribute. */
  | { readonly kind: 'other' };

export interface OnnxNode {
  /** Position among the graph's nodes. */
  readonly index: number;
  readonly name: string;
  readonly opType: string;
  /** '' is the standard domain, under whichever of its two names the file uses. */
  readonly domain: string;
  /** '' is an optional input or output that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A model file, read without its weights. */
export interface OnnxModel {
  /** The path as it was given: external data is looked for beside it. */
  readonly givenPath: string;
  /** The file itself, symbolic links followed. */
  readonly path: string;
  readonly fileSize: number;
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  /** Operator set version by domain; '' is the standard domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** What has to be fed: graph inputs that no initializer gives a value. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Described values in between, by name. */
  readonly valueInfo: ReadonlyMap<string, OnnxValue>;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly sparseInitializers: readonly string[];
  /** Model-local functions as `domain:name`. */
  readonly functions: readonly string[];
}
