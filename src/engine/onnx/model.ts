import { realpathSync } from 'node:fs';
import { OnnxFormatError } from './errors';
import { withFile, type ByteRange, type FileSource } from './fileSource';
import { canonicalDomain, readNode } from './readNode';
import { readTensor } from './readTensor';
import { readValue } from './readValue';
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './types';
import { fieldsOf } from './wire';
import { describeForeignFile } from './foreignFile';

/**
 * Reads the graph of the ONNX file at `path`, whose weights stay on the disk: a file of 400 MB costs a
 * few MB. Throws OnnxFormatError for what is not ONNX or is damaged, and Node's own error for a file that
 * cannot be opened.
 */
export function readOnnxModel(path: string): OnnxModel {
  const realPath = realpathSync(path);
  return withFile(realPath, (source) => {
    try {
      return { givenPath: path, path: realPath, fileSize: source.size, ...readModelMessage(source) };
    } catch (error) {
      const foreign = error instanceof OnnxFormatError ? describeForeignFile(source) : undefined;
      throw foreign === undefined ? error : new OnnxFormatError(`This is not an ONNX file: ${foreign}.`);
    }
  });
}

type ModelMessage = Omit<OnnxModel, 'givenPath' | 'path' | 'fileSize'>;

function readModelMessage(source: FileSource): ModelMessage {
  const header = { irVersion: 0, producerName: '', producerVersion: '' };
  const opsets = new Map<string, number>();
  const functions: string[] = [];
  let graph: Graph | undefined;
  for (const field of fieldsOf(source, { offset: 0, length: source.size }, 'the model')) {
    if (field.number === 1) header.irVersion = field.int;
    else if (field.number === 2) header.producerName = field.text;
    else if (field.number === 3) header.producerVersion = field.text;
    else if (field.number === 7) readGraph(source, field.range, (graph ??= new Graph()));
    else if (field.number === 8) opsets.set(...readOpset(source, field.range));
    else if (field.number === 25) functions.push(readFunctionName(source, field.range));
  }
  if (graph === undefined) throw new OnnxFormatError('The file holds no ONNX graph.');
  const { initializers, nodes, outputs, valueInfo, sparseInitializers } = graph;
  const inputs = graph.inputs.filter((input) => !initializers.has(input.name));
  return {
    ...header,
    opsets,
    functions,
    inputs,
    outputs,
    valueInfo,
    nodes,
    initializers,
    sparseInitializers,
  };
}

/** What the graph fields of a file add up to: protobuf merges repeated ones, which is how files are patched. */
class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly inputs: OnnxValue[] = [];
  readonly outputs: OnnxValue[] = [];
  readonly valueInfo = new Map<string, OnnxValue>();
  readonly initializers = new Map<string, OnnxTensor>();
  readonly sparseInitializers: string[] = [];
}

function readGraph(source: FileSource, message: ByteRange, graph: Graph): void {
  for (const field of fieldsOf(source, message, 'the graph')) {
    if (field.number === 1) graph.nodes.push(readNode(source, field.range, graph.nodes.length));
    else if (field.number === 5) {
      const tensor = readTensor(source, field.range);
      graph.initializers.set(tensor.name, tensor);
    } else if (field.number === 11) graph.inputs.push(readValue(source, field.range));
    else if (field.number === 12) graph.outputs.push(readValue(source, field.range));
    else if (field.number === 13) {
      const value = readValue(source, field.range);
      graph.valueInfo.set(value.name, value);
    } else if (field.number === 15) graph.sparseInitializers.push(readSparseName(source, field.range));
  }
}

function readOpset(source: FileSource, message: ByteRange): [string, number] {
  let domain = '';
  let version = 0;
  for (const field of fieldsOf(source, message, 'an operator set')) {
    if (field.number === 1) domain = canonicalDomain(field.name);
    else if (field.number === 2) version = field.int;
  }
  return [domain, version];
}

function readFunctionName(source: FileSource, message: ByteRange): string {
  let name = '';
  let domain = '';
  for (const field of fieldsOf(source, message, 'a function')) {
    if (field.number === 1) name = field.name;
    else if (field.number === 10) domain = canonicalDomain(field.name);
  }
  return `${domain}:${name}`;
}

/** A sparse tensor is named by its values. */
function readSparseName(source: FileSource, message: ByteRange): string {
  let name = '';
  for (const field of fieldsOf(source, message, 'a sparse tensor')) {
    if (field.number === 1) name = readTensor(source, field.range).name;
  }
  return name;
}
