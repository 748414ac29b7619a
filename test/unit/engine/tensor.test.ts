import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { feedsOf } from '../../../src/engine/feeds';
import { tensor } from '../../../src/engine/inspections/tensor';
import { sourceAt } from '../../../src/engine/models/roles';
import { ModelStore } from '../../../src/engine/models/store';
import { ModelSession, SessionCache, type TensorValues } from '../../../src/engine/sessions';
import { matrixOf } from '../../../src/engine/tensorMatrix';
import { TraceStore } from '../../../src/engine/traces';
import { encode } from '../../../src/engine/tokenizers/encode';
import type { RolePlace } from '../../../src/protocol/models';
import type { TensorQuestion, TensorResult } from '../../../src/protocol/tensor';
import { decoderOfPair, fusedBert, gpt2, t5, type Family } from '../../support/graphs/families';
import { sizes } from '../../support/graphs/transformerWriter';
import { embedded, embeddedFolders, referencesOf } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'She went to school by bus. 我今天很高兴。';

type Place = Pick<TensorQuestion, 'role'> & Partial<TensorQuestion>;

function ask(question: Place, model = embedded): Promise<TensorResult> {
  const whole = { model, text, stack: 'encoder', layer: null, ...question } as const;
  return tensor(store.open(model), sessions, traces, whole, context);
}

/** The tensors in some places, as the runtime gives them. */
async function tapped(places: RolePlace[], location = embedded): Promise<TensorValues[]> {
  const model = store.open(location);
  const tokens = await encode(model.tokenizer, text, undefined, 0);
  const session = await sessions.open(model, 'every role');
  const feeds = feedsOf(model.graph.inputs, tokens, 0, '');
  return session.taps(
    feeds,
    places.map((place) => sourceAt(model.architecture, place)),
  );
}

const ofLayer = (layer: number, ...roles: RolePlace['role'][]): RolePlace[] =>
  roles.map((role) => ({ role, stack: 'encoder', layer }));

/** A folder with a graph, and a vocabulary as large as its. */
function folderOf({ writer }: Family): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-tensor-'));
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmno'].slice(
    0,
    sizes.vocabulary,
  );
  writeFileSync(path.join(folder, 'model.onnx'), writer.bytes());
  writeFileSync(path.join(folder, 'vocab.txt'), pieces.join('\n'));
  return folder;
}

describe('a tensor of the embedded model', () => {
  it('has the statistics and bytes of its numbers, computed plainly', async () => {
    const place = { role: 'hiddenState', stack: 'encoder', layer: 2 } as const;
    const [{ values, dims }] = (await tapped([place])) as [TensorValues];
    const result = await ask(place);
    const [rows, columns] = [dims[1]!, dims[2]!];
    const { statistics, bytes, scale, norms } = result;
    expect(result).toMatchObject({
      shape: [...dims],
      rows: result.tokens.length,
      columns,
      heads: 1,
      cells: columns,
    });
    const numbers = [...values];
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length;
    expect(statistics).toMatchObject({
      ...{ minimum: Math.min(...numbers), maximum: Math.max(...numbers), withoutNumber: 0 },
      mean: expect.closeTo(mean, 6) as number,
      standardDeviation: expect.closeTo(Math.sqrt(variance), 6) as number,
    });
    expect(scale).toBe(Math.max(...numbers.map(Math.abs)));
    expect(bytes).toHaveLength(rows * columns);
    bytes.forEach((byte, at) => {
      expect(Math.abs(((byte - 128) / 127) * scale - values[at]!)).toBeLessThanOrEqual(scale / 254 + 1e-6);
    });
    for (let row = 0; row < rows; row++) {
      const squares = values
        .subarray(row * columns, (row + 1) * columns)
        .reduce((sum, each) => sum + each ** 2, 0);
      expect(norms[row]).toBeCloseTo(Math.sqrt(squares), 4);
    }
  });

  it('is what the norm behind a sublayer makes of the residual sum', async () => {
    const [sums, norms] = (await tapped(ofLayer(1, 'attentionResidualSum', 'attentionNorm'))) as [
      TensorValues,
      TensorValues,
    ];
    const width = sums.dims.at(-1)!;
    const rows = sums.values.length / width;
    const centred = Array.from({ length: rows }, (_, row) => {
      const numbers = [...sums.values.subarray(row * width, (row + 1) * width)];
      const mean = numbers.reduce((sum, each) => sum + each, 0) / width;
      const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / width;
      return numbers.map((each) => (each - mean) / Math.sqrt(variance));
    });
    for (let feature = 0; feature < width; feature++) {
      const points = centred.map((row, at) => [row[feature]!, norms.values[at * width + feature]!] as const);
      const [least, most] = [...points]
        .sort(([one], [other]) => one - other)
        .filter((_, at) => at % (rows - 1) === 0);
      // One scale and one bias for each feature, whatever the token.
      const scale = (most![1] - least![1]) / (most![0] - least![0]);
      const bias = least![1] - scale * least![0];
      for (const [x, y] of points) expect(Math.abs(x * scale + bias - y)).toBeLessThan(1e-3);
    }
  });

  it('is the sum of the stream and the output of a sublayer', async () => {
    const [stream, output, sum] = await tapped([
      ...ofLayer(0, 'hiddenState'),
      ...ofLayer(1, 'attentionOutput', 'attentionResidualSum'),
    ]);
    sum!.values.forEach((each, at) => {
      expect(Math.abs(stream!.values[at]! + output!.values[at]! - each)).toBeLessThan(1e-4);
    });
  });

  it('can be had for every role that the facts say, and for no other', async () => {
    const { roles } = store.open(embedded).facts;
    for (const { how, reason, ...place } of roles) {
      if (how === 'missing') {
        await expect(ask(place)).rejects.toMatchObject({ code: 'TensorMissing', message: reason });
        continue;
      }
      const { bytes, rows, cells, columns, heads, shape, tokens } = await ask(place);
      const size = shape.reduce((product, each) => product * each, 1);
      expect([place.role, bytes.length, rows * columns]).toEqual([place.role, rows * cells, size]);
      expect([1, tokens.length]).toContain(rows);
      expect(columns % heads).toBe(0);
    }
    await expect(ask({ role: 'hiddenState', layer: 99 })).rejects.toMatchObject({ code: 'TensorMissing' });
  });

  it('has heads side by side, keys turned back, and wide rows pooled', async () => {
    const { heads } = store.open(embedded).facts;
    const [keys] = await tapped(ofLayer(0, 'attentionKey'));
    const [, count, size, tokens] = keys!.dims as [number, number, number, number];
    const matrix = matrixOf(keys!, 'attentionKey');
    expect(matrix).toMatchObject({ rows: tokens, columns: count * size, heads });
    for (const [token, head, feature] of [
      [3, 2, 5],
      [0, 0, 1],
      [tokens - 1, count - 1, size - 1],
    ] as const) {
      expect(matrix.values[token * count * size + head * size + feature]).toBe(
        keys!.values[(head * size + feature) * tokens + token],
      );
    }
    const query = await ask({ role: 'attentionQuery', layer: 0 });
    expect([query.rows, query.columns, query.heads]).toEqual([tokens, count * size, heads]);
    const logits = await ask({ role: 'maskedWordLogits', stack: null });
    expect([logits.rows, logits.columns, logits.cells]).toEqual([tokens, 8192, 384]);
  });

  it('is of one window of a long text', async () => {
    const long = 'word '.repeat(600).trim();
    const result = await ask({ role: 'embeddingSum', text: long, window: 1 });
    expect(result).toMatchObject({
      rows: 512,
      tokenCount: 602,
      window: { index: 1, count: 2, end: long.length },
    });
    await expect(ask({ role: 'embeddingSum', text: long, pair: 'B' })).rejects.toMatchObject({
      code: 'TextTooLong',
    });
  });

  it('comes of one run over a text, whichever tensors are asked for', async () => {
    const runs = vi.spyOn(ModelSession.prototype, 'taps');
    for (const layer of [0, 3]) {
      for (const role of ['attentionQuery', 'attentionScores', 'feedForwardInner', 'hiddenState'] as const) {
        await ask({ role, layer, text: 'One run is enough.' });
      }
    }
    expect(runs).toHaveBeenCalledTimes(1);
    await ask({ role: 'hiddenState', layer: 3, text: 'Another text takes another.' });
    expect(runs).toHaveBeenCalledTimes(2);
    runs.mockRestore();
  });

  it('is not made when it was cancelled before the run', async () => {
    const question = { model: embedded, text, role: 'hiddenState', stack: 'encoder', layer: 0 } as const;
    const run = tensor(store.open(embedded), sessions, traces, question, {
      ...context,
      signal: AbortSignal.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'Cancelled' });
  });
});

const translators = embeddedFolders.filter((folder) => path.basename(folder).startsWith('transformer-'));

describe.each(translators)('a tensor of the encoder or the decoder of %s', (model) => {
  const { text, pair, inputs, tensor: expected } = referencesOf(model).find((each) => each.pair !== null)!;
  const logits = { role: 'nextTokenLogits', stack: null, text, pair: pair! } as const;

  it('is what PyTorch gives', async () => {
    const { values } = expected('logits of the last token');
    const result = await ask(logits, model);
    expect(result.tokens.map(({ id }) => id)).toEqual(inputs['decoder_input_ids']);
    expect(result.shape).toEqual([1, result.tokens.length, values.length]);
    expect(result.norms.at(-1)).toBeCloseTo(Math.sqrt(values.reduce((sum, each) => sum + each ** 2, 0)), 3);
  });

  it('can be had for every role of both files that the facts say', async () => {
    for (const { how, role, stack, layer } of store.open(model).facts.roles) {
      if (how === 'missing') continue;
      const { rows, tokens } = await ask({ ...logits, role, stack, layer }, model);
      if (role.endsWith('Mask')) continue; // It may have a row for all tokens.
      // A decoder’s keys and values of its encoder are of the source.
      const isOfSource = stack === 'encoder' || /^crossAttention(Key|Value)$/.test(role);
      const ids = inputs[isOfSource ? 'input_ids' : 'decoder_input_ids']!;
      expect([role, rows, tokens.map(({ id }) => id)]).toEqual([role, ids.length, ids]);
    }
  });

  it('needs a target where it is the decoder’s', async () => {
    const question = { role: 'hiddenState', layer: 0, pair: undefined } as const;
    expect((await ask({ ...question, stack: 'encoder' }, model)).rows).toBeGreaterThan(2);
    await expect(ask({ ...question, stack: 'decoder' }, model)).rejects.toMatchObject({ code: 'NoTokens' });
  });
});

describe('a tensor of other models', () => {
  it('is computed again where an operator keeps it inside', async () => {
    const folder = folderOf(fusedBert('gelu', false, 'Attention'));
    const { roles } = store.open(folder).facts;
    const again = roles.filter(({ how }) => how === 'recomputed');
    expect(again.length).toBeGreaterThan(20);
    for (const { role, stack, layer } of again) {
      const { rows, tokens, statistics } = await ask({ role, stack, layer, text: 'a b c' }, folder);
      expect([role, rows]).toEqual([role, role === 'attentionMask' ? rows : tokens.length]);
      expect(statistics.withoutNumber).toBe(0);
    }
  });

  it('leaves the scores out that a mask hides', async () => {
    const folder = folderOf(gpt2({ opset: 14, norm: 'torch' }));
    const { rows, heads, statistics, bytes, scale } = await ask(
      { role: 'attentionScores', stack: 'decoder', layer: 1, text: 'a b c' },
      folder,
    );
    expect(statistics.withoutNumber).toBe((heads * rows * (rows - 1)) / 2);
    expect(scale).toBeLessThan(1000);
    for (let row = 0; row < rows; row++)
      for (let key = 0; key < rows; key++) expect(bytes[row * heads * rows + key] === 0).toBe(key > row);
  });

  it('has biases by distance with a row for each query', () => {
    const [queries, keys, heads] = [2, 3, 2];
    const values = Float32Array.from({ length: queries * keys * heads }, (_, at) => at);
    const matrix = matrixOf({ dims: [queries, keys, heads], values }, 'relativePositionBias');
    expect(matrix).toMatchObject({ rows: queries, columns: keys * heads, heads });
    expect([...matrix.values]).toEqual([0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
    const answers = matrixOf({ dims: [1, 4], values: Float32Array.of(1, 2, 3, 4) }, 'answerStartLogits');
    expect(answers).toMatchObject({ rows: 4, columns: 1 });
  });

  it('says why it cannot be had', async () => {
    const folder = folderOf(t5({ opset: 14, norm: 'torch' }, false));
    const place = { role: 'positionEmbedding', stack: 'encoder', layer: null } as const;
    await expect(ask(place, folder)).rejects.toMatchObject({
      code: 'TensorMissing',
      message: 'No position embedding is added to the token embedding.',
    });
    const alone = folderOf(decoderOfPair({ opset: 14, norm: 'torch' }));
    await expect(ask({ role: 'embeddingSum', stack: 'decoder' }, alone)).rejects.toMatchObject({
      code: 'InputsUnsupported',
      message: expect.stringContaining('encoder') as string,
    });
  });
});
