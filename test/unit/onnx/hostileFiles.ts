/** Files that no exporter writes: small valid graphs, mutated, and graphs made to cost time or memory. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { withFile, type ByteRange, type FileSource } from '../../../src/engine/onnx/fileSource';
import { fieldsOf, wireTypes } from '../../../src/engine/onnx/wire';
import { WireWriter } from '../../../src/engine/onnx/wireWriter';
import { BertGraph } from '../../support/bertGraph';
import { bert, deberta, fusedBert, gpt2WithPast, llama, t5 } from '../../support/graphs/families';
import * as onnx from '../../support/onnxWriter';

/** A file and what is wrong with it. */
export interface HostileFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Numbers from 0 to below 1, the same for each seed (Park and Miller 1988). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const smallSizes = { layers: 1, hidden: 8, heads: 2, inner: 16, vocabulary: 60, positions: 32 };
const torch = { opset: 14, norm: 'torch' } as const;

/** Valid graphs of every kind that is read in a way of its own. */
export function validGraphs(): HostileFile[] {
  const bertGraph = (
    name: string,
    options: Partial<ConstructorParameters<typeof BertGraph>[0]>,
  ): HostileFile => ({
    name,
    bytes: new BertGraph({ opset: 13, fused: false, sizes: smallSizes, ...options }).bytes(),
  });
  return [
    bertGraph('BERT', {}),
    bertGraph('BERT with one operator for each norm', { opset: 17, fused: true }),
    bertGraph('BERT in int8', { quantisedLayers: 'all', quantised: true }),
    bertGraph('BERT with weights in int8', { storage: 'int8' }),
    bertGraph('BERT with fused attention', { operator: 'Attention' }),
    bertGraph('BERT with fused attention behind its projections', { operator: 'MultiHeadAttention' }),
    { name: 'BERT with sums inside its norms', bytes: fusedBert('gelu', true, 'Attention').writer.bytes() },
    { name: 'BERT that tags', bytes: bert(torch, { head: 'tags' }).writer.bytes() },
    { name: 'DeBERTa', bytes: deberta(torch).writer.bytes() },
    { name: 'GPT-2 with past', bytes: gpt2WithPast(torch).writer.bytes() },
    { name: 'T5', bytes: t5(torch, true).writer.bytes() },
    { name: 'LLaMA', bytes: llama({ opset: 17, norm: 'skip' }).writer.bytes() },
    { name: 'a branch and a function', bytes: branches() },
  ];
}

/** Attention inside of a branch and of a function, and a constant and an external tensor in a node. */
function branches(): Uint8Array {
  const branch = new onnx.GraphWriter('b');
  const scores = branch.op('Softmax', [branch.op('MatMul', ['x', 'y'])], { axis: -1 });
  branch.outputs.push(onnx.value(branch.op('MatMul', [scores, 'y']), onnx.types.float32));
  const graph = new onnx.GraphWriter();
  for (const name of ['x', 'y', 'condition'])
    graph.inputs.push(onnx.value(name, onnx.types.float32, ['batch', 'sequence', 4]));
  const axes = graph.op('Constant', [], { value: { tensor: onnx.tensor('', [1], BigInt64Array.of(0n)) } });
  graph.op('Unsqueeze', ['x', axes]);
  graph.op('If', ['condition'], {
    then_branch: { graph: branch.graph() },
    else_branch: { graph: branch.graph() },
  });
  graph.output('out', graph.op('Own', ['x'], {}, 'own'), onnx.types.float32);
  const body = [onnx.node('MatMul', ['a', 'a'], ['b']), onnx.node('Softmax', ['b'], ['c'])];
  const own = [onnx.text(1, 'Own'), ...body.map((node) => onnx.bytes(7, node)), onnx.text(10, 'own')];
  return onnx.join(graph.model(17), onnx.bytes(25, onnx.join(...own)));
}

/** `count` mutations of `graphs`, the same for each seed. @param folder for what is read back while mutating. */
export function* mutations(
  graphs: readonly HostileFile[],
  count: number,
  seed: number,
  folder: string,
): Generator<HostileFile> {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const trees = graphs.map((graph) => readTree(graph.bytes, path.join(folder, 'unmutated.onnx')));
  for (let index = 0; index < count; index++) {
    const which = below(graphs.length);
    const graph = graphs[which]!;
    const kind = index % 8;
    const changes = 1 + below(2);
    const name = `${['bytes flipped', 'cut off', 'bytes inserted'][kind] ?? 'fields changed'} in ${graph.name} (seed ${seed}, file ${index})`;
    let { bytes } = graph;
    if (kind === 1) bytes = bytes.subarray(0, below(bytes.length));
    else if (kind > 2) bytes = mutatedTree(trees[which]!, changes, below);
    else {
      for (let change = 0; change < changes * 4; change++) {
        const at = below(bytes.length);
        if (kind === 0) bytes = Uint8Array.from(bytes).with(at, bytes[at]! ^ (1 << below(8)));
        else {
          const inserted = Array.from({ length: below(12) }, () => below(256));
          bytes = onnx.join(bytes.subarray(0, at), inserted, bytes.subarray(at + below(12)));
        }
      }
    }
    yield { name, bytes };
  }
}

/** A field of a message, taken apart. */
interface Part {
  field: number;
  wireType: number;
  contents: bigint | Uint8Array | Part[];
  /** The length that is written in place of the real one. */
  length?: bigint;
}

/** The messages of ONNX by the fields that hold them. */
const messages: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 8: 'opset', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value' },
  function: { 7: 'node' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph' },
  value: { 2: 'type' },
  type: { 1: 'tensorType' },
  tensorType: { 2: 'shape' },
  shape: { 1: 'dimension' },
};

function readTree(bytes: Uint8Array, file: string): Part[] {
  writeFileSync(file, bytes);
  const read = (source: FileSource, range: ByteRange, message: string): Part[] => {
    const parts: Part[] = [];
    for (const field of fieldsOf(source, range, message)) {
      const { number, wireType } = field;
      const nested = messages[message]?.[number];
      if (wireType === wireTypes.varint) {
        parts.push({ field: number, wireType, contents: field.bigInts[0]! });
      } else if (wireType !== wireTypes.bytes) {
        const { offset, length } = field.whole;
        parts.push({ field: number, wireType, contents: source.read(offset, length).slice(-4) });
      } else {
        const inner = field.range;
        const contents = nested ? read(source, inner, nested) : source.read(inner.offset, inner.length);
        parts.push({ field: number, wireType, contents });
      }
    }
    return parts;
  };
  return withFile(file, (source) => read(source, { offset: 0, length: source.size }, 'model'));
}

function writeTree(parts: readonly Part[]): Uint8Array {
  const writer = new WireWriter();
  for (const { field, wireType, contents, length } of parts) {
    if (typeof contents === 'bigint') {
      if (wireType === wireTypes.varint) writer.int(field, contents);
      else
        writer
          .raw(Uint8Array.from(onnx.varint(field * 8 + wireType)))
          .raw(Uint8Array.from(onnx.varint(contents)));
      continue;
    }
    const bytes = contents instanceof Uint8Array ? contents : writeTree(contents);
    if (wireType === wireTypes.bytes && length === undefined) writer.bytes(field, bytes);
    else {
      writer.raw(Uint8Array.from(onnx.varint(field * 8 + wireType)));
      if (length !== undefined) writer.raw(Uint8Array.from(onnx.varint(length)));
      writer.raw(bytes);
    }
  }
  return writer.finish();
}

const extremes = [
  0n,
  1n,
  -1n,
  127n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 62n,
  -(2n ** 63n),
];

function mutatedTree(tree: readonly Part[], changes: number, below: (limit: number) => number): Uint8Array {
  const root = structuredClone(tree) as Part[];
  const any = <Each>(list: readonly Each[]): Each => list[below(list.length)]!;
  for (let change = 0; change < changes; change++) {
    const lists = listsOf(root);
    const places = lists.flatMap((list) => list.map((_, at) => ({ list, at })));
    if (places.length === 0) break;
    const { list, at } = any(places);
    const part = list[at]!;
    const other = any(places);
    switch (below(11)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.push(structuredClone(part));
        break;
      case 2:
        [list[at], other.list[other.at]] = [other.list[other.at]!, structuredClone(part)];
        break;
      case 3:
        part.field = any([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 20, 536870911]);
        break;
      case 4:
        part.wireType = any([0, 1, 2, 3, 5, 7]);
        break;
      case 5:
        if (part.wireType === wireTypes.bytes) part.length = any(extremes);
        break;
      case 6:
        part.contents = structuredClone(other.list[other.at]!.contents);
        break;
      case 7:
        if (part.contents instanceof Uint8Array) {
          part.contents = onnx.join(...new Array<Uint8Array>(50).fill(part.contents));
        }
        break;
      default:
        // Names and numbers decide what a graph means: they are changed most often.
        renumber(
          any(
            places.map((place) => place.list[place.at]!).filter((each) => !(each.contents instanceof Array)),
          ),
        );
    }
  }
  return writeTree(root);

  function renumber(part: Part): void {
    if (typeof part.contents === 'bigint') part.contents = any(extremes);
    else {
      const texts = listsOf(root)
        .flat()
        .filter(({ contents }) => contents instanceof Uint8Array && contents.length < 64);
      part.contents = any(texts).contents;
    }
  }
}

function listsOf(root: Part[]): Part[][] {
  return [root, ...root.flatMap(({ contents }) => (contents instanceof Array ? listsOf(contents) : []))];
}

/** How many parts a graph has that is made to cost more than in proportion. */
const many = 50_000;

const model = (graph: Uint8Array, opset = 17): Uint8Array =>
  onnx.join(
    onnx.number(1, 8),
    onnx.bytes(7, graph),
    onnx.bytes(8, onnx.number(2, opset)),
    onnx.bytes(8, onnx.join(onnx.text(1, 'com.microsoft'), onnx.number(2, 1))),
  );

const nodeField = (...node: Parameters<typeof onnx.node>): Uint8Array => onnx.bytes(1, onnx.node(...node));
const input = (
  name: string,
  type: number = onnx.types.float32,
  dims: (number | string)[] = ['b', 's', 8],
): Uint8Array => onnx.bytes(11, onnx.value(name, type, dims));
const output = (name: string): Uint8Array => onnx.bytes(12, onnx.value(name, onnx.types.float32));
const initializer = (...tensor: Parameters<typeof onnx.tensor>): Uint8Array =>
  onnx.bytes(5, onnx.tensor(...tensor));
const ids = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) =>
  input(name, onnx.types.int64, ['b', 's']),
);

/** Digits of the number that stands for `@` in the fields of `repeated`. */
const digits = 7;

/** The number of a part as names of `repeated` have it. */
const numbered = (index: number): string => String(index).padStart(digits, '0');

/**
 * A field, again and again: `@` in it becomes the number of each, `<` the number before it and `>` the number after.
 * Bytes are patched in place: a million fields are made in a second.
 */
function repeated(
  count: number,
  make: (own: string, before: string, after: string) => Uint8Array,
): Uint8Array {
  const marks = ['@', '<', '>'].map((mark) => mark.repeat(digits)) as [string, string, string];
  const template = Buffer.from(make(...marks));
  const places = marks.flatMap((mark, shift) => {
    const found: { at: number; shift: number }[] = [];
    for (let at = template.indexOf(mark); at >= 0; at = template.indexOf(mark, at + digits)) {
      found.push({ at, shift: [0, -1, 1][shift]! });
    }
    return found;
  });
  const bytes = Buffer.alloc(count * template.length);
  for (let index = 0; index < count; index++) {
    const start = template.copy(bytes, index * template.length) && index * template.length;
    for (const { at, shift } of places) bytes.write(numbered(index + 1 + shift), start + at, 'latin1');
  }
  return bytes;
}

/** A chain of nodes that begins at `t0000000`. @param prefix of the names, in place of `t`. */
const chain = (opType: string, count: number, more: readonly string[] = [], prefix = 't'): Uint8Array =>
  repeated(count, (own, before) => nodeField(opType, [`${prefix}${before}`, ...more], [`${prefix}${own}`]));

/** A graph of so many nodes and nothing that is wrong with it: what others are measured by. */
export function plainChain(nodes: number): Uint8Array {
  return model(onnx.join(input('t0000000'), chain('Tanh', nodes), output(`t${numbered(nodes)}`)));
}

const weight = initializer('w', [8, 8], new Float32Array(64));
const one = initializer('one', [1], Float32Array.of(1));
const ints = (name: string, ...values: number[]): Uint8Array =>
  initializer(name, [values.length], BigInt64Array.from(values, BigInt));

/** `softmax(x·y)·y`, each `@` of its own. */
const attentionNodes = (own: string): Uint8Array =>
  onnx.join(
    nodeField('MatMul', ['x', 'y'], [`s${own}`]),
    nodeField('Softmax', [`s${own}`], [`p${own}`], { axis: -1 }),
    nodeField('MatMul', [`p${own}`, 'y'], [`c${own}`]),
  );

/** `(x - mean) / sqrt(variance + one)`, each `@` of its own. */
const normNodes = (own: string): Uint8Array =>
  onnx.join(
    nodeField('ReduceMean', ['x'], [`m${own}`], { axes: [-1] }),
    nodeField('Sub', ['x', `m${own}`], [`d${own}`]),
    nodeField('Mul', [`d${own}`, `d${own}`], [`q${own}`]),
    nodeField('ReduceMean', [`q${own}`], [`v${own}`], { axes: [-1] }),
    nodeField('Sqrt', [`v${own}`], [`r${own}`]),
    nodeField('Div', [`d${own}`, `r${own}`], ['tail0000000']),
  );

const manyInputs = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `t${numbered(at + 1)}`);

/** Graphs that are read in a time and memory out of all proportion where one part is looked at for each other one. */
export function costlyGraphs(): HostileFile[] {
  const states = onnx.join(
    input('x', onnx.types.float32, ['b', 'n', 's', 8]),
    input('y', onnx.types.float32, ['b', 'n', 8, 's']),
  );
  // Without any attention nobody would look for a Transformer.
  const ownAttention = onnx.join(
    input('own x', onnx.types.float32, ['b', 'n', 's', 8]),
    nodeField('MatMul', ['own x', 'own x'], ['own scores']),
    nodeField('Softmax', ['own scores'], ['own weights'], { axis: -1 }),
    nodeField('MatMul', ['own weights', 'own x'], ['own context']),
  );
  const bigEquation = `${'a'.repeat(400_000)},${'b'.repeat(400_000)}->${'c'.repeat(400_000)}`;
  const graphs: Record<string, () => Uint8Array[]> = {
    'a million nodes in a row': () => [input('t0000000'), chain('Tanh', 1_000_000), output('t1000000')],
    'a million nodes in a ring': () => [
      nodeField('Tanh', ['t1000000'], ['t0000000']),
      chain('Tanh', 1_000_000),
      output('t1000000'),
    ],
    'a million attributes': () => [
      onnx.bytes(
        1,
        onnx.join(
          onnx.text(4, 'Tanh'),
          repeated(1_000_000, (own) => onnx.bytes(5, onnx.join(onnx.text(1, own), onnx.number(3, 1)))),
        ),
      ),
    ],
    'a node of many inputs': () => [
      input('t0000000'),
      chain('Tanh', many),
      nodeField('Sum', manyInputs(many), ['sum']),
      output('sum'),
    ],
    'a shape through many casts': () => [
      input('x'),
      ints('t0000000', 0, -1),
      chain('Cast', many),
      nodeField('Reshape', ['x', `t${numbered(many)}`], ['out']),
      output('out'),
    ],
    'a shape that is cast in a ring': () => [
      input('x'),
      nodeField('Cast', ['b'], ['a']),
      nodeField('Cast', ['a'], ['b']),
      nodeField('Reshape', ['x', 'b'], ['out']),
      output('out'),
    ],
    'a shape that is cast to itself': () => [
      input('x'),
      ints('shape', 0, -1),
      nodeField('Cast', ['shape'], ['shape']),
      nodeField('Reshape', ['x', 'shape'], ['out']),
      output('out'),
    ],
    'many shapes of many parts': () => [
      input('x'),
      ints('one', 1),
      nodeField('Concat', new Array<string>(4000).fill('one'), ['shape'], { axis: 0 }),
      repeated(many, (own) => nodeField('Reshape', ['x', 'shape'], [own])),
    ],
    'many shapes, each stored for itself': () => [
      input('x'),
      repeated(many, (own) =>
        onnx.join(ints(`s${own}`, 0, -1), nodeField('Reshape', ['x', `s${own}`], [own])),
      ),
    ],
    'many uses of a long list': () => [
      input('x'),
      nodeField('Constant', [], ['axes'], { value_ints: new Array<number>(many).fill(1) }),
      repeated(many, (own) => nodeField('Slice', ['x', 'axes', 'axes', 'axes'], [own])),
    ],
    'an equation of a million letters': () => [
      states,
      nodeField('Einsum', ['x', 'y'], ['s'], { equation: bigEquation }),
      nodeField('Softmax', ['s'], ['p'], { axis: -1 }),
      nodeField('Einsum', ['p', 'y'], ['c'], { equation: bigEquation }),
    ],
    'many attentions': () => [states, repeated(many, attentionNodes), output(`c${numbered(many)}`)],
    'many attentions that share what they give': () => [
      states,
      repeated(many / 2, (own) =>
        onnx.join(
          nodeField('MatMul', ['x', 'y'], [`s${own}`]),
          nodeField('Softmax', [`s${own}`], [`p${own}`], { axis: -1 }),
          nodeField('Identity', [`p${own}`], ['shared']),
        ),
      ),
      repeated(many / 2, (own) => nodeField('Mul', ['shared', 'shared'], [`e${own}`])),
    ],
    'many fused attentions': () => [
      input('x'),
      weight,
      one,
      repeated(many, (own) =>
        nodeField('Attention', ['x', 'w', 'one'], [own], { num_heads: 2 }, 'com.microsoft'),
      ),
    ],
    'many fused attentions of no known form': () => [
      input('x'),
      repeated(many, (own) => nodeField('PackedAttention', ['x'], [own], {}, 'com.microsoft')),
    ],
    'a thousand attentions in many branches': () => [
      states,
      repeated(1000, attentionNodes),
      nodeField('Identity', ['c0000001'], ['d0000000']),
      chain('Add', many, ['c0000001'], 'd'),
      repeated(1000, (own) => nodeField('MatMul', [`d${own}`, 'w'], [`o${own}`])),
      weight,
    ],
    'many norms with one result': () => [
      input('x'),
      repeated(many / 4, normNodes),
      chain('Add', many, ['tail0000000'], 'tail'),
    ],
    'a norm of many inputs': () => [
      input('x'),
      normNodes('0'),
      repeated(5, (own) => nodeField('Add', [...new Array<string>(60).fill(`e${own}`), 'x'], [`e${own}`])),
      nodeField('Mul', ['r0', ...new Array<string>(60).fill('e0000001')], ['f']),
    ],
    'many sums inside norms': () => [
      ...ids,
      input('t0000000'),
      repeated(many, (own, before) =>
        nodeField(
          'SkipLayerNormalization',
          [`t${before}`, 'input_ids', 'one'],
          [`t${own}`],
          {},
          'com.microsoft',
        ),
      ),
      one,
    ],
    'a tensor that many nodes read': () => [
      input('x'),
      repeated(many, (own) => nodeField('Identity', ['x'], [own])),
    ],
    'many inputs': () => [
      input('t0000000'),
      repeated(many, (own) => input(`i${own}`, onnx.types.int64, ['b', 's'])),
      repeated(many, (own, before) => nodeField('Add', [`i${own}`, `t${before}`], [`t${own}`])),
    ],
    'many outputs': () => [
      states,
      attentionNodes('1'),
      weight,
      nodeField('Identity', ['c1'], ['d0000000']),
      chain('Tanh', 300, [], 'd'),
      repeated(many, (own) => onnx.join(nodeField('Tanh', ['d0000300'], [own]), output(own))),
    ],
    'many branches': () => {
      const branch = onnx.join(nodeField('Tanh', ['x'], ['y']), output('y'));
      return [
        input('c'),
        input('x'),
        repeated(many, (own) => nodeField('If', ['c'], [own], { then_branch: { graph: branch } })),
      ];
    },
    'weights computed from many nodes': () => [
      states,
      initializer('t0000000', [8, 8], new Float32Array(64)),
      chain('Tanh', many),
      repeated(1000, (own) =>
        onnx.join(attentionNodes(own), nodeField('MatMul', [`c${own}`, `t${numbered(many)}`], [`o${own}`])),
      ),
    ],
    'many networks in a row': () => [
      states,
      weight,
      attentionNodes('1'),
      nodeField('MatMul', ['c1', 'w'], ['o']),
      nodeField('Add', ['o', 'x'], ['t0000000']),
      repeated(many / 4, (own, before) =>
        onnx.join(
          nodeField('MatMul', [`t${before}`, 'w'], [`i${own}`]),
          nodeField('Relu', [`i${own}`], [`j${own}`]),
          nodeField('MatMul', [`j${own}`, 'w'], [`k${own}`]),
          nodeField('Add', [`k${own}`, `t${before}`], [`t${own}`]),
        ),
      ),
    ],
    'dims without end': () => [
      onnx.bytes(
        5,
        onnx.tensorOf(
          'w',
          [],
          1,
          ...new Array<Uint8Array>(1).fill(repeated(1_000_000, () => onnx.number(1, 1))),
        ),
      ),
    ],
    'a list that is longer than its shape': () => [
      input('x'),
      onnx.bytes(5, onnx.tensorOf('axes', [2], 7, onnx.bytes(7, new Uint8Array(20_000_000)))),
      nodeField('Reshape', ['x', 'axes'], ['out']),
    ],
    'a list of 60 MB': () => [
      onnx.bytes(
        1,
        onnx.join(
          onnx.text(4, 'Tanh'),
          onnx.bytes(5, onnx.join(onnx.text(1, 'a'), onnx.bytes(8, new Uint8Array(60_000_000)))),
        ),
      ),
    ],
    'many names of 60 KB': () => [
      input('x'),
      repeated(500, (own) => nodeField('Tanh', ['x'], [own + 'x'.repeat(60_000)])),
    ],
    'masks that are large and many': () => [
      states,
      repeated(1000, (own) =>
        onnx.bytes(5, onnx.tensorOf(`mask${own}`, [2048, 2048], 1, onnx.external('data.bin', 0, 2 ** 24))),
      ),
      repeated(1000, (own) =>
        onnx.join(
          nodeField('MatMul', ['x', 'y'], [`s${own}`]),
          nodeField('Add', [`s${own}`, `mask${own}`], [`a${own}`]),
          nodeField('Softmax', [`a${own}`], [`p${own}`], { axis: -1 }),
          nodeField('MatMul', [`p${own}`, 'y'], [`c${own}`]),
        ),
      ),
    ],
  };
  return Object.entries(graphs).map(([name, make]) => ({
    name,
    get bytes() {
      return model(onnx.join(...make(), ownAttention));
    },
  }));
}

/** What lies beside the files of `handMade`: data, and links that leave the folder. @param outside another folder. */
export function writeNeighbours(folder: string, outside: string): void {
  writeFileSync(path.join(folder, 'data.bin'), '');
  truncateSync(path.join(folder, 'data.bin'), 2 ** 24);
  writeFileSync(path.join(outside, 'secret.bin'), new Uint8Array(256));
  mkdirSync(path.join(folder, 'folder.bin'));
  symlinkSync(path.join(outside, 'secret.bin'), path.join(folder, 'link.bin'));
  symlinkSync(outside, path.join(folder, 'away'));
  symlinkSync('ring.bin', path.join(folder, 'ring.bin'));
}

/** Small files, each wrong in one way, with what its error says; null where the reading side has nothing to say. */
export function handMade(): (HostileFile & { readonly message: RegExp | null })[] {
  const graph = (...parts: Uint8Array[]): Uint8Array => model(onnx.join(...parts));
  const using = (tensor: Uint8Array): Uint8Array =>
    graph(...ids, onnx.bytes(5, tensor), nodeField('Gather', ['w', 'input_ids'], ['out']), output('out'));
  const external = (...place: Parameters<typeof onnx.external>): Uint8Array =>
    using(onnx.tensorOf('w', [8, 8], 1, onnx.external(...place)));
  const sized = (...dims: number[]): Uint8Array =>
    using(onnx.tensorOf('w', dims, 1, onnx.bytes(9, new Uint8Array(256))));
  const nested = (depth: number): Uint8Array => {
    let inner = nodeField('Tanh', ['c'], ['y']);
    for (let level = 0; level < depth; level++)
      inner = nodeField('If', ['c'], ['y'], { then_branch: { graph: inner } });
    return onnx.join(input('c'), inner);
  };
  const callers = (count: number): Uint8Array =>
    repeated(count, (own, _, after) =>
      onnx.bytes(
        25,
        onnx.join(
          onnx.text(1, `f${own}`),
          onnx.text(10, 'own'),
          onnx.bytes(7, onnx.node(`f${after}`, ['x'], ['y'], {}, 'own')),
        ),
      ),
    );
  const files: [string, Uint8Array, RegExp | null][] = [
    ['nothing', new Uint8Array(0), /it is empty/],
    ['zeros', new Uint8Array(4096), /field without a number/],
    ['text', Buffer.from('Not a model at all.\n'.repeat(9)), /it is text/],
    ['a length of 2^62', onnx.join([0x08, 0x08, 0x3a], onnx.varint(2n ** 62n)), /longer than what holds it/],
    [
      'a length of 2^62 in a tensor',
      graph(onnx.join([0x2a, 0x0a, 0x4a], onnx.varint(2n ** 62n))),
      /longer than what holds it/,
    ],
    ['a graph that is a number', onnx.number(7, 1), /wire type/],
    ['a name that is a number', graph(onnx.bytes(1, onnx.number(4, 1))), /wire type/],
    ['a node without an operator', graph(onnx.bytes(1, onnx.text(1, 'x'))), /no operator/],
    ['no graph', onnx.number(1, 8), /no ONNX graph/],
    ['a size of 2^62', sized(2 ** 62), /has the size/],
    ['a negative size', sized(-1, 8), /has the size -1/],
    ['many large sizes', sized(...new Array<number>(20).fill(2 ** 52)), null],
    [
      'large sizes and none',
      using(onnx.tensorOf('w', [...new Array<number>(30).fill(2 ** 52), 0], 1, onnx.external('data.bin'))),
      null,
    ],
    [
      'a shape of 2^62',
      graph(input('x', 1, [Number.MAX_SAFE_INTEGER]), nodeField('Tanh', ['x'], ['y']), output('y')),
      null,
    ],
    ['external data without a place', using(onnx.tensorOf('w', [8, 8], 1, onnx.number(14, 1))), /not named/],
    ['external data one folder up', external('../secret.bin', 0, 256), /outside the model's folder/],
    [
      'external data by way of a folder',
      external('folder.bin/../../secret.bin', 0, 256),
      /outside the model's folder/,
    ],
    ['external data of the system', external('/etc/hostname', 0, 8), /outside the model's folder/],
    ['external data on a drive', external('C:\\secret.bin', 0, 256), /outside the model's folder/],
    ['external data on a share', external('\\\\server\\secret.bin', 0, 256), /outside the model's folder/],
    ['external data with a zero in its name', external('data.bin\0', 0, 256), /outside the model's folder/],
    ['external data behind a link', external('link.bin', 0, 256), /outside the model's folder/],
    [
      'external data behind a link of a folder',
      external('away/secret.bin', 0, 256),
      /outside the model's folder/,
    ],
    ['external data behind a ring of links', external('ring.bin', 0, 256), /is missing/],
    ['external data that is missing', external('none.bin', 0, 256), /is missing/],
    ['external data that is a folder', external('folder.bin', 0, 256), /not a regular file/],
    ['external data beyond its file', external('data.bin', 2 ** 24, 256), /too short/],
    ['external data of 2^53 bytes', external('data.bin', 0, 2 ** 53 - 1), /too short/],
    ['external data at an impossible place', external('data.bin', 1.5), /impossible place/],
    ['a node that reads itself', graph(nodeField('Tanh', ['a'], ['a']), output('a')), null],
    [
      'two nodes that read each other',
      graph(nodeField('Tanh', ['b'], ['a']), nodeField('Tanh', ['a'], ['b']), output('b')),
      null,
    ],
    [
      'a missing initializer',
      graph(...ids, nodeField('Gather', ['gone', 'input_ids'], ['out']), output('out')),
      /“gone”, which nothing in the graph gives/,
    ],
    [
      'an operator that there is not',
      graph(...ids, nodeField('Bogus', ['input_ids'], ['out'], {}, 'no.such'), output('out')),
      null,
    ],
    [
      'an output that nothing computes',
      graph(...ids, output('nowhere')),
      /output of the graph is “nowhere”, which nothing/,
    ],
    [
      'one name for all',
      graph(
        input('x'),
        initializer('x', [1], Float32Array.of(1)),
        nodeField('Tanh', ['x'], ['x']),
        output('x'),
      ),
      null,
    ],
    ['the body of a loop', endlessLoop(), null],
    ['branches in branches', graph(nested(10)), null],
    ['branches in too many branches', graph(nested(40)), /nested too deeply/],
    [
      'functions that call each other',
      onnx.join(graph(input('x'), nodeField('f0000001', ['x'], ['y'], {}, 'own')), callers(1000)),
      null,
    ],
    [
      'a function that calls itself',
      onnx.join(
        graph(input('x'), nodeField('f', ['x'], ['y'], {}, 'own')),
        onnx.bytes(
          25,
          onnx.join(
            onnx.text(1, 'f'),
            onnx.text(10, 'own'),
            onnx.bytes(7, onnx.node('f', ['x'], ['y'], {}, 'own')),
          ),
        ),
      ),
      null,
    ],
    [
      'two graphs in one file',
      onnx.join(
        graph(input('x'), nodeField('Tanh', ['x'], ['y']), output('y')),
        graph(nodeField('Tanh', ['y'], ['x'])),
      ),
      null,
    ],
  ];
  return files.map(([name, bytes, message]) => ({ name, bytes, message }));
}

/**
 * Writes a model with a gigabyte of weights in a file of holes, which takes no room on most disks.
 * @param external whether the weights lie in a file of their own.
 */
export function writeGigabyte(file: string, external: boolean): void {
  const [count, size] = [64, 2 ** 24];
  const data = `${path.basename(file)}_data`;
  const head = (at: number): Uint8Array =>
    external
      ? onnx.bytes(5, onnx.tensorOf(`large${at}`, [size / 4], 1, onnx.external(data, at * size, size)))
      : tensorHead(onnx.tensorOf(`large${at}`, [size / 4], 1), size);
  const heads = Array.from({ length: count }, (_, at) => head(at));
  const small = new BertGraph({ opset: 14, fused: false }).graph();
  const hole = external ? 0 : size;
  const length = small.length + heads.reduce((sum, each) => sum + each.length + hole, 0);
  const start = onnx.join(
    onnx.number(1, 8),
    onnx.bytes(8, onnx.number(2, 14)),
    [0x3a],
    onnx.varint(length),
    small,
  );
  const descriptor = openSync(file, 'w');
  let end = writeSync(descriptor, start, 0, start.length, 0);
  for (const each of heads) end += writeSync(descriptor, each, 0, each.length, end) + hole;
  ftruncateSync(descriptor, end);
  closeSync(descriptor);
  if (!external) return;
  writeFileSync(path.join(path.dirname(file), data), '');
  truncateSync(path.join(path.dirname(file), data), count * size);
}

/** A tensor's field up to its raw data of so many bytes. */
function tensorHead(fields: Uint8Array, size: number): Uint8Array {
  const tag = onnx.join([0x4a], onnx.varint(size));
  return onnx.join([0x2a], onnx.varint(fields.length + tag.length + size), fields, tag);
}

/** Attention that cannot be had: facts list what it would have, layer by layer. */
export function packedAttention(): Uint8Array {
  return model(
    onnx.join(input('x'), nodeField('PackedAttention', ['x'], ['y'], {}, 'com.microsoft'), output('y')),
  );
}

/** A language model of one matrix, to whose scores the tensor `extra` is added. */
function modelWith(...parts: Uint8Array[]): Uint8Array {
  return model(
    onnx.join(
      ...ids,
      initializer('table', [60, 8], new Float32Array(480).fill(0.5)),
      initializer('matrix', [8, 60], new Float32Array(480).fill(0.5)),
      nodeField('Gather', ['table', 'input_ids'], ['embedded']),
      nodeField('MatMul', ['embedded', 'matrix'], ['plain']),
      ...parts,
      nodeField('Add', ['plain', 'extra'], ['logits']),
      onnx.bytes(12, onnx.value('logits', onnx.types.float32, ['b', 's', 60])),
      onnx.text(2, 'graph'),
    ),
  );
}

/** A model in a loop that never ends: its condition is always true, over 2^62 turns. */
export function endlessLoop(): Uint8Array {
  const body = onnx.join(
    onnx.bytes(11, onnx.value('turn', onnx.types.int64, [])),
    onnx.bytes(11, onnx.value('go', onnx.types.bool, [])),
    onnx.bytes(11, onnx.value('state', onnx.types.float32)),
    nodeField('Identity', ['go'], ['still']),
    nodeField('Neg', ['state'], ['next']),
    onnx.text(2, 'body'),
    onnx.bytes(12, onnx.value('still', onnx.types.bool, [])),
    onnx.bytes(12, onnx.value('next', onnx.types.float32)),
  );
  return modelWith(
    initializer('turns', [], BigInt64Array.of(2n ** 62n)),
    onnx.bytes(5, onnx.tensorOf('true', [], onnx.types.bool, onnx.bytes(9, [1]))),
    nodeField('Loop', ['turns', 'true', 'plain'], ['extra'], { body: { graph: body } }),
  );
}

/** A model in which onnxruntime 1.30 reads beyond the shape of a bias without axes. */
export function nativeFault(): Uint8Array {
  const vector = (name: string): Uint8Array => initializer(name, [8], new Float32Array(8));
  return model(
    onnx.join(
      input('input_ids', onnx.types.int32, ['b', 's']),
      ...['table', 'positions'].map((name) => initializer(name, [60, 8], new Float32Array(480))),
      initializer('matrix', [8, 60], new Float32Array(480)),
      vector('scale'),
      onnx.bytes(5, onnx.tensorOf('bias', [], 1, onnx.bytes(9, new Uint8Array(4)))),
      onnx.bytes(
        1,
        onnx.node(
          'EmbedLayerNormalization',
          ['input_ids', '', 'table', 'positions', '', 'scale', 'bias'],
          ['embedded', 'mask'],
          {},
          'com.microsoft',
        ),
      ),
      nodeField('MatMul', ['embedded', 'matrix'], ['logits']),
      onnx.bytes(12, onnx.value('logits', onnx.types.float32, ['b', 's', 60])),
      onnx.text(2, 'graph'),
    ),
  );
}

/** A model that fills 16 GB with one number. */
export function memoryEater(): Uint8Array {
  return modelWith(
    ints('size', 2 ** 32),
    nodeField('ConstantOfShape', ['size'], ['large']),
    nodeField('ReduceMax', ['large'], ['extra'], { keepdims: 0 }),
  );
}
