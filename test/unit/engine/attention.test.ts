import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../../src/engine/feeds';
import { attention } from '../../../src/engine/inspections/attention';
import { attentionSource } from '../../../src/engine/models/roles';
import { ModelStore } from '../../../src/engine/models/store';
import { tensorNames } from '../../../src/engine/onnx/attention';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { SessionCache } from '../../../src/engine/sessions';
import { encode } from '../../../src/engine/tokenizers/encode';
import { TraceStore } from '../../../src/engine/traces';
import type { AttentionQuestion, AttentionResult } from '../../../src/protocol/attention';
import { GraphWriter, types, value } from '../../support/onnxWriter';
import { largestDifference, openPath, openSidecar } from '../onnx/runtime';
import { embedded, referencesOf } from './references';
import { headsOf } from './traced';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
const context = { signal: new AbortController().signal, progress: () => {} };

function ask(question: Partial<AttentionQuestion>, model = embedded): Promise<AttentionResult> {
  const whole = { model, text: '', budgetBytes: Infinity, ...question };
  return attention(store.open(model), sessions, traces, whole, context);
}

/** All weights of the first stack of a trace, a matrix for each head of each layer. */
function weightsOf(result: AttentionResult): Promise<Float32Array[]> {
  return headsOf(traces, result);
}

function bareModel(graph: GraphWriter): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-model-'));
  writeFileSync(path.join(folder, 'model.onnx'), graph.model(17));
  copyFileSync(path.join(embedded, 'vocab.txt'), path.join(folder, 'vocab.txt'));
  return folder;
}

/** Attention of the embedded tokens to each other, and nothing else. */
function tinyAttention(): GraphWriter {
  const graph = new GraphWriter();
  graph.inputs.push(value('input_ids', types.int64, ['batch', 'sequence']));
  const state = graph.op('Gather', [graph.constant([8192, 2], new Float32Array(8192 * 2)), 'input_ids']);
  const key = graph.op('Transpose', [state], { perm: [0, 2, 1] });
  const weights = graph.op('Softmax', [graph.op('MatMul', [state, key])], { axis: -1 });
  graph.output('state', graph.op('MatMul', [weights, state]), types.float32);
  return graph;
}

describe('attention of the embedded model', () => {
  it.each(referencesOf(embedded))(
    'equals PyTorch within 1e-5 on "$text"',
    async ({ text, pair, ...reference }) => {
      const result = await ask({ text, pair: pair ?? undefined });
      expect(result.tokens.map(({ id }) => id)).toEqual(reference.inputs['input_ids']);
      expect(result.stacks).toEqual([{ stack: 'encoder', layers: 4, heads: 4 }]);
      const area = result.tokens.length ** 2;
      const layers = reference.layers('attention');
      (await weightsOf(result)).forEach((weights, at) => {
        const start = (at % 4) * area;
        const expected = layers[Math.floor(at / 4)]!.subarray(start, start + area);
        expect(largestDifference(weights, expected)).toBeLessThan(1e-5);
      });
    },
  );

  it('with a word masked is that of the text with [MASK] in its place', async () => {
    const text = 'I drink a cup of tea.';
    const start = text.indexOf('tea');
    const masked = await ask({ text, masked: { sequence: 0, start, end: start + 3 } });
    const written = await ask({ text: 'I drink a cup of [MASK].' });
    expect(masked.tokens.map(({ id }) => id)).toEqual(written.tokens.map(({ id }) => id));
    expect(await weightsOf(masked)).toEqual(await weightsOf(written));
    expect(masked.canMask).toBe(true);
  });

  it('masks no word that is not in the window that is read', async () => {
    const text = Array<string>(1200).fill('sea').join(' ');
    const question = { text, masked: { sequence: 0 as const, start: 0, end: 3 } };
    expect((await ask(question)).tokens[1]!.mask).toBe(true);
    await expect(ask({ ...question, window: 1 })).rejects.toMatchObject({ code: 'NotComparable' });
  });

  it('masks a word of several pieces piece by piece, so that there are as many tokens', async () => {
    const text = 'The lighthouse keeper';
    const whole = await ask({ text });
    const masked = await ask({ text, masked: { sequence: 0, start: 4, end: 14 } });
    const pieces = whole.tokens.filter(({ word }) => word === 1);
    expect(pieces.length).toBeGreaterThan(1);
    expect(masked.tokens.map(({ token }) => token)).toEqual(
      whole.tokens.map((token) => (pieces.includes(token) ? '[MASK]' : token.token)),
    );
  });

  it('reads a long text in windows that share as many tokens as is wished, none of it left out', async () => {
    const text = Array<string>(1200).fill('sea').join(' ');
    const seen = new Set<number>();
    let [window, count] = [0, 1];
    for (; window < count; window++) {
      const result = await ask({ text, window, stride: 128 });
      expect(result.tokens).toHaveLength(512);
      count = result.window!.count;
      const content = result.tokens.filter(({ special }) => !special);
      for (const { start } of content) seen.add(start!);
      // “sea ” is four characters.
      const expected = Math.min((510 - 128) * window, 1200 - 510);
      expect(content[0]!.start).toBe(4 * expected);
    }
    // The windows that begin at 0, 382, and the last that fits.
    expect([window, seen.size]).toEqual([3, 1200]);
  });

  it('has rows that sum to 1', async () => {
    const result = await ask({ text: 'She went to school by bus. 我今天很高兴。' });
    const size = result.tokens.length;
    for (const weights of await weightsOf(result)) {
      for (let query = 0; query < size; query++) {
        const row = weights.subarray(query * size, (query + 1) * size);
        expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      }
    }
  });

  it('is softmax(q·k/√d + mask) of the tapped queries, keys and mask', async () => {
    const model = store.open(embedded);
    const encoded = await encode(
      model.tokenizer,
      'The last two tokens are hidden by the mask.',
      undefined,
      0,
    );
    // Padding, so that the mask has something to hide.
    const tokens = encoded.map((token, at) => ({
      ...token,
      attentionMask: at < encoded.length - 2 ? (1 as const) : (0 as const),
    }));
    const roles = ['query', 'key', 'mask', 'probabilities'] as const;
    const session = await sessions.open(model, 'attention');
    const size = tokens.length;
    for (const layer of model.graph.attention) {
      const taps = roles.map((role) => attentionSource(layer, role));
      const tapped = await session.taps(feedsOf(model.graph.inputs, tokens, 0, ''), taps);
      const [, heads, , width] = tapped[0]!.dims as [number, number, number, number];
      const [q, k, hidden, weights] = tapped.map(({ values }) => values) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      for (let head = 0; head < heads; head++) {
        for (let row = 0; row < size; row++) {
          const scores = Array.from({ length: size }, (_, column) => {
            let product = 0;
            for (let i = 0; i < width; i++)
              product += q[(head * size + row) * width + i]! * k[(head * width + i) * size + column]!;
            return product / Math.sqrt(width) + hidden[column]!;
          });
          const highest = Math.max(...scores);
          const exponentials = scores.map((score) => Math.exp(score - highest));
          const sum = exponentials.reduce((total, each) => total + each, 0);
          const start = (head * size + row) * size;
          const expected = exponentials.map((each) => each / sum);
          expect(largestDifference(weights.subarray(start, start + size), expected)).toBeLessThan(1e-5);
          expect(expected.slice(-2)).toEqual([0, 0]);
        }
      }
    }
  });

  it('tells how a query comes to its weights, by softmax(scale · q·k + added)', async () => {
    const result = await ask({ text: 'She went to school by bus.' });
    const { signal } = context;
    for (const [layer, head, query] of [
      [0, 0, 0],
      [3, 2, 4],
      [1, 3, 8],
    ] as const) {
      const question = { trace: result.trace, stack: 'encoder' as const, layer, head, query };
      const found = await traces.stack(question).scores(question, signal);
      const size = found.query.length;
      expect(found.scale).toBeCloseTo(1 / Math.sqrt(size), 5);
      const scores = [...found.products].map(
        (product, key) => found.scale * product + (found.added?.[key] ?? 0),
      );
      expect(largestDifference(found.scores, scores)).toBeLessThan(1e-4);
      const exponentials = scores.map(Math.exp);
      const sum = exponentials.reduce((total, each) => total + each, 0);
      expect(
        largestDifference(
          found.weights,
          exponentials.map((each) => each / sum),
        ),
      ).toBeLessThan(1e-5);
      const last = found.keys.length / size - 1;
      const product = found.query.reduce(
        (total, each, at) => total + each * found.keys[last * size + at]!,
        0,
      );
      expect(product).toBeCloseTo(found.products[last]!, 4);
    }
    const outside = { trace: result.trace, stack: 'encoder' as const, layer: 0, head: 0, query: 99 };
    await expect(traces.stack(outside).scores(outside, signal)).rejects.toMatchObject({ code: 'WrongUsage' });
  });

  it('leaves every output of the file as it is, to the last bit', async () => {
    const model = store.open(embedded);
    const { onnx, attention: layers, inputs, file } = model.graph;
    const own = onnx.outputs.map(({ name }) => name);
    // All that the engine builds in: every role but the number of heads.
    const taps = tensorNames(layers);
    const tapped = await openSidecar(buildSidecar(onnx, { outputs: [...new Set([...own, ...taps])] }));
    // Of seven roles in four layers, the mask is one for all.
    expect(taps).toHaveLength(4 * 6 + 1);
    const untapped = await openPath(file);
    const tokens = await encode(model.tokenizer, 'I drink a cup of [MASK].', '我喝茶。', 0);
    const run = (session: InferenceSession): Promise<InferenceSession.OnnxValueMapType> =>
      session.run(feedsOf(inputs, tokens, 0, ''));
    const [with_, without] = [await run(tapped), await run(untapped)];
    for (const name of own) expect(with_[name]!.data).toEqual(without[name]!.data);
  });

  it('says which tap a graph does not have', async () => {
    const model = store.open(bareModel(tinyAttention()));
    const session = await sessions.open(model, 'attention');
    const tokens = await encode(model.tokenizer, 'tea', undefined, 0);
    const feeds = feedsOf(model.graph.inputs, tokens, 0, '');
    const mask = attentionSource(model.graph.attention[0]!, 'mask');
    await expect(session.taps(feeds, [mask])).rejects.toMatchObject({
      code: 'TensorMissing',
      message: 'Nothing is added to the scores.',
    });
  });

  it('has taps that are constants of the graph, too', async () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('input_ids', types.int64, ['batch', 'sequence']));
    const state = graph.op('Gather', [graph.constant([8192, 2], new Float32Array(8192 * 2)), 'input_ids']);
    const key = graph.op('Transpose', [state], { perm: [0, 2, 1] });
    const mask = graph.constant([3], Float32Array.of(0, -1e9, 0));
    const scores = graph.op('Add', [graph.op('MatMul', [state, key]), mask]);
    const weights = graph.op('Softmax', [scores], { axis: -1 });
    graph.output('state', graph.op('MatMul', [weights, state]), types.float32);
    const model = store.open(bareModel(graph));
    const tokens = await encode(model.tokenizer, 'tea', undefined, 0);
    const [layer] = model.graph.attention;
    const taps = [attentionSource(layer!, 'mask'), attentionSource(layer!, 'probabilities')];
    const session = await sessions.open(model, 'attention');
    const tapped = await session.taps(feedsOf(model.graph.inputs, tokens, 0, ''), taps);
    expect([...tapped[0]!.values]).toEqual([0, Math.fround(-1e9), 0]);
    expect([...tapped[1]!.values.subarray(0, 3)]).toEqual([0.5, 0, 0.5]);
  });

  it('reads a text that is longer than the model in windows, and says which', async () => {
    const text = 'word '.repeat(600).trim();
    const windows = await Promise.all([0, 1, 99].map((window) => ask({ text, window })));
    expect(windows.map(({ tokens, window }) => [tokens.length, window?.index, window?.count])).toEqual([
      [512, 0, 2],
      [512, 1, 2],
      [512, 1, 2],
    ]);
    expect(windows[0]!.window).toMatchObject({ start: 0, end: 510 * 5 - 1 });
    expect(windows[1]!.window!.end).toBe(text.length);
    expect(windows[1]!.tokens.map(({ positionId }) => positionId)).toEqual([...Array(512).keys()]);
    expect(windows[0]!.tokenCount).toBe(602);
    await expect(ask({ text, pair: 'B' })).rejects.toMatchObject({ code: 'TextTooLong' });
  });

  it('says what a run would take before it runs', async () => {
    const question = { text: 'A cup of tea.' };
    await expect(ask({ ...question, budgetBytes: 1000 })).rejects.toMatchObject({
      code: 'OverBudget',
      message: expect.stringMatching(/^The attention of 7 tokens takes 1 MB .*4 layers × 4 heads × 7 × 7/),
    });
    const small = new TraceStore();
    small.configure(9000);
    const whole = { model: embedded, budgetBytes: Infinity, ...question };
    await expect(attention(store.open(embedded), sessions, small, whole, context)).rejects.toMatchObject({
      code: 'OutOfMemory',
      message: expect.stringContaining('headlight.engine.memoryLimitMegabytes'),
    });
  });

  it('makes room for a run before it', async () => {
    const kept = new TraceStore();
    const whole = { model: embedded, budgetBytes: Infinity, text: 'A cup of tea.' };
    const run = (): Promise<AttentionResult> =>
      attention(store.open(embedded), sessions, kept, whole, context);
    const first = await run();
    kept.configure(4 * 4 * 4 * 49 * 4); // A quarter of it holds one.
    const second = await run();
    expect(() => kept.stack({ trace: first.trace, stack: 'encoder' })).toThrow('no longer kept');
    expect((await headsOf(kept, second))[0]).toHaveLength(49);
  });

  it('refuses a text without tokens', async () => {
    // A tokenizer that adds nothing, as that of GPT-2.
    const folder = bareModel(tinyAttention());
    const bare = JSON.parse(readFileSync(path.join(embedded, 'tokenizer.json'), 'utf8')) as object;
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...bare, post_processor: null }));
    await expect(ask({ text: ' ' }, folder)).rejects.toMatchObject({ code: 'NoTokens' });
    expect(await ask({ text: 'tea' }, folder)).toMatchObject({
      stacks: [{ layers: 1, heads: 1 }],
    });
  });

  it('stops when it was cancelled before the run', async () => {
    const cancelled = AbortSignal.abort();
    const whole = { model: embedded, text: 'tea', budgetBytes: Infinity };
    const run = attention(store.open(embedded), sessions, traces, whole, { ...context, signal: cancelled });
    await expect(run).rejects.toMatchObject({ code: 'Cancelled' });
  });
});

describe('a model without attention to show', () => {
  it('is told from a Transformer', async () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('input_ids', types.int64, ['batch', 'sequence']));
    const table = graph.constant([8192, 4], new Float32Array(8192 * 4));
    const state = graph.op('Gather', [table, 'input_ids']);
    // A softmax over classes is no attention.
    graph.output('classes', graph.op('Softmax', [state], { axis: -1 }), types.float32, [
      'batch',
      'sequence',
      4,
    ]);
    const model = bareModel(graph);
    await expect(ask({ text: 'tea' }, model)).rejects.toMatchObject({
      code: 'NoAttention',
      message: expect.stringMatching(/recognises no attention in .*model\.onnx: .*optimum-cli export onnx/),
    });
    const { answers, missing } = store.open(model).facts;
    expect(answers).toEqual(['tokens']);
    expect(missing.map(({ part }) => part)).toContain('attention');
  });

  it('is told when there is no softmax at all', async () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('input_ids', types.int64, ['batch', 'sequence']));
    graph.output('same', 'input_ids', types.int64);
    await expect(ask({ text: 'tea' }, bareModel(graph))).rejects.toMatchObject({
      code: 'NoAttention',
      message: expect.stringContaining('has no attention: there is no softmax in its graph'),
    });
  });

  it('says which fused operator hides it, and by what', async () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('input_ids', types.int64, ['batch', 'sequence']));
    const state = graph.op('Gather', [graph.constant([8192, 4], new Float32Array(8192 * 4)), 'input_ids']);
    const weights = graph.constant([4, 12], new Float32Array(48));
    const fused = graph.op('Attention', [state, weights], { num_heads: 2 }, 'com.microsoft');
    graph.output('state', fused, types.float32, ['batch', 'sequence', 4]);
    await expect(ask({ text: 'tea' }, bareModel(graph))).rejects.toMatchObject({
      code: 'NoAttention',
      message: expect.stringContaining('inside the fused operator Attention in this form: no bias'),
    });
  });

  it('names the inputs that no token can fill', async () => {
    const graph = new GraphWriter();
    graph.inputs.push(
      value('input_ids', types.int64, ['batch', 'sequence']),
      value('past', types.float32, ['batch', 'sequence', 4]),
    );
    const transposed = graph.op('Transpose', ['past'], { perm: [0, 2, 1] });
    const weights = graph.op('Softmax', [graph.op('MatMul', ['past', transposed])], { axis: -1 });
    graph.output('state', graph.op('MatMul', [weights, 'past']), types.float32);
    await expect(ask({ text: 'tea' }, bareModel(graph))).rejects.toMatchObject({
      code: 'NoAttention',
      message: expect.stringContaining('"past" (float32)'),
    });
  });
});
