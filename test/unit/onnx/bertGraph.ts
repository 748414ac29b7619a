import { GraphWriter, node, types, value } from '../../support/onnxWriter';

export const sizes = { vocabulary: 60, hidden: 24, heads: 2, inner: 96, longest: 32, classes: 2 } as const;

export interface BertOptions {
  readonly opset: number;
  /** Norm and activation as one operator, or as exporters write them for old operator sets. */
  readonly fused: boolean;
  /** Dynamic int8 quantisation of the head's matrices. */
  readonly quantised?: boolean;
  /** Makes the last hidden state an output. */
  readonly hiddenOutput?: boolean;
  /** Adds the pooler and the NSP head. */
  readonly pooler?: boolean;
}

/** A BERT of two layers with an MLM head tied to the word embedding, written as PyTorch's exporter does. */
export class BertGraph extends GraphWriter {
  /** Names of internal tensors by role, layer by layer. */
  readonly probabilities: string[] = [];
  readonly hidden: string[] = [];
  private seed = 1;

  constructor(private readonly options: BertOptions) {
    super();
    const { hidden, vocabulary } = sizes;
    for (const name of ['input_ids', 'attention_mask', 'token_type_ids']) {
      this.inputs.push(value(name, types.int64, ['batch', 'sequence']));
    }
    const words = this.random([vocabulary, hidden]);
    this.hidden.push(this.embeddings(words));
    const mask = this.mask();
    for (let layer = 0; layer < 2; layer++) this.hidden.push(this.layer(this.hidden[layer]!, mask));
    const last = this.hidden.at(-1)!;
    this.mlmHead(last, words);
    if (options.pooler !== false) this.pairHead(last);
    if (options.hiddenOutput) this.outputs.push(value(last, types.float32, ['batch', 'sequence', hidden]));
  }

  bytes(): Uint8Array {
    return this.model(this.options.opset);
  }

  /** A constant of numbers from -0.5 to 0.5, the same in every run. */
  random(dims: readonly number[]): string {
    const count = dims.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, () => {
      this.seed = (this.seed * 16807) % 2147483647;
      return this.seed / 2147483647 - 0.5;
    });
    return this.constant(dims, data);
  }

  private embeddings(words: string): string {
    const { hidden, longest } = sizes;
    const length = this.op('Gather', [this.op('Shape', ['input_ids']), this.ints(1)]);
    const places = this.op('Slice', [this.random([longest, hidden]), this.ints(0), length, this.ints(0)]);
    const kinds = this.op('Gather', [this.random([2, hidden]), 'token_type_ids']);
    const sum = this.op('Add', [this.op('Gather', [words, 'input_ids']), kinds]);
    return this.norm(this.op('Add', [sum, places]));
  }

  private mask(): string {
    const wide = this.op('Reshape', ['attention_mask', this.ints(0, 1, 1, -1)]);
    const hidden = this.op('Sub', [this.scalar(1), this.op('Cast', [wide], { to: types.float32 })]);
    return this.op('Mul', [hidden, this.scalar(-10000)]);
  }

  private layer(state: string, mask: string): string {
    const { hidden, inner, heads } = sizes;
    const split = (perm: number[]): string => {
      const projected = this.linear(state, hidden, hidden);
      return this.op('Transpose', [this.op('Reshape', [projected, this.ints(0, 0, heads, -1)])], { perm });
    };
    const [query, key, values] = [split([0, 2, 1, 3]), split([0, 2, 3, 1]), split([0, 2, 1, 3])];
    const scores = this.op('Div', [this.op('MatMul', [query, key]), this.scalar(Math.sqrt(hidden / heads))]);
    const probabilities = this.op('Softmax', [this.op('Add', [scores, mask])], { axis: 3 });
    this.probabilities.push(probabilities);
    const mixed = this.op('Transpose', [this.op('MatMul', [probabilities, values])], { perm: [0, 2, 1, 3] });
    const context = this.op('Reshape', [mixed, this.ints(0, 0, hidden)]);
    const attended = this.norm(this.op('Add', [this.linear(context, hidden, hidden), state]));
    const wide = this.gelu(this.linear(attended, hidden, inner));
    return this.norm(this.op('Add', [this.linear(wide, inner, hidden), attended]));
  }

  private mlmHead(state: string, words: string): void {
    const { hidden, vocabulary } = sizes;
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
    const { hidden, classes } = sizes;
    const first = this.op('Gather', [state, this.constant([], BigInt64Array.of(0n))], { axis: 1 });
    const pooled = this.op('Tanh', [
      this.op('Gemm', [first, this.random([hidden, hidden]), this.random([hidden])], { transB: 1 }),
    ]);
    const inputs = [pooled, this.random([classes, hidden]), this.random([classes])];
    this.nodes.push(node('Gemm', inputs, ['nsp'], { transB: 1 }));
    this.outputs.push(value('nsp', types.float32, ['batch', classes]));
  }

  private linear(state: string, inputs: number, outputs: number): string {
    return this.op('Add', [
      this.op('MatMul', [state, this.random([inputs, outputs])]),
      this.random([outputs]),
    ]);
  }

  /** A linear layer as onnxruntime's dynamic quantisation writes it. */
  private linearInt8(state: string, inputs: number, outputs: number): string {
    const names = ['q', 'scale', 'zero'].map((part) => `${state}_${part}`);
    this.nodes.push(node('DynamicQuantizeLinear', [state], names));
    const data = Int8Array.from({ length: inputs * outputs }, (_, index) => ((index * 37) % 255) - 127);
    const weight = this.constant([inputs, outputs], data);
    const zero = this.constant([], Int8Array.of(0));
    const product = this.op('MatMulInteger', [names[0]!, weight, names[2]!, zero]);
    const scale = this.op('Mul', [names[1]!, this.scalar(0.004)]);
    const real = this.op('Mul', [this.op('Cast', [product], { to: types.float32 }), scale]);
    return this.op('Add', [real, this.random([outputs])]);
  }

  private norm(state: string): string {
    const scale = this.random([sizes.hidden]);
    const bias = this.random([sizes.hidden]);
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
}
