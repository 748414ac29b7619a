import { node, types } from '../onnxWriter';
import {
  sizes,
  TransformerWriter,
  type ActivationName,
  type AttentionOptions,
  type EmbeddingNames,
  type LayerNames,
  type Style,
} from './transformerWriter';

/** What a graph holds, as its builder knows it. */
export interface Family {
  readonly writer: TransformerWriter;
  readonly stacks: readonly StackNames[];
  readonly pooler?: string;
  /** Heads by kind, with the outputs that they are. */
  readonly heads?: Readonly<Record<string, string>>;
  /** Numbers in all weights, each counted once. */
  readonly parameters: number;
  /** What token vectors are multiplied with before they are summed; 1 when absent. */
  readonly embeddingScale?: number;
}

export interface StackNames {
  readonly kind: 'encoder' | 'decoder';
  readonly positions: readonly string[];
  readonly embeddings: EmbeddingNames;
  readonly layers: readonly LayerNames[];
  readonly finalNorm?: string;
  readonly output: string;
  readonly activation: ActivationName;
  readonly gated?: boolean;
  readonly normPlacement: 'before' | 'after';
  readonly normKind: 'layer' | 'rms';
}

const { hidden, heads, inner, vocabulary, positions, layers: layerCount, embedding } = sizes;

/** Numbers in a linear layer, a norm, BERT's kind of layer. */
const linearSize = (inputs: number, outputs: number): number => inputs * outputs + outputs;
const normSize = (width: number): number => 2 * width;
const attentionSize = 4 * linearSize(hidden, hidden) + normSize(hidden);
const networkSize = linearSize(hidden, inner) + linearSize(inner, hidden) + normSize(hidden);
const layerSize = attentionSize + networkSize;

type Numbered = 'sizes' | 'padding' | 'input' | 'none';

interface EmbeddingPlan {
  readonly positions: Numbered;
  readonly segments?: boolean;
  readonly width?: number;
  readonly norm?: boolean;
}

/** Token, position and segment vectors, summed and normed as BERT's family does it. */
function embed(writer: TransformerWriter, ids: string, table: string, plan: EmbeddingPlan): EmbeddingNames {
  const { width = hidden } = plan;
  const names: EmbeddingNames = { token: writer.op('Gather', [table, ids]) };
  let sum = names.token!;
  if (plan.segments) {
    names.segment = writer.lookup(2, width, writer.input('token_type_ids'));
    sum = writer.op('Add', [sum, names.segment]);
  }
  const places = placesOf(writer, ids, plan.positions);
  if (places !== undefined) {
    names.position = writer.lookup(positions, width, places);
    sum = writer.op('Add', [sum, names.position]);
  }
  names.sum = sum;
  if (plan.norm !== false) names.norm = writer.norm(sum, width);
  return names;
}

function placesOf(writer: TransformerWriter, ids: string, kind: Numbered): string | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'input') return writer.input('position_ids');
  if (kind === 'padding') {
    // RoBERTa: the padding id is 1, and positions count from the one after it.
    const filled = writer.op('Cast', [writer.op('Not', [writer.op('Equal', [ids, writer.number(1)])])], {
      to: types.int32,
    });
    const counted = writer.op('CumSum', [filled, writer.number(1)]);
    const kept = writer.op('Mul', [counted, filled]);
    return writer.op('Add', [writer.op('Cast', [kept], { to: types.int64 }), writer.number(1)]);
  }
  const all = writer.constant(
    [1, positions],
    BigInt64Array.from({ length: positions }, (_, at) => BigInt(at)),
  );
  const length = writer.unsqueeze(writer.sizeOf(ids, 1), 0);
  return writer.op('Slice', [all, writer.ints(0), length, writer.ints(1), writer.ints(1)]);
}

function poolerOf(writer: TransformerWriter, state: string): string {
  const first = writer.op('Gather', [state, writer.number(0)], { axis: 1 });
  const weights = [writer.random([hidden, hidden]), writer.random([hidden])];
  return writer.op('Tanh', [writer.op('Gemm', [first, ...weights], { transB: 1 })]);
}

/** A score for each class from one vector of each text. */
function classify(writer: TransformerWriter, name: string, from: string, classes: number): void {
  const weights = [writer.random([classes, hidden]), writer.random([classes])];
  writer.give(name, writer.op('Gemm', [from, ...weights], { transB: 1 }), ['batch', classes]);
}

function giveLogits(writer: TransformerWriter, from: string, table: string, bias = true): void {
  const product = writer.op('MatMul', [from, writer.transpose(table, 1, 0)]);
  const logits = bias ? writer.op('Add', [product, writer.random([vocabulary])]) : product;
  writer.give('logits', logits, ['batch', 'sequence', vocabulary]);
}

const bertLayers = { activation: 'gelu', normPlacement: 'after', normKind: 'layer' } as const;

interface BertVariant {
  readonly positions?: Numbered;
  readonly segments?: boolean;
  readonly head?: 'pretraining' | 'mlm' | 'tags' | 'answers' | 'replaced' | 'none';
}

/** BERT (Devlin et al. 2019), and what differs from it in embeddings and heads: RoBERTa, DistilBERT. */
export function bert(style: Style, variant: BertVariant = {}): Family {
  const { positions: counted = 'sizes', segments = true, head = 'pretraining' } = variant;
  const writer = new TransformerWriter(style);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const table = writer.random([vocabulary, hidden]);
  const embeddings = embed(writer, ids, table, { positions: counted, segments });
  const padding = writer.paddingMask(mask);
  let state = embeddings.norm!;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { norm: 'after', activation: 'gelu', attention: { mask: padding } });
  }
  const tables = (vocabulary + positions + (segments ? 2 : 0)) * hidden + normSize(hidden);
  const family = {
    writer,
    stacks: [
      {
        kind: 'encoder',
        positions: ['learned'],
        embeddings,
        layers: writer.layers,
        output: state,
        ...bertLayers,
      } as const,
    ],
    parameters: tables + layerCount * layerSize,
  };
  if (head === 'none') {
    writer.give('last_hidden_state', state);
    return family;
  }
  if (head === 'tags' || head === 'replaced') {
    const size = head === 'tags' ? 5 : 1;
    const scores = writer.linear(state, hidden, size);
    if (head === 'tags') writer.give('logits', scores, ['batch', 'sequence', size]);
    else writer.give('logits', squeezed(writer, scores), ['batch', 'sequence']);
    const heads = { [head === 'tags' ? 'tag' : 'replacedToken']: 'logits' };
    return { ...family, heads, parameters: family.parameters + linearSize(hidden, size) };
  }
  if (head === 'answers') {
    const ends = splitEnds(writer, writer.linear(state, hidden, 2));
    writer.give('start_logits', squeezed(writer, ends[0]!), ['batch', 'sequence']);
    writer.give('end_logits', squeezed(writer, ends[1]!), ['batch', 'sequence']);
    const found = { answerStart: 'start_logits', answerEnd: 'end_logits' };
    return { ...family, heads: found, parameters: family.parameters + linearSize(hidden, 2) };
  }
  const transformed = writer.norm(writer.activate('gelu', writer.linear(state, hidden, hidden)));
  giveLogits(writer, transformed, table);
  const mlm = linearSize(hidden, hidden) + normSize(hidden) + vocabulary;
  if (head === 'mlm')
    return { ...family, heads: { maskedWord: 'logits' }, parameters: family.parameters + mlm };
  const pooler = poolerOf(writer, state);
  classify(writer, 'pair', pooler, 2);
  return {
    ...family,
    pooler,
    heads: { maskedWord: 'logits', nextSentence: 'pair' },
    parameters: family.parameters + mlm + linearSize(hidden, hidden) + linearSize(hidden, 2),
  };
}

function squeezed(writer: TransformerWriter, tensor: string): string {
  return writer.style.opset < 13
    ? writer.op('Squeeze', [tensor], { axes: [2] })
    : writer.op('Squeeze', [tensor, writer.ints(2)]);
}

function splitEnds(writer: TransformerWriter, tensor: string): string[] {
  const ends = [`${tensor}_start`, `${tensor}_end`];
  writer.nodes.push(
    writer.style.opset < 13
      ? node('Split', [tensor], ends, { axis: 2, split: [1, 1] })
      : node('Split', [tensor, writer.ints(1, 1)], ends, { axis: 2 }),
  );
  return ends;
}

/** BERT as onnxruntime's optimiser writes it: embedding, norms, biases and activations fused. */
export function fusedBert(
  activation: 'gelu' | 'geluTanh',
  embeddingSum: boolean,
  fusedAttention?: Style['fusedAttention'],
): Family {
  const writer = new TransformerWriter({
    opset: 17,
    norm: 'skip',
    fusedActivation: true,
    ...(fusedAttention && { fusedAttention }),
  });
  const ids = ['input_ids', 'token_type_ids'].map((name) =>
    writer.op('Cast', [writer.input(name)], { to: types.int32 }),
  );
  const given = writer.input('attention_mask');
  const attention: AttentionOptions = fusedAttention
    ? { read: writer.op('Cast', [given], { to: types.int32 }) }
    : { mask: writer.paddingMask(given) };
  const tables = [vocabulary, positions, 2].map((rows) => writer.random([rows, hidden]));
  const weights = [writer.random([hidden], 1), writer.random([hidden])];
  writer.nodes.push(
    node(
      'EmbedLayerNormalization',
      [...ids, ...tables, ...weights],
      ['embedded', 'mask_index', ...(embeddingSum ? ['embedding_sum'] : [])],
      { epsilon: { float: 1e-12 } },
      'com.microsoft',
    ),
  );
  writer.normWeights.set('embedded', { scale: weights[0]!, bias: weights[1] });
  let state = 'embedded';
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { norm: 'after', activation, attention });
  }
  writer.give('last_hidden_state', state);
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        positions: ['learned'],
        embeddings: { norm: 'embedded', ...(embeddingSum && { sum: 'embedding_sum' }) },
        layers: writer.layers,
        output: state,
        ...bertLayers,
        activation,
      },
    ],
    parameters: (vocabulary + positions + 2) * hidden + normSize(hidden) + layerCount * layerSize,
  };
}

/** ALBERT (Lan et al. 2020): narrow embeddings, and one layer's weights in all layers. */
export function albert(style: Style): Family {
  const writer = new TransformerWriter(style);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const table = writer.random([vocabulary, embedding]);
  const embeddings = embed(writer, ids, table, { positions: 'sizes', segments: true, width: embedding });
  embeddings.projection = writer.linear(embeddings.norm!, embedding, hidden);
  const padding = writer.paddingMask(mask);
  let state = embeddings.projection;
  writer.shareWeights(() => {
    state = writer.layer(state, { norm: 'after', activation: 'geluTanh', attention: { mask: padding } });
  }, 3);
  const transformed = writer.norm(
    writer.activate('geluTanh', writer.linear(state, hidden, embedding)),
    embedding,
  );
  giveLogits(writer, transformed, table);
  const pooler = poolerOf(writer, state);
  classify(writer, 'order', pooler, 2);
  const tables =
    (vocabulary + positions + 2) * embedding + normSize(embedding) + linearSize(embedding, hidden);
  const mlm = linearSize(hidden, embedding) + normSize(embedding) + vocabulary;
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        positions: ['learned'],
        embeddings,
        layers: writer.layers,
        output: state,
        ...bertLayers,
        activation: 'geluTanh',
      },
    ],
    pooler,
    heads: { maskedWord: 'logits', sentenceOrder: 'order' },
    parameters: tables + layerSize + mlm + linearSize(hidden, hidden) + linearSize(hidden, 2),
  };
}

/** ELECTRA's discriminator (Clark et al. 2020): narrow embeddings, and one score for each token. */
export function electra(style: Style): Family {
  const writer = new TransformerWriter(style);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const table = writer.random([vocabulary, embedding]);
  const embeddings = embed(writer, ids, table, { positions: 'sizes', segments: true, width: embedding });
  embeddings.projection = writer.linear(embeddings.norm!, embedding, hidden);
  const padding = writer.paddingMask(mask);
  let state = embeddings.projection;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { norm: 'after', activation: 'gelu', attention: { mask: padding } });
  }
  const scores = writer.linear(writer.activate('gelu', writer.linear(state, hidden, hidden)), hidden, 1);
  writer.give('logits', squeezed(writer, scores), ['batch', 'sequence']);
  const tables =
    (vocabulary + positions + 2) * embedding + normSize(embedding) + linearSize(embedding, hidden);
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        positions: ['learned'],
        embeddings,
        layers: writer.layers,
        output: state,
        ...bertLayers,
      },
    ],
    heads: { replacedToken: 'logits' },
    parameters: tables + layerCount * layerSize + linearSize(hidden, hidden) + linearSize(hidden, 1),
  };
}

/** Which row of a table of biases a pair of positions takes (Raffel et al. 2020), [S, S]. */
function buckets(writer: TransformerWriter, ids: string): string {
  const places = writer.range(ids);
  const distance = writer.op('Sub', [writer.unsqueeze(places, 0), writer.unsqueeze(places, 1)]);
  const behind = writer.op('Cast', [writer.op('Greater', [distance, writer.number(0)])], { to: types.int64 });
  const far = writer.op('Abs', [distance]);
  const near = writer.op('Less', [far, writer.number(2)]);
  const real = writer.op('Add', [writer.op('Cast', [far], { to: types.float32 }), writer.scalar(1)]);
  const logarithm = writer.op('Cast', [writer.op('Mul', [writer.op('Log', [real]), writer.scalar(1.5)])], {
    to: types.int64,
  });
  const capped = writer.op('Where', [
    writer.op('Less', [logarithm, writer.number(3)]),
    logarithm,
    writer.number(3),
  ]);
  const bucket = writer.op('Where', [near, far, capped]);
  return writer.op('Add', [writer.op('Mul', [behind, writer.number(4)]), bucket]);
}

/** [1, N, S, S] */
function relativeBias(writer: TransformerWriter, ids: string): { entries: string; bias: string } {
  const entries = writer.lookup(8, heads, buckets(writer, ids));
  return { entries, bias: writer.unsqueeze(writer.transpose(entries, 2, 0, 1), 0) };
}

const biasTable = 8 * heads;

/** MPNet (Song et al. 2020): positions that count from the padding, and biases by distance. */
export function mpnet(style: Style): Family {
  const writer = new TransformerWriter(style);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const table = writer.random([vocabulary, hidden]);
  const embeddings = embed(writer, ids, table, { positions: 'padding' });
  const padding = writer.paddingMask(mask);
  const { bias } = relativeBias(writer, ids);
  let state = embeddings.norm!;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { norm: 'after', activation: 'gelu', attention: { mask: padding, bias } });
  }
  writer.give('last_hidden_state', state);
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        positions: ['learned', 'relative'],
        embeddings,
        layers: writer.layers,
        output: state,
        ...bertLayers,
      },
    ],
    parameters: (vocabulary + positions) * hidden + normSize(hidden) + biasTable + layerCount * layerSize,
  };
}

/** GPT-2 (Radford et al. 2019): norms before, one product for queries, keys and values, a causal mask. */
export function gpt2(style: Style, counted: Numbered = 'sizes'): Family {
  const writer = new TransformerWriter(style);
  const ids = writer.input('input_ids');
  const table = writer.random([vocabulary, hidden]);
  // Its code flattens all but the last axis of the ids.
  const shape = writer.op('Concat', [writer.ints(-1), writer.unsqueeze(writer.sizeOf(ids, 1), 0)], {
    axis: 0,
  });
  const flat = writer.op('Reshape', [ids, shape]);
  const embeddings = embed(writer, flat, table, { positions: counted, norm: false });
  const mask = writer.causalMask(ids);
  let state = embeddings.sum!;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, {
      norm: 'before',
      activation: 'geluTanh',
      attention: { mask, packed: true, causal: true },
    });
  }
  const finalNorm = writer.finalNorm(state);
  giveLogits(writer, finalNorm, table, false);
  return {
    writer,
    stacks: [
      {
        kind: 'decoder',
        positions: ['learned'],
        embeddings,
        layers: writer.layers,
        finalNorm,
        output: finalNorm,
        activation: 'geluTanh',
        normPlacement: 'before',
        normKind: 'layer',
      },
    ],
    heads: { nextToken: 'logits' },
    parameters: (vocabulary + positions) * hidden + layerCount * layerSize + normSize(hidden),
  };
}

/** GPT-2 that goes on from earlier runs: one token at a time, which may see all keys. */
export function gpt2WithPast(style: Style): Family {
  const writer = new TransformerWriter(style);
  const ids = writer.input('input_ids');
  const table = writer.random([vocabulary, hidden]);
  const embeddings = embed(writer, ids, table, { positions: 'input', norm: false });
  let state = embeddings.sum!;
  for (let layer = 0; layer < layerCount; layer++) {
    const past = ['key', 'value'].map((part) =>
      writer.input(`past_key_values.${layer}.${part}`, 'float32', ['batch', heads, 'past', hidden / heads]),
    ) as [string, string];
    state = writer.layer(state, {
      norm: 'before',
      activation: 'geluTanh',
      attention: { past, packed: true },
    });
  }
  const finalNorm = writer.finalNorm(state);
  giveLogits(writer, finalNorm, table, false);
  return {
    writer,
    stacks: [
      {
        kind: 'decoder',
        positions: ['learned'],
        embeddings,
        layers: writer.layers,
        finalNorm,
        output: finalNorm,
        activation: 'geluTanh',
        normPlacement: 'before',
        normKind: 'layer',
      },
    ],
    heads: { nextToken: 'logits' },
    parameters: (vocabulary + positions) * hidden + layerCount * layerSize + normSize(hidden),
  };
}

/** A decoder in a file of its own: what its encoder gives is an input. */
export function decoderOfPair(style: Style): Family {
  const writer = new TransformerWriter(style);
  const ids = writer.input('input_ids');
  const encoder = writer.input('encoder_hidden_states', 'float32', ['batch', 'encoder_sequence', hidden]);
  const encoderMask = writer.paddingMask(
    writer.input('encoder_attention_mask', 'int64', ['batch', 'encoder_sequence']),
  );
  const table = writer.random([vocabulary, hidden]);
  const embeddings = embed(writer, ids, table, { positions: 'sizes' });
  const mask = writer.causalMask(ids);
  let state = embeddings.norm!;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, {
      norm: 'after',
      activation: 'gelu',
      attention: { mask },
      encoder,
      encoderMask,
    });
  }
  giveLogits(writer, state, table);
  return {
    writer,
    stacks: [
      {
        kind: 'decoder',
        positions: ['learned'],
        embeddings,
        layers: writer.layers,
        output: state,
        ...bertLayers,
      },
    ],
    heads: { nextToken: 'logits' },
    parameters:
      (vocabulary + positions) * hidden +
      normSize(hidden) +
      layerCount * (layerSize + attentionSize) +
      vocabulary,
  };
}

/** LLaMA (Touvron et al. 2023): RMS norms before, turned queries and keys, a gated unit, no biases. */
export function llama(style: Style): Family {
  const writer = new TransformerWriter(style);
  const ids = writer.input('input_ids');
  const table = writer.random([vocabulary, hidden]);
  const token = writer.op('Gather', [table, ids]);
  const rotary = rotaryOf(writer, ids);
  const mask = writer.causalMask(ids);
  let state = token;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, {
      norm: 'before',
      rms: true,
      bias: false,
      activation: 'silu',
      gated: true,
      attention: { mask, rotary },
    });
  }
  const finalNorm = writer.finalNorm(state, true);
  const logits = writer.op('MatMul', [finalNorm, writer.random([hidden, vocabulary])]);
  writer.give('logits', logits, ['batch', 'sequence', vocabulary]);
  const layer = 4 * hidden * hidden + hidden + 3 * hidden * inner + hidden;
  return {
    writer,
    stacks: [
      {
        kind: 'decoder',
        positions: ['rotary'],
        embeddings: { token, sum: token },
        layers: writer.layers,
        finalNorm,
        output: finalNorm,
        activation: 'silu',
        gated: true,
        normPlacement: 'before',
        normKind: 'rms',
      },
    ],
    heads: { nextToken: 'logits' },
    parameters: 2 * vocabulary * hidden + layerCount * layer + hidden,
  };
}

/** Cosines and sines of each position's angles, [1, 1, S, D], computed as LLaMA's code does. */
function rotaryOf(writer: TransformerWriter, ids: string): [string, string] {
  const half = hidden / heads / 2;
  const frequencies = writer.constant(
    [1, half, 1],
    Float32Array.from({ length: half }, (_, at) => 100 ** (-at / half)),
  );
  const batch = writer.unsqueeze(writer.sizeOf(ids, 0), 0);
  const spread = writer.op('Expand', [
    frequencies,
    writer.op('Concat', [batch, writer.ints(1, 1)], { axis: 0 }),
  ]);
  const places = writer.unsqueeze(writer.op('Cast', [writer.range(ids)], { to: types.float32 }), 0, 1);
  const angles = writer.transpose(writer.op('MatMul', [spread, places]), 0, 2, 1);
  const both = writer.op('Concat', [angles, angles], { axis: -1 });
  return ['Cos', 'Sin'].map((wave) => writer.unsqueeze(writer.op(wave, [both]), 1)) as [string, string];
}

/** GPT-NeoX (Black et al. 2022) or, with one norm, GPT-J: attention and network side by side, turned queries. */
export function parallel(style: Style, norms: 'twoNorms' | 'oneNorm'): Family {
  const writer = new TransformerWriter(style);
  const ids = writer.input('input_ids');
  const token = writer.op('Gather', [writer.random([vocabulary, hidden]), ids]);
  const attention = { mask: writer.causalMask(ids), rotary: rotaryOf(writer, ids) };
  let state = token;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { norm: 'before', activation: 'gelu', parallel: norms, attention });
  }
  const finalNorm = writer.finalNorm(state);
  const logits = writer.op('MatMul', [finalNorm, writer.random([hidden, vocabulary])]);
  writer.give('logits', logits, ['batch', 'sequence', vocabulary]);
  const shared = norms === 'oneNorm' ? normSize(hidden) : 0;
  return {
    writer,
    stacks: [
      {
        kind: 'decoder',
        positions: ['rotary'],
        embeddings: { token, sum: token },
        layers: writer.layers,
        finalNorm,
        output: finalNorm,
        activation: 'gelu',
        normPlacement: 'before',
        normKind: 'layer',
      },
    ],
    heads: { nextToken: 'logits' },
    parameters: 2 * vocabulary * hidden + layerCount * (layerSize - shared) + normSize(hidden),
  };
}

/** Sines and cosines of Vaswani et al. (2017), section 3.5, one after the other or in halves as Marian has them. */
function waves(writer: TransformerWriter, interleaved: boolean): string {
  const data = new Float32Array(positions * hidden);
  for (let place = 0; place < positions; place++) {
    for (let pair = 0; pair < hidden / 2; pair++) {
      const angle = place / 10000 ** ((2 * pair) / hidden);
      const [sine, cosine] = interleaved ? [2 * pair, 2 * pair + 1] : [pair, hidden / 2 + pair];
      data[place * hidden + sine] = Math.sin(angle);
      data[place * hidden + cosine] = Math.cos(angle);
    }
  }
  return writer.constant([positions, hidden], data);
}

interface PairVariant {
  readonly norm: 'before' | 'after';
  readonly activation: ActivationName;
  /** Learned for BART, which norms its embeddings; fixed for the vanilla Transformer and Marian. */
  readonly positions: 'learned' | 'interleaved' | 'halves';
}

/** Encoder and decoder in one graph (Vaswani et al. 2017), with tied embeddings: vanilla, BART, Marian. */
export function encoderDecoder(style: Style, variant: PairVariant): Family {
  const writer = new TransformerWriter(style);
  const isLearned = variant.positions === 'learned';
  const table = writer.random([vocabulary, hidden]);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const padding = writer.paddingMask(mask);
  const fixed = isLearned ? '' : waves(writer, variant.positions === 'interleaved');
  const embedded = (from: string): EmbeddingNames => {
    const token = writer.op('Gather', [table, from]);
    const scaled = writer.op('Mul', [token, writer.scalar(Math.sqrt(hidden))]);
    // BART's first two positions are left free.
    const places = isLearned ? writer.op('Add', [writer.range(from), writer.number(2)]) : writer.range(from);
    const position = isLearned ? writer.lookup(positions + 2, hidden, places) : cut(writer, fixed, from);
    const sum = writer.op('Add', [scaled, position]);
    return { token, position, sum, ...(isLearned && { norm: writer.norm(sum) }) };
  };
  const { norm, activation } = variant;
  const common = {
    activation,
    normPlacement: norm,
    normKind: 'layer',
    positions: [isLearned ? 'learned' : 'sinusoidal'],
  } as const;
  const source = embedded(ids);
  let state = source.norm ?? source.sum!;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { norm, activation, attention: { mask: padding } });
  }
  const encoderLayers = writer.layers.splice(0);
  const encoderNorm = norm === 'before' ? writer.finalNorm(state) : undefined;
  const encoder = encoderNorm ?? state;
  const target = writer.input('decoder_input_ids', 'int64', ['batch', 'target']);
  const decoded = embedded(target);
  const causal = writer.causalMask(target);
  state = decoded.norm ?? decoded.sum!;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, {
      norm,
      activation,
      attention: { mask: causal },
      encoder,
      encoderMask: padding,
    });
  }
  const decoderNorm = norm === 'before' ? writer.finalNorm(state) : undefined;
  const output = decoderNorm ?? state;
  giveLogits(writer, output, table);
  const learned = isLearned ? 2 * ((positions + 2) * hidden + normSize(hidden)) : positions * hidden;
  const finals = norm === 'before' ? 2 * normSize(hidden) : 0;
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        embeddings: source,
        layers: encoderLayers,
        ...(encoderNorm && { finalNorm: encoderNorm }),
        output: encoder,
        ...common,
      },
      {
        kind: 'decoder',
        embeddings: decoded,
        layers: writer.layers,
        ...(decoderNorm && { finalNorm: decoderNorm }),
        output,
        ...common,
      },
    ],
    heads: { nextToken: 'logits' },
    embeddingScale: Math.sqrt(hidden),
    parameters:
      vocabulary * hidden + learned + layerCount * (2 * layerSize + attentionSize) + finals + vocabulary,
  };
}

/** The first rows of a table, [S, H]. */
function cut(writer: TransformerWriter, table: string, ids: string): string {
  const length = writer.unsqueeze(writer.sizeOf(ids, 1), 0);
  return writer.op('Slice', [table, writer.ints(0), length, writer.ints(0), writer.ints(1)]);
}

/** T5 (Raffel et al. 2020), gated as in its version 1.1: RMS norms before, biases by distance, no scaling. */
export function t5(style: Style, gated: boolean): Family {
  const writer = new TransformerWriter(style);
  const table = writer.random([vocabulary, hidden]);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const padding = writer.paddingMask(mask);
  const activation = gated ? 'geluTanh' : 'relu';
  const options = { norm: 'before', rms: true, bias: false, activation, gated } as const;
  const common = {
    activation,
    gated,
    normPlacement: 'before',
    normKind: 'rms',
    positions: ['relative'],
  } as const;
  const token = writer.op('Gather', [table, ids]);
  // The bias brings the mask along.
  const encoderBias = writer.op('Add', [relativeBias(writer, ids).bias, padding]);
  let state = token;
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, { ...options, attention: { mask: encoderBias, unscaled: true } });
  }
  const encoderLayers = writer.layers.splice(0);
  const encoder = writer.finalNorm(state, true);
  const target = writer.input('decoder_input_ids', 'int64', ['batch', 'target']);
  const decoded = writer.op('Gather', [table, target]);
  const causal = writer.op('Add', [relativeBias(writer, target).bias, writer.causalMask(target)]);
  state = decoded;
  for (let layer = 0; layer < layerCount; layer++) {
    const attention = { mask: causal, unscaled: true };
    state = writer.layer(state, { ...options, attention, encoder, encoderMask: padding });
  }
  const output = writer.finalNorm(state, true);
  const scaled = writer.op('Mul', [output, writer.scalar(hidden ** -0.5)]);
  giveLogits(writer, scaled, table, false);
  const attention = 4 * hidden * hidden + hidden;
  const network = (gated ? 3 : 2) * hidden * inner + hidden;
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        embeddings: { token, sum: token },
        layers: encoderLayers,
        finalNorm: encoder,
        output: encoder,
        ...common,
      },
      {
        kind: 'decoder',
        embeddings: { token: decoded, sum: decoded },
        layers: writer.layers,
        finalNorm: output,
        output,
        ...common,
      },
    ],
    heads: { nextToken: 'logits' },
    parameters: vocabulary * hidden + 2 * biasTable + layerCount * (3 * attention + 2 * network) + 2 * hidden,
  };
}

/** DeBERTa (He et al. 2021): scores of content with position and of position with content, gathered by distance. */
export function deberta(style: Style): Family {
  const writer = new TransformerWriter(style);
  const [ids, mask] = [writer.input('input_ids'), writer.input('attention_mask')];
  const token = writer.op('Gather', [writer.random([vocabulary, hidden]), ids]);
  const norm = writer.norm(token);
  const real = writer.op('Cast', [writer.unsqueeze(mask, 2)], { to: types.float32 });
  let state = writer.op('Mul', [norm, real]);
  const distances = writer.random([2 * positions, hidden]);
  for (let layer = 0; layer < layerCount; layer++) {
    state = writer.layer(state, {
      norm: 'after',
      activation: 'gelu',
      attention: { mask: writer.paddingMask(mask), disentangled: { ids, distances } },
    });
  }
  writer.give('last_hidden_state', state);
  return {
    writer,
    stacks: [
      {
        kind: 'encoder',
        positions: ['disentangled'],
        embeddings: { token, sum: token, norm },
        layers: writer.layers,
        output: state,
        ...bertLayers,
      },
    ],
    parameters: vocabulary * hidden + normSize(hidden) + 2 * positions * hidden + layerCount * layerSize,
  };
}
