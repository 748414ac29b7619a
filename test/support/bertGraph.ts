import { GraphWriter, node, types, value } from './onnxWriter';

export interface BertSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  /** Width of the feed-forward network. */
  readonly inner: number;
  readonly vocabulary: number;
  /** The most tokens. */
  readonly positions: number;
}

export const tinySizes: BertSizes = {
  layers: 2,
  hidden: 24,
  heads: 2,
  inner: 96,
  vocabulary: 60,
  positions: 32,
};

/** A WordPiece vocabulary of the tiny size: special tokens and words of two letters. */
export const tinyVocabulary = [
  ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...[...'abcde'].flatMap((first) => [...'fghijklmnop'].map((second) => first + second)),
];

export const bertBaseSizes: BertSizes = {
  layers: 12,
  hidden: 768,
  heads: 12,
  inner: 3072,
  vocabulary: 30522,
  positions: 512,
};

const classes = 2;

/** `int8`: with a scale for each row, that is for each output. */
export type Storage = 'int8' | 'float16';

export interface BertOptions {
  readonly opset: number;
  /** Norm and activation as one operator, or as exporters write them for old operator sets. */
  readonly fused: boolean;
  /** Dynamic int8 quantisation of the head's matrices. */
  readonly quantised?: boolean;
  /** The same of the layers' matrices, or of the products inside of attention, too. */
  readonly quantisedLayers?: 'matrices' | 'all';
  /** Stores the matrices in a small type, each unpacked to float32 by a node before it is used. */
  readonly storage?: Storage;
  /** Stores the float32 numbers that those nodes would give instead. */
  readonly unpacked?: boolean;
  /** Makes the last hidden state an output. */
  readonly hiddenOutput?: boolean;
  /** Computes attention in one of onnxruntime's operators, as its optimiser leaves it; with the same weights. */
  readonly operator?: 'Attention' | 'MultiHeadAttention';
  /** Adds the pooler and the NSP head. */
  readonly pooler?: boolean;
  /** Tiny when absent. */
  readonly sizes?: BertSizes;
  /** Standard deviation of the weights; wide enough to tell small models apart when absent. */
  readonly deviation?: number;
}

/** A BERT of random weights with an MLM head tied to the word embedding, written as PyTorch's exporter does. */
export class BertGraph extends GraphWriter {
  /** Names of internal tensors by role, layer by layer. */
  readonly probabilities: string[] = [];
  readonly hidden: string[] = [];
  private readonly sizes: BertSizes;
  private readonly quantisedTensors = new Set<string>();
  private seed = 1;

  constructor(private readonly options: BertOptions) {
    super();
    this.sizes = options.sizes ?? tinySizes;
    const { layers, hidden, vocabulary } = this.sizes;
    for (const name of ['input_ids', 'attention_mask', 'token_type_ids']) {
      this.inputs.push(value(name, types.int64, ['batch', 'sequence']));
    }
    const words = this.random([vocabulary, hidden]);
    this.hidden.push(this.embeddings(words));
    const mask = this.mask();
    for (let layer = 0; layer < layers; layer++) this.hidden.push(this.layer(this.hidden[layer]!, mask));
    const last = this.hidden.at(-1)!;
    this.mlmHead(last, words);
    if (options.pooler !== false) this.pairHead(last);
    if (options.hiddenOutput) this.outputs.push(value(last, types.float32, ['batch', 'sequence', hidden]));
  }

  bytes(): Uint8Array {
    return this.model(this.options.opset);
  }

  /** A constant drawn evenly around `mean`, the same in every run. */
  random(dims: readonly number[], mean = 0): string {
    const data = new Float32Array(dims.reduce((product, size) => product * size, 1));
    const width = Math.sqrt(12) * (this.options.deviation ?? 0.3);
    let { seed } = this;
    for (let index = 0; index < data.length; index++) {
      seed = (seed * 16807) % 2147483647;
      data[index] = mean + (seed / 2147483647 - 0.5) * width;
    }
    this.seed = seed;
    const { storage } = this.options;
    return storage && dims.length === 2 ? this.stored(storage, dims, data) : this.constant(dims, data);
  }

  /** A matrix in a small type, unpacked. */
  private stored(storage: Storage, dims: readonly number[], data: Float32Array): string {
    const { unpacked } = this.options;
    if (storage === 'float16') {
      const { halves, rounded } = toHalves(data);
      if (unpacked) return this.constant(dims, rounded);
      return this.op('Cast', [this.constant(dims, halves)], { to: types.float32 });
    }
    const { integers, scales, rounded } = toIntegers(data, dims[1]!);
    if (unpacked) return this.constant(dims, rounded);
    const zeros = this.constant([dims[0]!], new Int8Array(dims[0]!));
    const inputs = [this.constant(dims, integers), this.constant([dims[0]!], scales), zeros];
    return this.op('DequantizeLinear', inputs, { axis: 0 });
  }

  private embeddings(words: string): string {
    const { hidden, positions } = this.sizes;
    const all = this.constant(
      [1, positions],
      BigInt64Array.from({ length: positions }, (_, at) => BigInt(at)),
    );
    const length = this.unsqueeze(this.sizeOf('input_ids', 1), 0);
    const places = this.op('Slice', [all, this.ints(0), length, this.ints(1), this.ints(1)]);
    const kinds = this.op('Gather', [this.random([2, hidden]), 'token_type_ids']);
    const sum = this.op('Add', [this.op('Gather', [words, 'input_ids']), kinds]);
    return this.norm(this.op('Add', [sum, this.op('Gather', [this.random([positions, hidden]), places])]));
  }

  private mask(): string {
    const wide = this.unsqueeze(this.unsqueeze('attention_mask', 1), 2);
    const hidden = this.op('Sub', [this.scalar(1), this.op('Cast', [wide], { to: types.float32 })]);
    return this.op('Mul', [hidden, this.scalar(-10000)]);
  }

  private layer(state: string, mask: string): string {
    const { hidden, inner } = this.sizes;
    const { quantisedLayers } = this.options;
    const linear = (from: string, inputs: number, outputs: number): string =>
      quantisedLayers ? this.linearInt8(from, inputs, outputs) : this.linear(from, inputs, outputs);
    const product = (left: string, right: string): string =>
      quantisedLayers === 'all' ? this.productInt8(left, right) : this.op('MatMul', [left, right]);
    const context = this.options.operator
      ? this.fusedContext(this.options.operator, state)
      : this.context(state, mask, linear, product);
    const attended = this.norm(this.op('Add', [linear(context, hidden, hidden), state]));
    const wide = this.gelu(linear(attended, hidden, inner));
    return this.norm(this.op('Add', [linear(wide, inner, hidden), attended]));
  }

  private context(
    state: string,
    mask: string,
    linear: (from: string, inputs: number, outputs: number) => string,
    product: (left: string, right: string) => string,
  ): string {
    const { hidden, heads } = this.sizes;
    const split = (perm: number[]): string => {
      const projected = linear(state, hidden, hidden);
      return this.op('Transpose', [this.reshape(projected, heads, hidden / heads)], { perm });
    };
    const [query, key, values] = [split([0, 2, 1, 3]), split([0, 2, 3, 1]), split([0, 2, 1, 3])];
    const scores = this.op('Div', [product(query, key), this.scalar(Math.sqrt(hidden / heads))]);
    const probabilities = this.op('Softmax', [this.op('Add', [scores, mask])], { axis: 3 });
    this.probabilities.push(probabilities);
    const mixed = this.op('Transpose', [product(probabilities, values)], { perm: [0, 2, 1, 3] });
    return this.reshape(mixed, hidden);
  }

  private fusedContext(operator: string, state: string): string {
    const { hidden, heads } = this.sizes;
    const parts = [0, 1, 2].map(() => [this.random([hidden, hidden]), this.random([hidden])] as const);
    const bias = this.op(
      'Concat',
      parts.map(([, each]) => each),
      { axis: 0 },
    );
    const mask = this.op('Cast', ['attention_mask'], { to: types.int32 });
    const weights = parts.map(([each]) => each);
    const inputs =
      operator === 'Attention'
        ? [state, this.op('Concat', weights, { axis: 1 }), bias, mask]
        : [...weights.map((each) => this.op('MatMul', [state, each])), bias, mask];
    return this.op(operator, inputs, { num_heads: heads }, 'com.microsoft');
  }

  private mlmHead(state: string, words: string): void {
    const { hidden, vocabulary } = this.sizes;
    const { quantised } = this.options;
    const dense = quantised ? this.linearInt8(state, hidden, hidden) : this.linear(state, hidden, hidden);
    const transformed = this.norm(this.gelu(dense));
    const scores = quantised
      ? this.linearInt8(transformed, hidden, vocabulary)
      : this.op('MatMul', [transformed, this.op('Transpose', [words], { perm: [1, 0] })]);
    this.nodes.push(node('Add', [scores, this.random([vocabulary])], ['logits']));
    this.outputs.push(value('logits', types.float32, ['batch', 'sequence', vocabulary]));
  }

  private pairHead(state: string): void {
    const { hidden } = this.sizes;
    const first = this.op('Gather', [state, this.constant([], BigInt64Array.of(0n))], { axis: 1 });
    const pooled = this.op('Tanh', [
      this.op('Gemm', [first, this.random([hidden, hidden]), this.random([hidden])], { transB: 1 }),
    ]);
    const inputs = [pooled, this.random([classes, hidden]), this.random([classes])];
    this.nodes.push(node('Gemm', inputs, ['nsp'], { transB: 1 }));
    this.outputs.push(value('nsp', types.float32, ['batch', classes]));
  }

  private linear(state: string, inputs: number, outputs: number): string {
    // By output, as PyTorch keeps them: only float32 weights are transposed when they are exported.
    const weights = this.options.storage
      ? this.op('Transpose', [this.random([outputs, inputs])], { perm: [1, 0] })
      : this.random([inputs, outputs]);
    return this.op('Add', [this.random([outputs]), this.op('MatMul', [state, weights])]);
  }

  /** A linear layer as onnxruntime's dynamic quantisation writes it. */
  private linearInt8(state: string, inputs: number, outputs: number): string {
    const [quantised, scaleOfState, zeroOfState] = this.quantise(state);
    const data = Int8Array.from({ length: inputs * outputs }, (_, index) => ((index * 37) % 255) - 127);
    const weight = this.constant([inputs, outputs], data);
    const zero = this.constant([], Int8Array.of(0));
    const product = this.op('MatMulInteger', [quantised, weight, zeroOfState, zero]);
    const scale = this.op('Mul', [scaleOfState, this.scalar(0.004)]);
    const real = this.op('Mul', [this.op('Cast', [product], { to: types.float32 }), scale]);
    return this.op('Add', [real, this.random([outputs])]);
  }

  /** A product of two computed tensors, both quantised by their own ranges. */
  private productInt8(left: string, right: string): string {
    const [[a, scaleA, zeroA], [b, scaleB, zeroB]] = [this.quantise(left), this.quantise(right)];
    const product = this.op('MatMulInteger', [a, b, zeroA, zeroB]);
    return this.op('Mul', [
      this.op('Cast', [product], { to: types.float32 }),
      this.op('Mul', [scaleA, scaleB]),
    ]);
  }

  /** Bytes, scale and zero point of a tensor, once for all of its readers. */
  private quantise(state: string): [string, string, string] {
    const names: [string, string, string] = [`${state}_q`, `${state}_scale`, `${state}_zero`];
    if (!this.quantisedTensors.has(state)) this.nodes.push(node('DynamicQuantizeLinear', [state], names));
    this.quantisedTensors.add(state);
    return names;
  }

  private norm(state: string): string {
    const scale = this.random([this.sizes.hidden], 1);
    const bias = this.random([this.sizes.hidden]);
    if (this.options.fused) return this.op('LayerNormalization', [state, scale, bias], { axis: -1 });
    const centred = this.op('Sub', [state, this.op('ReduceMean', [state], { axes: [-1] })]);
    const squares = this.op('Pow', [centred, this.scalar(2)]);
    const variance = this.op('ReduceMean', [squares], { axes: [-1] });
    const deviation = this.op('Sqrt', [this.op('Add', [variance, this.scalar(1e-12)])]);
    const scaled = this.op('Mul', [this.op('Div', [centred, deviation]), scale]);
    return this.op('Add', [scaled, bias]);
  }

  private gelu(state: string): string {
    if (this.options.fused) return this.op('Gelu', [state], {}, 'com.microsoft');
    const erf = this.op('Erf', [this.op('Div', [state, this.scalar(Math.SQRT2)])]);
    const grown = this.op('Mul', [state, this.op('Add', [erf, this.scalar(1)])]);
    return this.op('Mul', [grown, this.scalar(0.5)]);
  }

  /** Keeps the axes of batch and sequence, whose sizes the graph computes, and gives the others. */
  private reshape(state: string, ...sizes: number[]): string {
    const kept = [0, 1].map((axis) => this.unsqueeze(this.sizeOf(state, axis), 0));
    const shape = this.op('Concat', [...kept, ...sizes.map((size) => this.ints(size))], { axis: 0 });
    return this.op('Reshape', [state, shape]);
  }

  private sizeOf(tensor: string, axis: number): string {
    const index = this.constant([], BigInt64Array.of(BigInt(axis)));
    return this.op('Gather', [this.op('Shape', [tensor]), index], { axis: 0 });
  }

  private unsqueeze(tensor: string, axis: number): string {
    return this.options.opset < 13
      ? this.op('Unsqueeze', [tensor], { axes: [axis] })
      : this.op('Unsqueeze', [tensor, this.ints(axis)]);
  }
}

/** Numbers rounded to int8, with one scale a row. */
function toIntegers(
  data: Float32Array,
  columns: number,
): { integers: Int8Array; scales: Float32Array; rounded: Float32Array } {
  const integers = new Int8Array(data.length);
  const rounded = new Float32Array(data.length);
  const scales = Float32Array.from({ length: data.length / columns }, (_, row) => {
    const magnitudes = data.subarray(row * columns, (row + 1) * columns).map(Math.abs);
    return Math.max(...magnitudes) / 127;
  });
  data.forEach((number, index) => {
    const scale = scales[Math.floor(index / columns)]!;
    integers[index] = Math.round(number / scale);
    rounded[index] = integers[index]! * scale;
  });
  return { integers, scales, rounded };
}

/** Numbers cut to float16: those too small for its exponent become 0. */
function toHalves(data: Float32Array): { halves: Uint16Array; rounded: Float32Array } {
  const rounded = Float32Array.from(data, (number) => (Math.abs(number) < 2 ** -14 ? 0 : number));
  const bits = new Uint32Array(rounded.buffer);
  // 13 bits of the fraction go; the exponent counts from 15 instead of from 127.
  bits.forEach((each, index) => (bits[index] = each & ~0x1fff));
  const halves = Uint16Array.from(bits, (each) =>
    each === 0 ? 0 : ((each >>> 16) & 0x8000) | (((each >>> 13) & 0x3ffff) - (112 << 10)),
  );
  return { halves, rounded };
}
