import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../../src/engine/feeds';
import { fill } from '../../../src/engine/inspections/fill';
import { tokens } from '../../../src/engine/inspections/tokens';
import { ModelStore } from '../../../src/engine/models/store';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { SessionCache } from '../../../src/engine/sessions';
import { encode } from '../../../src/engine/tokenizers/encode';
import type { FillQuestion } from '../../../src/protocol/inspections';
import { largestDifference } from '../onnx/runtime';
import { embedded, referencesOf } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };

function ask(question: Partial<FillQuestion>, folder = embedded): ReturnType<typeof fill> {
  return fill(store.open(folder), sessions, { model: folder, text: '', topK: 5, ...question }, context);
}

/** A folder with the embedded model's files, some of them left out. */
function copyOfEmbedded(...without: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-model-'));
  for (const name of ['model.onnx', 'config.json', 'tokenizer.json', 'vocab.txt', 'tokenizer_config.json']) {
    if (!without.includes(name)) copyFileSync(path.join(embedded, name), path.join(folder, name));
  }
  return folder;
}

describe('the embedded model against PyTorch', () => {
  const model = store.open(embedded);
  const vocabulary = model.facts.vocabularySize!;
  const references = referencesOf(embedded);
  const maskId = model.tokenizer.native.tokenToId('[MASK]')!;

  it.each(references.filter(({ inputs }) => inputs['input_ids']!.includes(maskId)))(
    'agrees on the logits of "$text" within 1e-4',
    async ({ text, pair, inputs, tensor }) => {
      const session = await sessions.open(model, 'none');
      const encoded = await encode(model.tokenizer, text, pair ?? undefined, 0);
      const masks = inputs['input_ids']!.flatMap((id, at) => (id === maskId ? [at] : []));
      const logits = await session.logits(feedsOf(model.graph.inputs, encoded, 0, ''), masks);
      const { shape, values } = tensor('prediction_logits');
      expect(shape).toEqual([masks.length, vocabulary]);
      logits.forEach((row, at) => {
        const expected = values.subarray(at * vocabulary, (at + 1) * vocabulary);
        expect(largestDifference(row, expected)).toBeLessThan(1e-4);
      });
    },
  );

  it('gives the softmax of those logits as probabilities', async () => {
    const isMask = (id: number): boolean => id === maskId;
    const { text, pair, tensor } = references.find(
      ({ inputs }) => inputs['input_ids']!.filter(isMask).length === 1,
    )!;
    const { masks } = await ask({ text, pair: pair ?? undefined, topK: 10 });
    const logits = Array.from(tensor('prediction_logits').values);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    for (const { id, probability } of masks[0]!.predictions) {
      expect(Math.abs(probability - Math.exp(logits[id]!) / sum)).toBeLessThan(1e-5);
    }
  });
});

describe('fill', () => {
  it('answers every mask, with its place in the input and in the text', async () => {
    const text = 'I [MASK] tea. 我喜欢[MASK]茶。';
    const { masks } = await ask({ text, topK: 3 });
    expect(masks.map(({ start, end }) => text.slice(start, end))).toEqual(['[MASK]', '[MASK]']);
    expect(masks[0]!.position).toBe(2);
    for (const { predictions, window } of masks) {
      expect(predictions).toHaveLength(3);
      expect(window).toBeNull();
      expect(predictions.map(({ probability }) => probability)).toEqual(
        predictions.map(({ probability }) => probability).sort((a, b) => b - a),
      );
    }
  });

  it('finds a mask in the pair', async () => {
    const { masks } = await ask({ text: 'I like tea.', pair: 'You [MASK] tea.' });
    expect(masks).toMatchObject([{ sequence: 1, start: 4, end: 10 }]);
  });

  it('reads a text that is too long in windows, and says which', async () => {
    const filler = 'the cat sat on the mat . '.repeat(200);
    const text = `[MASK] cat. ${filler}[MASK] dog.`;
    const { masks, tokenCount, maximumLength } = await ask({ text });
    expect(tokenCount).toBeGreaterThan(maximumLength!);
    expect(masks.map(({ window }) => window?.count)).toEqual([2, 2]);
    for (const { start, end, window, position } of masks) {
      expect(text.slice(start, end)).toBe('[MASK]');
      expect(start >= window!.start && end <= window!.end).toBe(true);
      expect(position).toBeLessThan(maximumLength!);
    }
  });

  it('answers each mask of a long text once, though windows overlap', async () => {
    const text = `${'a '.repeat(10)}[MASK] ${'a '.repeat(300)}[MASK] ${'a '.repeat(600)}`;
    const { masks } = await ask({ text });
    expect(masks.map(({ start }) => start)).toEqual([20, 20 + 7 + 600]);
    expect(masks.map(({ window }) => window?.index)).toEqual([0, 1]);
  });

  it('reads windows of a long text as the same words alone', async () => {
    const filler = 'the cat sat on the mat . '.repeat(200);
    const { masks } = await ask({ text: `${filler}[MASK] dog. ${filler}` });
    const { start, end } = masks[0]!.window!;
    const alone = await ask({ text: `${filler}[MASK] dog. ${filler}`.slice(start, end) });
    expect(alone.masks[0]!.predictions).toEqual(masks[0]!.predictions);
  });

  it.each([
    ['a text without a mask', { text: 'no mask here' }, embedded, 'NoMask'],
    ['an empty text', { text: '' }, embedded, 'NoMask'],
    [
      'a pair that is too long',
      { text: '[MASK] '.repeat(400), pair: 'a '.repeat(400) },
      embedded,
      'TextTooLong',
    ],
    ['a folder that is not there', { text: '[MASK]' }, path.resolve('nowhere'), 'ModelNotFound'],
    ['a file that is no model', { text: '[MASK]' }, path.resolve('package.json'), 'OnnxInvalid'],
    [
      'a folder without a tokenizer',
      { text: '[MASK]' },
      copyOfEmbedded('tokenizer.json', 'vocab.txt'),
      'TokenizerMissing',
    ],
    ['a folder without a graph', { text: '[MASK]' }, copyOfEmbedded('model.onnx'), 'OnnxMissing'],
  ])('says what is wrong with %s', async (_, question, folder, code) => {
    await expect((async () => ask(question, folder))()).rejects.toMatchObject({ code });
  });

  it('says that a truncated graph is broken, and still shows tokens', async () => {
    const folder = copyOfEmbedded();
    truncateSync(path.join(folder, 'model.onnx'), 100_000);
    await expect((async () => ask({ text: '[MASK]' }, folder))()).rejects.toMatchObject({
      code: 'OnnxInvalid',
      message: expect.stringContaining('model.onnx'),
    });
    expect(store.open(folder).facts).toMatchObject({ answers: ['tokens'] });
  });

  it('shows tokens beside a broken config.json, and does not guess what the model needs', async () => {
    const folder = copyOfEmbedded();
    writeFileSync(path.join(folder, 'config.json'), '{');
    expect(store.open(folder).facts).toMatchObject({ answers: ['tokens'], missing: [{ part: 'config' }] });
    const question = { model: folder, text: 'the cat' };
    expect((await tokens(store.open(folder), question, context.signal)).tokens).toHaveLength(4);
    await expect(ask({ text: '[MASK]' }, folder)).rejects.toMatchObject({ code: 'ConfigInvalid' });
  });

  it('says that a maximum length without room for a text is wrong', async () => {
    const folder = copyOfEmbedded();
    writeFileSync(path.join(folder, 'tokenizer_config.json'), '{"model_max_length": 2}');
    await expect(ask({ text: 'a [MASK]' }, folder)).rejects.toMatchObject({ code: 'ConfigInvalid' });
  });

  it('reads a file again after it changed', async () => {
    const folder = copyOfEmbedded();
    writeFileSync(path.join(folder, 'model.onnx'), 'not a graph');
    expect(store.open(folder).facts.answers).toEqual(['tokens']);
    copyFileSync(path.join(embedded, 'model.onnx'), path.join(folder, 'model.onnx'));
    expect(store.open(folder).facts.answers).toEqual([
      'tokens',
      'maskedWords',
      'attention',
      'pair',
      'similarity',
    ]);
    expect((await ask({ text: 'a [MASK]' }, folder)).masks).toHaveLength(1);
  });
});

describe('models of other kinds', () => {
  it('says that a model without an MLM head has none', async () => {
    const folder = copyOfEmbedded();
    const { bytes } = buildSidecar(readOnnxModel(path.join(folder, 'model.onnx')), {
      outputs: ['seq_relationship_logits'],
    });
    const classifier = path.join(folder, 'classifier.onnx');
    writeFileSync(classifier, bytes);
    expect(store.open(classifier).facts).toMatchObject({
      answers: ['tokens', 'attention', 'pair', 'similarity'],
      missing: [{ part: 'mlmHead' }],
    });
    await expect(ask({ text: 'a [MASK]' }, classifier)).rejects.toMatchObject({
      code: 'NoMlmHead',
      message: expect.stringContaining('classifier.onnx'),
    });
  });

  it('does not take what predicts the next token for a head of masked words', async () => {
    const folder = copyOfEmbedded('config.json');
    writeFileSync(path.join(folder, 'config.json'), '{"architectures": ["BertLMHeadModel"]}');
    expect(store.open(folder).facts).toMatchObject({
      answers: ['tokens', 'attention', 'pair', 'similarity', 'generation'],
      missing: [{ part: 'mlmHead' }],
    });
    await expect(ask({ text: 'a [MASK]' }, folder)).rejects.toMatchObject({ code: 'NoMlmHead' });
  });

  it("counts positions as RoBERTa does where only a bare graph and RoBERTa's special tokens tell", async () => {
    const folder = copyOfEmbedded('config.json', 'vocab.txt', 'tokenizer_config.json');
    const file = path.join(folder, 'tokenizer.json');
    const renamed = readFileSync(file, 'utf8').replaceAll('[MASK]', '<mask>').replaceAll('[UNK]', '<pad>');
    writeFileSync(file, renamed); // <pad> now has the id 1, as in RoBERTa's vocabulary.
    const model = store.open(path.join(folder, 'model.onnx'));
    expect(model.facts.maximumLength).toBe(512 - 2);
    const { tokens: encoded } = await tokens(model, { model: folder, text: 'the cat' }, context.signal);
    expect(encoded.map(({ positionId }) => positionId)).toEqual([2, 3, 4, 5]);
  });

  it('understands [MASK] where the model has another mask token', async () => {
    const folder = copyOfEmbedded('vocab.txt', 'tokenizer_config.json');
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('[MASK]', '<mask>'));
    writeFileSync(path.join(folder, 'special_tokens_map.json'), '{"mask_token": "<mask>"}');
    const text = 'I [MASK] a cup of [MASK].';
    const { masks } = await ask({ text }, folder);
    expect(masks).toEqual((await ask({ text })).masks);
    expect(masks.map(({ start, end }) => text.slice(start, end))).toEqual(['[MASK]', '[MASK]']);
  });
});

describe('model layouts', () => {
  const question = { text: 'I like [MASK].' };

  it("finds the graph in the hub's onnx/ folder, the plain one before its variants", async () => {
    const folder = copyOfEmbedded('model.onnx');
    mkdirSync(path.join(folder, 'onnx'));
    for (const name of ['model.onnx', 'model_quantized.onnx', 'a_variant.onnx']) {
      copyFileSync(path.join(embedded, 'model.onnx'), path.join(folder, 'onnx', name));
    }
    const { onnxFile, variants } = store.open(folder).facts;
    expect(onnxFile).toBe(path.join(folder, 'onnx', 'model.onnx'));
    expect(variants.map((file) => path.basename(file))).toEqual([
      'model.onnx',
      'a_variant.onnx',
      'model_quantized.onnx',
    ]);
    const variant = path.join(folder, 'onnx', 'model_quantized.onnx');
    expect((await ask(question, variant)).masks).toEqual((await ask(question)).masks);
  });

  it('answers the same from a bare .onnx, a vocabulary alone, no config, or behind a symbolic link', async () => {
    const expected = (await ask(question)).masks;
    const noConfig = copyOfEmbedded('config.json', 'tokenizer.json', 'tokenizer_config.json');
    const linked = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-link-')), 'model');
    symlinkSync(embedded, linked);
    for (const location of [path.join(embedded, 'model.onnx'), noConfig, linked]) {
      expect((await ask(question, location)).masks).toEqual(expected);
      expect(store.open(location).facts).toMatchObject({ hiddenSize: store.open(embedded).facts.hiddenSize });
    }
    expect(store.open(noConfig).facts.maximumLength).toBe(store.open(embedded).facts.maximumLength);
  });
});
