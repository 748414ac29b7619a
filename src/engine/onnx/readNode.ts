import { OnnxFormatError } from './errors';
import type { ByteRange, FileSource } from './fileSource';
import { readTensor } from './readTensor';
import type { OnnxAttribute, OnnxNode } from './types';
import { fieldsOf, type Field } from './wire';

/** AttributeProto.AttributeType numbers of the kinds that are read. */
const kinds: ReadonlyMap<number, OnnxAttribute['kind']> = new Map([
  [1, 'float'],
  [2, 'int'],
  [3, 'string'],
  [4, 'tensor'],
  [5, 'graphs'],
  [6, 'floats'],
  [7, 'ints'],
  [8, 'strings'],
  [10, 'graphs'],
]);

/** The kind that a field of AttributeProto speaks for in files that leave the type out. */
const kindOfField: ReadonlyMap<number, OnnxAttribute['kind']> = new Map([
  [2, 'float'],
  [3, 'int'],
  [4, 'string'],
  [5, 'tensor'],
  [6, 'graphs'],
  [7, 'floats'],
  [8, 'ints'],
  [9, 'strings'],
  [11, 'graphs'],
]);

/** Deeper than any exporter nests branches and loops. */
const deepestSubgraph = 16;

/** More inputs than any operator of a Transformer takes; graphs are walked input by input. */
const mostInputs = 4096;

/** Longer lists describe no Transformer: those of decision trees, say. */
const longestList = 65536;

/** What nodes without attributes have. */
const noAttributes: OnnxNode['attributes'] = new Map();

/** The standard domain under one name. */
export function canonicalDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** Reads a NodeProto, the `index`-th of its graph. */
export function readNode(source: FileSource, message: ByteRange, index: number): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let attributes: Map<string, OnnxAttribute> | undefined;
  let name = '';
  let opType = '';
  let domain = '';
  for (const field of fieldsOf(source, message, 'a node')) {
    if (field.number === 1) inputs.push(field.name);
    else if (field.number === 2) outputs.push(field.name);
    else if (field.number === 3) name = field.name;
    else if (field.number === 4) opType = field.name;
    else if (field.number === 5) (attributes ??= new Map()).set(...readAttribute(source, field.range));
    else if (field.number === 7) domain = canonicalDomain(field.name);
  }
  if (opType === '') throw new OnnxFormatError(`Node ${String(index)} of the graph has no operator.`);
  if (inputs.length > mostInputs)
    throw new OnnxFormatError(`Node ${String(index)} of the graph has ${String(inputs.length)} inputs.`);
  // Copies are as long as what they hold; lists that grow keep room for more.
  return {
    index,
    name,
    opType,
    domain,
    inputs: inputs.slice(),
    outputs: outputs.slice(),
    attributes: attributes ?? noAttributes,
  };
}

function readAttribute(source: FileSource, message: ByteRange): [string, OnnxAttribute] {
  let name = '';
  let type: number | undefined;
  let seen: OnnxAttribute['kind'] = 'other';
  let number = { int: 0, float: 0 };
  let text = '';
  let isLong = false;
  let tensor: ByteRange | undefined;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  const graphs: ByteRange[] = [];
  for (const field of fieldsOf(source, message, 'an attribute')) {
    if (field.number === 1) name = field.name;
    else if (field.number === 2) number = { ...number, float: field.float };
    else if (field.number === 3) number = { ...number, int: field.int };
    else if (field.number === 4) text = field.text;
    else if (field.number === 5) tensor = field.range;
    else if (field.number === 6 || field.number === 11) graphs.push(field.range);
    else if (field.number === 7) isLong ||= !append(floats, field, () => field.floats);
    else if (field.number === 8) isLong ||= !append(ints, field, () => field.ints);
    else if (field.number === 9) strings.push(field.text);
    else if (field.number === 20) type = field.int;
    seen = kindOfField.get(field.number) ?? seen;
  }
  if (isLong) return [name, { kind: 'other' }];
  const kind = type === undefined ? seen : (kinds.get(type) ?? 'other');
  switch (kind) {
    case 'int':
    case 'float':
      return [name, { kind, value: number[kind] }];
    case 'string':
      return [name, { kind, value: text }];
    case 'ints':
      return [name, { kind, value: ints }];
    case 'floats':
      return [name, { kind, value: floats }];
    case 'strings':
      return [name, { kind, value: strings }];
    case 'graphs':
      return [name, { kind, messages: graphs, uses: [...namesUsed(source, graphs, 1)] }];
    case 'tensor':
      return [name, tensor === undefined ? { kind: 'other' } : { kind, value: readTensor(source, tensor) }];
    case 'other':
      return [name, { kind }];
  }
}

/** Adds the values of a repeated field to `list`, unless it becomes too long. */
function append(list: number[], field: Field, values: () => readonly number[]): boolean {
  if (list.length + field.mostValues > longestList * 10) return false;
  for (const value of values()) list.push(value);
  return list.length <= longestList;
}

/** Every name that nodes of these graphs read, nested ones included. */
function namesUsed(source: FileSource, graphs: readonly ByteRange[], depth: number): Set<string> {
  if (depth > deepestSubgraph) throw new OnnxFormatError('Subgraphs are nested too deeply.');
  const names = new Set<string>();
  for (const range of graphs) {
    for (const field of fieldsOf(source, range, 'a subgraph')) {
      if (field.number === 1) addNodeUses(source, field.range, depth, names);
      else if (field.number === 12) addOutputName(source, field.range, names);
    }
  }
  return names;
}

function addNodeUses(source: FileSource, node: ByteRange, depth: number, names: Set<string>): void {
  for (const field of fieldsOf(source, node, 'a node of a subgraph')) {
    if (field.number === 1) names.add(field.name);
    if (field.number !== 5) continue;
    const nested: ByteRange[] = [];
    for (const part of fieldsOf(source, field.range, 'an attribute of a subgraph')) {
      if (part.number === 6 || part.number === 11) nested.push(part.range);
    }
    for (const name of namesUsed(source, nested, depth + 1)) names.add(name);
  }
}

function addOutputName(source: FileSource, value: ByteRange, names: Set<string>): void {
  for (const field of fieldsOf(source, value, 'an output of a subgraph')) {
    if (field.number === 1) names.add(field.name);
  }
}
