/** The models that are measured: BERTs with random weights, made once and kept. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { wordPieceFrom } from '../../src/engine/tokenizers/vocabularies';
import { BertGraph, bertBaseSizes, type BertSizes } from '../support/bertGraph';
import { resultsFolder } from '../support/paths';

export interface BenchModel {
  /** Holds `model.onnx`, `config.json`, `vocab.txt` and `tokenizer.json`. */
  folder: string;
  onnxFile: string;
  sizes: BertSizes;
  /** A text of exactly so many tokens, [CLS] and [SEP] included, with one `[MASK]` in its middle. */
  text(tokens: number): string;
}

/** As narrow as their number of heads allows: what is measured of them is what their attention takes. */
const narrow = { vocabulary: bertBaseSizes.vocabulary, positions: bertBaseSizes.positions, inner: 256 };

const recipes = {
  'bert-base-random': bertBaseSizes,
  /** As many heads as bert-large has. */
  'narrow-24x16-random': { ...narrow, layers: 24, heads: 16, hidden: 128 },
  /** Twice the tokens of bert-base. */
  'narrow-1024-random': { ...narrow, layers: 12, heads: 12, hidden: 96, positions: 1024 },
  /** What grows is measured on these: with the tokens of a text, and with the layers of a model. */
  'long-random': { ...narrow, layers: 2, heads: 2, hidden: 64, positions: 4096 },
  'layers-2-random': { ...narrow, layers: 2, heads: 2, hidden: 128 },
  'layers-6-random': { ...narrow, layers: 6, heads: 2, hidden: 128 },
  'layers-12-random': { ...narrow, layers: 12, heads: 2, hidden: 128 },
  'layers-24-random': { ...narrow, layers: 24, heads: 2, hidden: 128 },
} satisfies Record<string, BertSizes>;

const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const syllables = [...'bdfghklmnprstvwz'].flatMap((consonant) =>
  [...'aeiou'].map((vowel) => consonant + vowel),
);

/** The words of the vocabulary, each of three syllables. */
const words = Array.from({ length: bertBaseSizes.vocabulary - specialTokens.length }, (_, index) =>
  [0, 1, 2]
    .map((place) => syllables[Math.floor(index / syllables.length ** place) % syllables.length])
    .join(''),
);

/** A model, made anew (bert-base: 438 MB, some seconds) where it is missing or was made by another recipe. */
export function benchModel(name: keyof typeof recipes = 'bert-base-random'): BenchModel {
  const sizes = recipes[name];
  const folder = path.join(resultsFolder, 'bench', name);
  const recipeFile = path.join(folder, 'recipe.txt');
  const recipe = recipeHash();
  if (!existsSync(recipeFile) || readFileSync(recipeFile, 'utf8') !== recipe) make(folder, sizes, recipe);
  return { folder, onnxFile: path.join(folder, 'model.onnx'), sizes, text };
}

/** Writes beside the final place and renames at the end: a folder of the final name is always complete. */
function make(folder: string, sizes: BertSizes, recipe: string): void {
  console.error(`Writing a model of ${sizes.layers} layers and ${sizes.heads} heads into ${folder} …`);
  const partial = `${folder}-partial`;
  for (const old of [folder, partial]) rmSync(old, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const write = (name: string, contents: Uint8Array | string): void =>
    writeFileSync(path.join(partial, name), contents);
  // The deviation that BERT is initialised with: its attention is then neither even nor on single tokens.
  const graph = new BertGraph({ opset: 14, fused: false, pooler: false, sizes, deviation: 0.02 });
  write('model.onnx', graph.bytes());
  write('config.json', JSON.stringify(configOf(sizes)));
  write('vocab.txt', [...specialTokens, ...words].join('\n'));
  const { native } = wordPieceFrom(path.join(partial, 'vocab.txt'), {});
  native.save(path.join(partial, 'tokenizer.json'));
  write('tokenizer_config.json', JSON.stringify({ tokenizer_class: 'BertTokenizer', mask_token: '[MASK]' }));
  write('recipe.txt', recipe);
  renameSync(partial, folder);
}

function configOf(sizes: BertSizes): Record<string, string | number> {
  return {
    model_type: 'bert',
    num_hidden_layers: sizes.layers,
    hidden_size: sizes.hidden,
    num_attention_heads: sizes.heads,
    intermediate_size: sizes.inner,
    vocab_size: sizes.vocabulary,
    max_position_embeddings: sizes.positions,
  };
}

/** Changes with the code that the model is made by. */
function recipeHash(): string {
  const sources = [
    __filename,
    ...['bertGraph.ts', 'onnxWriter.ts'].map((name) => path.join(__dirname, '../support', name)),
  ];
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  return hash.digest('hex');
}

function text(tokens: number): string {
  const content = Array.from({ length: tokens - 2 }, (_, index) => words[(index * 7919) % words.length]!);
  content[content.length >> 1] = '[MASK]';
  return content.join(' ');
}
