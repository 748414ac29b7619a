import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineClient } from '../../../src/client/engineClient';
import { HeadlightError } from '../../../src/core/errors';
import { BertGraph, tinyVocabulary } from '../../support/bertGraph';
import { randomNumbers } from '../onnx/hostileFiles';

/** Files of one run; more make a longer search for what nobody thought of. */
const mutatedFiles = Number(process.env['HEADLIGHT_HOSTILE_FILES'] ?? 700);

const vocabulary = Object.fromEntries(tinyVocabulary.map((token, id) => [token, id]));
const special = ['[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((content) => ({
  id: vocabulary[content],
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
}));
const tokenizer = (normalizer: object, preTokenizer: object, model: object): object => ({
  version: '1.0',
  truncation: { direction: 'Right', max_length: 8, strategy: 'LongestFirst', stride: 0 },
  padding: null,
  added_tokens: special,
  normalizer,
  pre_tokenizer: preTokenizer,
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [vocabulary['[CLS]']], tokens: ['[CLS]'] } },
  },
  decoder: null,
  model,
});

/** A trie of empty units, and one replacement. */
const charsmap = Buffer.concat([Buffer.from([0, 4, 0, 0]), Buffer.alloc(1024), Buffer.from('a\0')]).toString(
  'base64',
);

/** What lies beside the graph: one valid file of each kind. */
const valid: [name: string, content: string][] = [
  [
    'config.json',
    JSON.stringify({
      model_type: 'bert',
      architectures: ['BertForMaskedLM'],
      num_hidden_layers: 2,
      num_attention_heads: 2,
      hidden_size: 8,
      vocab_size: tinyVocabulary.length,
      max_position_embeddings: 32,
      id2label: { 0: 'no', 1: 'yes' },
      problem_type: 'single_label_classification',
      pad_token_id: 0,
    }),
  ],
  [
    'tokenizer_config.json',
    JSON.stringify({ do_lower_case: true, mask_token: '[MASK]', strip_accents: null }),
  ],
  ['special_tokens_map.json', JSON.stringify({ mask_token: { content: '[MASK]', lstrip: true } })],
  ['vocab.txt', tinyVocabulary.join('\n')],
  [
    'tokenizer.json',
    JSON.stringify(
      tokenizer(
        {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase: true,
        },
        { type: 'BertPreTokenizer' },
        {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab: vocabulary,
        },
      ),
    ),
  ],
  [
    'tokenizer.json',
    JSON.stringify(
      tokenizer(
        {
          type: 'Sequence',
          normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: ' +' }, content: ' ' }],
        },
        { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
        {
          type: 'BPE',
          unk_token: '[UNK]',
          vocab: { ...vocabulary, a: 90, b: 91, ab: 92 },
          merges: [['a', 'b']],
        },
      ),
    ),
  ],
  [
    'tokenizer.json',
    JSON.stringify(
      tokenizer(
        { type: 'Precompiled', precompiled_charsmap: charsmap },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
        {
          type: 'Unigram',
          unk_id: 1,
          vocab: tinyVocabulary.map((token, id) => [token, -id]),
          byte_fallback: false,
        },
      ),
    ),
  ],
];

const oddValues: unknown[] = [
  null,
  true,
  '',
  '\u202eevil\u0000</script>',
  'x'.repeat(100_000),
  -1,
  0.5,
  2 ** 53,
  1e308,
  [],
  {},
  [[[[[[[[]]]]]]]],
  { __proto__: null, constructor: 'x', length: -1 },
];

/** One value somewhere in some JSON in place of another, taken out, or doubled. */
function mutatedJson(content: string, below: (limit: number) => number): string {
  const root: unknown = JSON.parse(content);
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push({ holder: value as Record<string, unknown>, key });
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(root);
  const { holder, key } = places[below(places.length)]!;
  const kind = below(oddValues.length + 3);
  if (kind < oddValues.length) holder[key] = oddValues[kind];
  else if (kind === oddValues.length) Reflect.deleteProperty(holder, key);
  else if (kind === oddValues.length + 1) holder[`${key}2`] = holder[key];
  else holder[key] = root;
  try {
    return JSON.stringify(root);
  } catch {
    return `${'['.repeat(100_000)}${']'.repeat(100_000)}`; // It held itself: as deep as it gets.
  }
}

function mutatedBytes(content: string, below: (limit: number) => number): Uint8Array {
  const bytes = Buffer.from(content);
  for (let change = 0; change < 4; change++) bytes[below(bytes.length)] = below(256);
  return bytes.subarray(0, below(3) === 0 ? below(bytes.length) : bytes.length);
}

const folder = mkdtempSync(path.join(tmpdir(), 'headlight-hostile-folders-'));
const engine = new EngineClient({
  // The real engine, bundled: `npm run build` makes it.
  entry: path.resolve('dist/engine.js'),
  settings: { threads: 1, memoryLimitBytes: 2 ** 31 },
  limits: { idleSeconds: 60, requestSeconds: 20 },
  log: () => {},
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('damaged files beside a graph', () => {
  // What the search below found: at each of the first four the reference library ended the process.
  it.each<[what: string, normalizer: { precompiled_charsmap?: string }, model: object]>([
    ['a character map that is empty', { precompiled_charsmap: '' }, {}],
    ['a character map that is no base64', { precompiled_charsmap: `[${charsmap.slice(1)}` }, {}],
    ['a character map whose trie is cut off', { precompiled_charsmap: charsmap.slice(0, 400) }, {}],
    ['a character map with a trie that is too small', { precompiled_charsmap: 'BAAAAAAAAAA=' }, {}],
    ['no token for what is unknown', {}, { vocab: { '[CLS]': 2, '[SEP]': 3, '[MASK]': 4 } }],
  ])('tell of %s', async (_, normalizer, model) => {
    const description = JSON.parse(
      valid[normalizer.precompiled_charsmap === undefined ? 4 : 6]![1],
    ) as Record<string, object>;
    Object.assign(description['normalizer']!, normalizer);
    Object.assign(description['model']!, model);
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, JSON.stringify(description));
    const asked = engine.request('tokens', { model: folder, text: 'Headlight' });
    await expect(asked).rejects.toMatchObject({
      code: 'TokenizerInvalid',
      message: expect.stringContaining(file),
    });
  });

  it('end in a clear error, or in fewer facts, and never hang', { timeout: 600_000 }, async () => {
    const random = randomNumbers(7);
    const below = (limit: number): number => Math.floor(random() * limit);
    const graph = new BertGraph({ opset: 14, fused: false }).bytes();
    const text = `${tinyVocabulary[6]} [MASK] 中é`;
    const seen = { answers: 0, errors: 0 };
    for (let index = 0; index < mutatedFiles; index++) {
      const which = index % valid.length;
      const [name, content] = valid[which]!;
      const model = path.join(folder, `model-${which}`);
      mkdirSync(model, { recursive: true });
      writeFileSync(path.join(model, 'model.onnx'), graph);
      for (const [other, text] of valid.slice(0, 4)) writeFileSync(path.join(model, other), text);
      const isJson = name.endsWith('.json') && index % 3 > 0;
      const file = path.join(model, name);
      writeFileSync(file, isJson ? mutatedJson(content, below) : mutatedBytes(content, below));
      const where = `file ${index}, ${name}`;
      try {
        expect((await engine.request('facts', { model })).path, where).toBe(model);
        await engine.request('tokens', { model, text, pair: 'b' });
        seen.answers++;
      } catch (error) {
        if (!(error instanceof HeadlightError)) throw error;
        const { code, message } = error;
        expect(['TokenizerInvalid', 'ConfigInvalid'], `${where}: ${code}: ${message}`).toContain(code);
        seen.errors++;
        expect(message, where).toContain(model);
        expect(message.length, where).toBeLessThan(2000);
      }
    }
    expect(seen.answers).toBeGreaterThan(mutatedFiles / 4);
    expect(seen.errors).toBeGreaterThan(mutatedFiles / 10);
  });
});
