/** Model folders in which one file beside the graph is damaged. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BertGraph, tinyVocabulary } from './bertGraph';

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
export const charsmap = Buffer.concat([
  Buffer.from([0, 4, 0, 0]),
  Buffer.alloc(1024),
  Buffer.from('a\0'),
]).toString('base64');

/** What lies beside the graph: one valid file of each kind, first those that every model has. */
export const validFiles: [name: string, content: string][] = [
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

/** What nobody expects of a value of JSON. */
export const oddValues: unknown[] = [
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

/** Makes a random whole number from 0 to below a limit. */
export type Below = (limit: number) => number;

/** One value somewhere in some JSON in place of another, taken out, or doubled. */
export function mutatedJson(content: string, below: Below): string {
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

function mutatedBytes(content: string, below: Below): Uint8Array {
  const bytes = Buffer.from(content);
  for (let change = 0; change < 4; change++) bytes[below(bytes.length)] = below(256);
  return bytes.subarray(0, below(3) === 0 ? below(bytes.length) : bytes.length);
}

const graph = new BertGraph({ opset: 14, fused: false }).bytes();

/** A text that touches all that a tokenizer does. */
export const damagedText = `${tinyVocabulary[6]} [MASK] 中é`;

/** Writes a model below `folder`, one file of which is damaged. @returns its folder, and the file's name. */
export function writeDamaged(folder: string, index: number, below: Below): { model: string; name: string } {
  const which = index % validFiles.length;
  const [name, content] = validFiles[which]!;
  const model = path.join(folder, `model-${which}`);
  mkdirSync(model, { recursive: true });
  writeFileSync(path.join(model, 'model.onnx'), graph);
  for (const [other, text] of validFiles.slice(0, 4)) writeFileSync(path.join(model, other), text);
  const isJson = name.endsWith('.json') && index % 3 > 0;
  const file = path.join(model, name);
  writeFileSync(file, isJson ? mutatedJson(content, below) : mutatedBytes(content, below));
  return { model, name };
}
