import { GraphWriter, node, types, value } from '../onnxWriter';

/** Sizes that differ wherever a mix-up could hide. */
export const sizes = {
  layers: 2,
  hidden: 8,
  heads: 2,
  inner: 12,
  vocabulary: 20,
  /** More than there are words: the larger table is not the tokens'. */
  positions: 24,
  /** Of ALBERT's and ELECTRA's embeddings. */
  embedding: 6,
} as const;

/** How a tool writes what a model computes. */
export interface Style {
  readonly opset: number;
  /** `torch`: product and sum; `conv1d`: one Gemm over flattened positions; `tensorflow`: a product over them. */
  readonly linear?: 'torch' | 'conv1d' | 'tensorflow';
  /** One operator; PyTorch's arithmetic for old operator sets; TensorFlow's; onnxruntime's with the sum inside. */
  readonly norm: 'operator' | 'torch' | 'tensorflow' | 'skip';
  /** Whether onnxruntime's optimiser has fused bias and activation. */
  readonly fusedActivation?: boolean;
  /** The operator of onnxruntime's optimiser that computes attention inside; with `Attention` its projections, too. */
  readonly fusedAttention?: 'Attention' | 'MultiHeadAttention';
}

export type ActivationName = 'gelu' | 'geluTanh' | 'relu' | 'silu' | 'quickGelu';

/** Names of the tensors of a layer, by role; undefined for what the graph does not hold. */
export interface SublayerNames {
  output: string | undefined;
  residualSum: string | undefined;
  norm: string;
  /** What the sum adds `output` to. */
  stream: string;
  /** What another sublayer gives that is computed side by side. */
  beside?: string;
  /** The last matrix, and its bias. */
  matrix: string;
  bias: string | undefined;
}

export interface LayerNames {
  attention: SublayerNames & { concatenatedHeads: string };
  crossAttention?: SublayerNames & { concatenatedHeads: string };
  feedForward: SublayerNames & {
    inner: string | undefined;
    gated?: string;
    activated: string;
  };
  hiddenState: string | undefined;
}

export interface EmbeddingNames {
  token?: string;
  position?: string;
  segment?: string;
  sum?: string;
  norm?: string;
  projection?: string;
}

interface LayerOptions {
  readonly norm: 'before' | 'after';
  readonly rms?: boolean;
  readonly activation: ActivationName;
  readonly gated?: boolean;
  readonly bias?: boolean;
  /** Attention and network read the hidden state side by side, each its own norm of it or both one. */
  readonly parallel?: 'twoNorms' | 'oneNorm';
  readonly attention?: AttentionOptions;
  /** Stands in for the feed-forward network. */
  readonly network?: (from: string) => string;
  /** Hidden states of an encoder. */
  readonly encoder?: string;
  readonly encoderMask?: string;
}

export interface AttentionOptions {
  readonly mask?: string;
  /** Added to the scores before the mask. */
  readonly bias?: string;
  /** T5 leaves it out. */
  readonly unscaled?: boolean;
  /** Cosines and sines, [1, 1, S, D]. */
  readonly rotary?: readonly [string, string];
  /** 1 for every token that is read, [B, S] of int32, and whether a query sees no later key: for fused operators. */
  readonly read?: string;
  readonly causal?: boolean;
  /** Keys and values of earlier runs, [B, N, P, D]. */
  readonly past?: readonly [string, string];
  /** One product for queries, keys and values. */
  readonly packed?: boolean;
  /** DeBERTa's scores by distance: a vector for each distance, [2 P, H]. */
  readonly disentangled?: { readonly ids: string; readonly distances: string };
}

type Linear = (from: string, inputs: number, outputs: number, bias?: boolean) => string;

/** Builds Transformers of random weights node by node, and notes which tensor has which role. */
export class TransformerWriter extends GraphWriter {
  readonly layers: LayerNames[] = [];
  /** Numbers of every random constant, by name. */
  readonly numbers = new Map<string, { dims: readonly number[]; data: Float32Array }>();
  /** Scale and bias of every norm, by the name of its result. */
  readonly normWeights = new Map<string, { scale: string; bias: string | undefined }>();
  private seed = 1;
  /** The next sublayer's norm, where the operator that gives it also adds. */
  private normAhead: string | undefined;
  private drawn: string[] | undefined;
  private shared: string[] = [];

  constructor(
    readonly style: Style,
    prefix?: string,
  ) {
    super(prefix);
  }

  bytes(): Uint8Array {
    return this.model(this.style.opset);
  }

  input(
    name: string,
    type: keyof typeof types = 'int64',
    dims: (number | string)[] = ['batch', 'sequence'],
  ): string {
    this.inputs.push(value(name, types[type], dims));
    return name;
  }

  /** An output under a name of its own. */
  give(name: string, from: string, dims?: (number | string)[]): void {
    this.output(name, from, types.float32, dims);
  }

  /** Calls `build` some times over; every call after the first uses the constants of the first. */
  shareWeights(build: () => void, times: number): void {
    const drawn: string[] = [];
    this.drawn = drawn;
    build();
    this.drawn = undefined;
    for (let time = 1; time < times; time++) {
      this.shared = [...drawn];
      build();
    }
  }

  /** A constant drawn evenly around `mean`, the same in every run. */
  random(dims: readonly number[], mean = 0): string {
    const shared = this.shared.shift();
    if (shared !== undefined) return shared;
    const data = Float32Array.from({ length: dims.reduce((product, size) => product * size, 1) }, () => {
      this.seed = (this.seed * 16807) % 2147483647;
      return mean + (this.seed / 2147483647 - 0.5) * 0.8;
    });
    const name = this.constant(dims, data);
    this.numbers.set(name, { dims, data });
    this.drawn?.push(name);
    return name;
  }

  number(integer: number): string {
    return this.constant([], BigInt64Array.of(BigInt(integer)));
  }

  unsqueeze(tensor: string, ...axes: number[]): string {
    return this.style.opset < 13
      ? this.op('Unsqueeze', [tensor], { axes })
      : this.op('Unsqueeze', [tensor, this.ints(...axes)]);
  }

  sizeOf(tensor: string, axis: number): string {
    return this.op('Gather', [this.op('Shape', [tensor]), this.number(axis)], { axis: 0 });
  }

  reshape(tensor: string, ...shape: number[]): string {
    return this.op('Reshape', [tensor, this.ints(...shape)]);
  }

  transpose(tensor: string, ...perm: number[]): string {
    return this.op('Transpose', [tensor], { perm });
  }

  /** Whole numbers from 0, as many as there are tokens. */
  range(ids: string): string {
    return this.op('Range', [this.number(0), this.sizeOf(ids, 1), this.number(1)]);
  }

  /** Rows of a new table. */
  lookup(rows: number, columns: number, indices: string): string {
    return this.op('Gather', [this.random([rows, columns]), indices]);
  }

  /** A linear layer as the tool of this style writes it. */
  readonly linear: Linear = (from, inputs, outputs, bias = true) => {
    const weights = this.random([inputs, outputs]);
    return this.multiply(from, weights, outputs, bias ? this.random([outputs]) : undefined);
  };

  /** The same with a given matrix. */
  multiply(from: string, weights: string, outputs: number, bias?: string): string {
    const style = this.style.linear ?? 'torch';
    if (style === 'torch') {
      const product = this.op('MatMul', [from, weights]);
      return bias ? this.op('Add', [bias, product]) : product;
    }
    const shape = this.op(
      'Concat',
      [...[0, 1].map((axis) => this.unsqueeze(this.sizeOf(from, axis), 0)), this.ints(outputs)],
      { axis: 0 },
    );
    const flat = this.reshape(from, -1, this.numbers.get(weights)!.dims[0]!);
    if (style === 'conv1d') {
      return this.op('Reshape', [this.op('Gemm', [flat, weights, ...(bias ? [bias] : [])]), shape]);
    }
    const product = this.op('Reshape', [this.op('MatMul', [flat, weights]), shape]);
    return bias ? this.op('Add', [product, bias]) : product;
  }

  norm(state: string, width: number = sizes.hidden): string {
    const scale = this.random([width], 1);
    const bias = this.random([width]);
    const result = this.normOf(state, scale, bias);
    this.normWeights.set(result, { scale, bias });
    return result;
  }

  /** Over the last axis, which is kept. */
  private mean(tensor: string): string {
    return this.style.opset < 18
      ? this.op('ReduceMean', [tensor], { axes: [-1] })
      : this.op('ReduceMean', [tensor, this.ints(-1)]);
  }

  private normOf(state: string, scale: string, bias: string): string {
    const { norm } = this.style;
    if (norm === 'operator' || norm === 'skip')
      return this.op('LayerNormalization', [state, scale, bias], { axis: -1, epsilon: { float: 1e-12 } });
    const mean = this.mean(state);
    const centred = this.op('Sub', norm === 'torch' ? [state, mean] : [mean, state]);
    const squares =
      norm === 'torch' ? this.op('Pow', [centred, this.scalar(2)]) : this.op('Mul', [centred, centred]);
    const variance = this.op('Add', [this.mean(squares), this.scalar(1e-12)]);
    const deviation = this.op('Sqrt', [variance]);
    if (norm === 'torch') {
      return this.op('Add', [this.op('Mul', [this.op('Div', [centred, deviation]), scale]), bias]);
    }
    const factor = this.op('Mul', [this.op('Reciprocal', [deviation]), scale]);
    const scaled = this.op('Mul', [state, factor]);
    const shift = this.op('Sub', [bias, this.op('Mul', [mean, factor])]);
    return this.op('Add', [scaled, shift]);
  }

  /** T5's and LLaMA's. */
  rmsNorm(state: string): string {
    const scale = this.random([sizes.hidden], 1);
    const result = this.rmsNormOf(state, scale);
    this.normWeights.set(result, { scale, bias: undefined });
    return result;
  }

  private rmsNormOf(state: string, scale: string): string {
    if (this.style.norm !== 'torch')
      return this.op('SimplifiedLayerNormalization', [state, scale], { axis: -1, epsilon: { float: 1e-12 } });
    const squares = this.op('Pow', [state, this.scalar(2)]);
    const mean = this.mean(squares);
    const root = this.op('Sqrt', [this.op('Add', [mean, this.scalar(1e-12)])]);
    const normed = this.op('Mul', [state, this.op('Div', [this.scalar(1), root])]);
    return this.op('Mul', [scale, normed]);
  }

  activate(kind: ActivationName, state: string): string {
    if (kind === 'relu') return this.op('Relu', [state]);
    if (kind === 'silu') return this.op('Mul', [state, this.op('Sigmoid', [state])]);
    if (kind === 'quickGelu') {
      const gate = this.op('Sigmoid', [this.op('Mul', [state, this.scalar(1.702)])]);
      return this.op('Mul', [state, gate]);
    }
    if (kind === 'gelu') {
      const erf = this.op('Erf', [this.op('Div', [state, this.scalar(Math.SQRT2)])]);
      return this.op('Mul', [
        this.op('Mul', [state, this.op('Add', [erf, this.scalar(1)])]),
        this.scalar(0.5),
      ]);
    }
    const half = this.op('Mul', [state, this.scalar(0.5)]);
    const cube = this.op('Mul', [this.op('Pow', [state, this.scalar(3)]), this.scalar(0.044715)]);
    const argument = this.op('Mul', [this.op('Add', [state, cube]), this.scalar(Math.sqrt(2 / Math.PI))]);
    return this.op('Mul', [half, this.op('Add', [this.op('Tanh', [argument]), this.scalar(1)])]);
  }

  /** `(1 - mask) * -10000`, [B, 1, 1, S] */
  paddingMask(mask: string): string {
    const wide = this.op('Cast', [this.unsqueeze(this.unsqueeze(mask, 1), 2)], { to: types.float32 });
    return this.op('Mul', [this.op('Sub', [this.scalar(1), wide]), this.scalar(-10000)]);
  }

  /** -10000 for every key after its query, [S, S] */
  causalMask(ids: string): string {
    const places = this.range(ids);
    const later = this.op('Greater', [this.unsqueeze(places, 0), this.unsqueeze(places, 1)]);
    return this.op('Mul', [this.op('Cast', [later], { to: types.float32 }), this.scalar(-10000)]);
  }

  byHead(state: string, ...perm: number[]): string {
    const { hidden, heads } = sizes;
    return this.transpose(this.reshape(state, 0, -1, heads, hidden / heads), ...perm);
  }

  /** Multi-head attention up to the heads side by side. */
  attend(from: string, keysFrom: string, options: AttentionOptions, bias: boolean): string {
    const { hidden, heads } = sizes;
    if (options.disentangled) return this.attendDisentangled(from, options.disentangled, options.mask!);
    if (this.style.fusedAttention) return this.attendInside(from, keysFrom, options);
    const project = (state: string): string => this.linear(state, hidden, hidden, bias);
    const parts = options.packed
      ? this.split(this.linear(from, hidden, 3 * hidden, bias), 3)
      : [project(from), project(keysFrom), project(keysFrom)];
    const [q, k, v] = parts as [string, string, string];
    const joined = (state: string, earlier: string | undefined): string =>
      earlier ? this.op('Concat', [earlier, state], { axis: 2 }) : state;
    const values = joined(this.byHead(v, 0, 2, 1, 3), options.past?.[1]);
    const query = options.rotary
      ? this.turn(this.byHead(q, 0, 2, 1, 3), options.rotary)
      : this.byHead(q, 0, 2, 1, 3);
    const keys = this.byHead(k, 0, 2, 1, 3);
    const turned = options.rotary ? this.turn(keys, options.rotary) : keys;
    const key = this.transpose(joined(turned, options.past?.[0]), 0, 1, 3, 2);
    let scores = this.op('MatMul', [query, key]);
    if (!options.unscaled) scores = this.op('Div', [scores, this.scalar(Math.sqrt(hidden / heads))]);
    if (options.bias) scores = this.op('Add', [scores, options.bias]);
    if (options.mask) scores = this.op('Add', [scores, options.mask]);
    const probabilities = this.op('Softmax', [scores], { axis: this.style.opset < 13 ? 3 : -1 });
    const context = this.transpose(this.op('MatMul', [probabilities, values]), 0, 2, 1, 3);
    return this.reshape(context, 0, -1, hidden);
  }

  private attendInside(
    from: string,
    keysFrom: string,
    { read = '', causal = false }: AttentionOptions,
  ): string {
    const { hidden, heads } = sizes;
    const attributes = { num_heads: heads, unidirectional: Number(causal) };
    if (this.style.fusedAttention === 'Attention') {
      const weights = [this.random([hidden, 3 * hidden]), this.random([3 * hidden])];
      return this.op('Attention', [from, ...weights, read], attributes, 'com.microsoft');
    }
    const projected = [from, keysFrom, keysFrom].map((state) =>
      this.op('MatMul', [state, this.random([hidden, hidden])]),
    );
    const inputs = [...projected, this.random([3 * hidden]), read];
    return this.op('MultiHeadAttention', inputs, attributes, 'com.microsoft');
  }

  /** DeBERTa's attention, as version 2 of its code has it: batch and heads in one axis but for the softmax. */
  private attendDisentangled(
    from: string,
    { ids, distances }: NonNullable<AttentionOptions['disentangled']>,
    mask: string,
  ): string {
    const { hidden, heads, positions } = sizes;
    const width = hidden / heads;
    const scale = this.scalar(Math.sqrt(3 * width));
    const length = this.unsqueeze(this.sizeOf(ids, 1), 0);
    const batch = this.unsqueeze(this.sizeOf(ids, 0), 0);
    const shaped = (state: string, ...parts: string[]): string =>
      this.op('Reshape', [state, this.op('Concat', parts, { axis: 0 })]);
    const merged = (state: string): string =>
      shaped(this.byHead(state, 0, 2, 1, 3), this.ints(-1), length, this.ints(width));
    const weights = [0, 1, 2].map(() => [this.random([hidden, hidden]), this.random([hidden])] as const);
    const [query, key, values] = weights.map(([matrix, bias]) =>
      merged(this.multiply(from, matrix, hidden, bias)),
    ) as [string, string, string];
    // Distances are projected by the same matrices, for every text and head.
    const ofDistance = ([matrix, bias]: readonly [string, string]): string => {
      const projected = this.op('Add', [bias, this.op('MatMul', [distances, matrix])]);
      const byHead = this.transpose(this.reshape(projected, 2 * positions, heads, width), 1, 2, 0);
      return this.op('Tile', [byHead, this.op('Concat', [batch, this.ints(1, 1)], { axis: 0 })]);
    };
    const places = this.range(ids);
    const distance = this.op('Sub', [this.unsqueeze(places, 1), this.unsqueeze(places, 0)]);
    const row = this.unsqueeze(this.op('Add', [distance, this.number(positions)]), 0);
    const rows = this.op('Expand', [
      row,
      this.op('Shape', [this.op('MatMul', [query, this.transpose(key, 0, 2, 1)])]),
    ]);
    const gathered = (product: string): string => this.op('GatherElements', [product, rows], { axis: 2 });
    const toPlace = this.op('Div', [gathered(this.op('MatMul', [query, ofDistance(weights[1]!)])), scale]);
    const fromPlace = this.op('Div', [gathered(this.op('MatMul', [key, ofDistance(weights[0]!)])), scale]);
    const content = this.op('MatMul', [query, this.op('Div', [this.transpose(key, 0, 2, 1), scale])]);
    const bias = this.op('Add', [toPlace, this.transpose(fromPlace, 0, 2, 1)]);
    const apart = shaped(this.op('Add', [content, bias]), this.ints(-1, heads), length, length);
    const probabilities = this.op('Softmax', [this.op('Add', [apart, mask])], { axis: 3 });
    const context = this.op('MatMul', [shaped(probabilities, this.ints(-1), length, length), values]);
    const byHead = shaped(context, this.ints(-1, heads), length, this.ints(width));
    return this.reshape(this.transpose(byHead, 0, 2, 1, 3), 0, -1, hidden);
  }

  private split(tensor: string, parts: number): string[] {
    const outputs = Array.from({ length: parts }, (_, part) => `${tensor}_part${String(part)}`);
    const lengths = Array<number>(parts).fill(sizes.hidden);
    this.nodes.push(
      this.style.opset < 13
        ? node('Split', [tensor], outputs, { axis: 2, split: lengths })
        : node('Split', [tensor, this.ints(...lengths)], outputs, { axis: 2 }),
    );
    return outputs;
  }

  /** x·cos + rotate_half(x)·sin (Su et al. 2021), as LLaMA's code has it. */
  private turn(state: string, [cosines, sines]: readonly [string, string]): string {
    const half = sizes.hidden / sizes.heads / 2;
    const part = (start: number, end: number): string =>
      this.op('Slice', [state, this.ints(start), this.ints(end), this.ints(3)]);
    const turned = this.op('Concat', [this.op('Neg', [part(half, 2 * half)]), part(0, half)], { axis: -1 });
    return this.op('Add', [this.op('Mul', [state, cosines]), this.op('Mul', [turned, sines])]);
  }

  /** Adds a layer and returns the residual stream after it. */
  layer(state: string, options: LayerOptions): string {
    const { hidden, inner } = sizes;
    const { bias = true, encoder } = options;
    let heads = '';
    const attend = (keys: string | undefined, mask?: AttentionOptions) => (from: string) => {
      heads = this.attend(from, keys ?? from, mask ?? options.attention ?? {}, bias);
      return this.project(heads, hidden, hidden, bias);
    };
    const network = { inner: undefined as string | undefined, activated: '' };
    let gated: string | undefined;
    const feed = (from: string): Term => {
      if (options.network) {
        return { tensor: options.network(from), matrix: '', bias: undefined, isBiasLeft: false };
      }
      if (this.style.fusedActivation) {
        const product = this.op('MatMul', [from, this.random([hidden, inner])]);
        const operator = options.activation === 'gelu' ? 'BiasGelu' : 'FastGelu';
        network.activated = this.op(operator, [product, this.random([inner])], {}, 'com.microsoft');
      } else {
        network.inner = this.linear(from, hidden, inner, bias);
        const activated = this.activate(options.activation, network.inner);
        gated = options.gated ? this.linear(from, hidden, inner, bias) : undefined;
        network.activated = gated ? this.op('Mul', [activated, gated]) : activated;
      }
      return this.project(network.activated, inner, hidden, bias);
    };
    if (options.parallel) {
      const norms = [this.norm(state)];
      norms.push(options.parallel === 'twoNorms' ? this.norm(state) : norms[0]!);
      const [attended, computed] = [attend(undefined)(norms[0]!), feed(norms[1]!)];
      const residualSum = this.op('Add', [this.op('Add', [computed.tensor, attended.tensor]), state]);
      const names = (term: Term, norm: string, { tensor: beside }: Term): SublayerNames => {
        const { tensor: output, matrix, bias: shift } = term;
        return { output, residualSum, norm, stream: state, beside, matrix, bias: shift };
      };
      this.layers.push({
        attention: { ...names(attended, norms[0]!, computed), concatenatedHeads: heads },
        feedForward: { ...names(computed, norms[1]!, attended), ...network },
        hiddenState: residualSum,
      });
      return residualSum;
    }
    const own = this.sublayer(state, options, attend(undefined));
    const attention = { ...own.names, concatenatedHeads: heads };
    let { stream } = own;
    let crossAttention: LayerNames['crossAttention'];
    if (encoder !== undefined) {
      const mask = { ...options.attention, bias: undefined, mask: options.encoderMask };
      const cross = this.sublayer(stream, options, attend(encoder, mask as AttentionOptions));
      crossAttention = { ...cross.names, concatenatedHeads: heads };
      ({ stream } = cross);
    }
    const fed = this.sublayer(stream, options, feed);
    this.layers.push({
      attention,
      ...(crossAttention && { crossAttention }),
      feedForward: { ...fed.names, ...network, ...(gated !== undefined && { gated }) },
      hiddenState: fed.stream,
    });
    return fed.stream;
  }

  /** A sublayer's last linear layer, whose bias onnxruntime adds with the residual. */
  private project(from: string, inputs: number, outputs: number, bias: boolean): Term {
    const matrix = this.random([inputs, outputs]);
    const shift = bias ? this.random([outputs]) : undefined;
    const isBiasLeft = this.style.norm === 'skip' && shift !== undefined;
    const tensor = this.multiply(from, matrix, outputs, isBiasLeft ? undefined : shift);
    return { tensor, matrix, bias: shift, isBiasLeft };
  }

  private sublayer(
    stream: string,
    { norm: place, rms = false }: LayerOptions,
    compute: (from: string) => Term,
  ): { names: SublayerNames; stream: string } {
    const norm = (state: string): string => (rms ? this.rmsNorm(state) : this.norm(state));
    const before = place === 'before' ? (this.normAhead ?? norm(stream)) : undefined;
    const { tensor, matrix, bias, isBiasLeft } = compute(before ?? stream);
    const last = { stream, matrix, bias };
    if (this.style.norm === 'skip') {
      const { sum, normed } = this.skip(tensor, stream, isBiasLeft ? bias : undefined, place, rms);
      if (before) this.normAhead = normed;
      const output = isBiasLeft ? undefined : tensor;
      return {
        names: { output, residualSum: sum, norm: before ?? normed, ...last },
        stream: before ? sum! : normed,
      };
    }
    const residualSum = this.op('Add', [tensor, stream]);
    const after = before ?? norm(residualSum);
    return {
      names: { output: tensor, residualSum, norm: after, ...last },
      stream: before ? residualSum : after,
    };
  }

  /** onnxruntime's sum and norm in one. */
  private skip(
    tensor: string,
    stream: string,
    bias: string | undefined,
    place: string,
    rms: boolean,
  ): { sum: string | undefined; normed: string } {
    const scale = this.random([sizes.hidden], 1);
    const shift = rms ? undefined : this.random([sizes.hidden]);
    const normed = `${tensor}_normed`;
    const sum = place === 'before' ? `${tensor}_summed` : undefined;
    const inputs = [tensor, stream, scale, ...(shift ? [shift] : []), ...(bias ? [bias] : [])];
    const operator = rms ? 'SkipSimplifiedLayerNormalization' : 'SkipLayerNormalization';
    const outputs = [normed, ...(sum ? ['', '', sum] : [])];
    this.nodes.push(node(operator, inputs, outputs, { epsilon: { float: 1e-12 } }, 'com.microsoft'));
    this.normWeights.set(normed, { scale, bias: shift });
    return { sum, normed };
  }

  /** The norm after the last layer, which the last sum may have brought along. */
  finalNorm(stream: string, rms = false): string {
    const ahead = this.normAhead;
    this.normAhead = undefined;
    return ahead ?? (rms ? this.rmsNorm(stream) : this.norm(stream));
  }
}

/** What a sublayer gives; the bias of its last linear layer may still have to be added. */
interface Term {
  tensor: string;
  matrix: string;
  bias: string | undefined;
  isBiasLeft: boolean;
}
