/** The model that is measured: bert-base in all its sizes, with random weights, made once and kept. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BertGraph, bertBaseSizes } from '../support/bertGraph';
import { resultsFolder } from '../support/paths';

export interface BenchModel {
  /** Holds `model.onnx`, `config.json` and `vocab.txt`. */
  folder: string;
  onnxFile: string;
  /** A text of exactly so many tokens, [CLS] and [SEP] included, with one `[MASK]` in its middle. */
  text(tokens: number): string;
}

const { layers, hidden, heads, inner, vocabulary, positions } = bertBaseSizes;

const config = {
  model_type: 'bert',
  num_hidden_layers: layers,
  hidden_size: hidden,
  num_attention_heads: heads,
  intermediate_size: inner,
  vocab_size: vocabulary,
  max_position_embeddings: positions,
};

const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const syllables = [...'bdfghklmnprstvwz'].flatMap((consonant) =>
  [...'aeiou'].map((vowel) => consonant + vowel),
);

/** The words of the vocabulary, each of three syllables. */
const words = Array.from({ length: vocabulary - specialTokens.length }, (_, index) =>
  [0, 1, 2]
    .map((place) => syllables[Math.floor(index / syllables.length ** place) % syllables.length])
    .join(''),
);

/** The model, made anew (438 MB, some seconds) where it is missing or was made by another recipe. */
export function benchModel(): BenchModel {
  const folder = path.join(resultsFolder, 'bench', 'bert-base-random');
  const recipeFile = path.join(folder, 'recipe.txt');
  const recipe = recipeHash();
  if (!existsSync(recipeFile) || readFileSync(recipeFile, 'utf8') !== recipe) make(folder, recipe);
  return { folder, onnxFile: path.join(folder, 'model.onnx'), text };
}

/** Writes beside the final place and renames at the end: a folder of the final name is always complete. */
function make(folder: string, recipe: string): void {
  console.error(`Writing a model of bert-base's size into ${folder} …`);
  const partial = `${folder}-partial`;
  for (const old of [folder, partial]) rmSync(old, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const write = (name: string, contents: Uint8Array | string): void =>
    writeFileSync(path.join(partial, name), contents);
  // The deviation that BERT is initialised with: its attention is then neither even nor on single tokens.
  const graph = new BertGraph({
    opset: 14,
    fused: false,
    pooler: false,
    sizes: bertBaseSizes,
    deviation: 0.02,
  });
  write('model.onnx', graph.bytes());
  write('config.json', JSON.stringify(config));
  write('vocab.txt', [...specialTokens, ...words].join('\n'));
  write('recipe.txt', recipe);
  renameSync(partial, folder);
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
