import { withFile, type ByteRange, type FileSource } from '../fileSource';
import { canonicalDomain, readNode } from '../readNode';
import type { OnnxModel, OnnxNode } from '../types';
import { fieldsOf } from '../wire';

type IsFused = (node: OnnxNode) => boolean;

/** Field numbers of ModelProto, FunctionProto and GraphProto. */
const fields = {
  functions: 25,
  functionName: 1,
  functionDomain: 10,
  functionNodes: 7,
  graphNodes: 1,
} as const;

/** Deeper than any exporter lets functions call each other. */
const deepest = 64;

/** Whether the branches or the body of a node compute attention. */
export function hidesAttention(model: OnnxModel, node: OnnxNode, isFused: IsFused): boolean {
  const graphs = [...node.attributes.values()].flatMap((attribute) =>
    attribute.kind === 'graphs' ? attribute.messages : [],
  );
  if (graphs.length === 0) return false;
  return withFile(model.path, (source) =>
    graphs.some((graph) => {
      const work = new Work();
      for (const inner of nodesOf(source, graph, fields.graphNodes)) work.add(inner, isFused);
      return work.isAttention;
    }),
  );
}

/** The functions of a file, as `domain:name`, that compute attention, or call functions that do. */
export function attentionFunctions(model: OnnxModel, isFused: IsFused): ReadonlySet<string> {
  if (model.functions.length === 0) return new Set();
  const bodies = withFile(model.path, (source) => readFunctions(source));
  const done = new Map<string, Work>();
  const workOf = (name: string, depth: number): Work => {
    const work = done.get(name) ?? new Work();
    if (done.has(name) || depth > deepest) return work;
    done.set(name, work); // Before its nodes are looked at: one that calls itself comes to an end.
    for (const node of bodies.get(name) ?? []) {
      const called = functionName(node);
      if (bodies.has(called)) work.join(workOf(called, depth + 1));
      else work.add(node, isFused);
    }
    return work;
  };
  return new Set([...bodies.keys()].filter((name) => workOf(name, 0).isAttention));
}

/** The name of the function that a node calls, if there is one of that name. */
export function functionName({ domain, opType }: OnnxNode): string {
  return `${domain}:${opType}`;
}

/** What nodes compute together, as far as it tells attention. */
class Work {
  private products = 0;
  private softmaxes = 0;
  private fused = false;

  /** A softmax between two products, or an operator that has them inside. */
  get isAttention(): boolean {
    return this.fused || (this.products > 1 && this.softmaxes > 0);
  }

  add(node: OnnxNode, isFused: IsFused): void {
    this.products += Number(node.opType === 'MatMul' || node.opType === 'Einsum');
    this.softmaxes += Number(node.opType === 'Softmax');
    this.fused ||= isFused(node);
  }

  join({ products, softmaxes, fused }: Work): void {
    this.products += products;
    this.softmaxes += softmaxes;
    this.fused ||= fused;
  }
}

function readFunctions(source: FileSource): ReadonlyMap<string, OnnxNode[]> {
  const bodies = new Map<string, OnnxNode[]>();
  for (const field of fieldsOf(source, { offset: 0, length: source.size }, 'the model')) {
    if (field.number !== fields.functions) continue;
    const { range } = field;
    let [name, domain] = ['', ''];
    for (const part of fieldsOf(source, range, 'a function')) {
      if (part.number === fields.functionName) ({ name } = part);
      else if (part.number === fields.functionDomain) domain = canonicalDomain(part.name);
    }
    bodies.set(`${domain}:${name}`, [...nodesOf(source, range, fields.functionNodes)]);
  }
  return bodies;
}

/** The nodes in a field of a message. */
function* nodesOf(source: FileSource, message: ByteRange, nodes: number): Generator<OnnxNode> {
  for (const field of fieldsOf(source, message, 'a list of nodes')) {
    if (field.number === nodes) yield readNode(source, field.range, 0);
  }
}
