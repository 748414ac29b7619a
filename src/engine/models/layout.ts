import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { isCheckpoint } from '../../core/checkpoints';
import { HeadlightError } from '../../core/errors';

/** Where the parts of a model lie; absolute paths, null for what is not there. */
export interface ModelLayout {
  /** The folder's name or, for a bare `.onnx`, the file's; where a folder has several variants, both. */
  name: string;
  path: string;
  onnxFile: string | null;
  /** The decoder's graph where `onnxFile` is the encoder's alone. */
  decoderFile: string | null;
  /** The decoder that goes on from earlier keys, beside that one; it is not run. */
  pastFile: string | null;
  /** Every `.onnx` file that could answer in its place, itself among them, the folder's default first. */
  variants: string[];
  config: string | null;
  /** How its text is to be generated. */
  generationConfig: string | null;
  /** The weights of a framework, from which a graph can be exported; only looked for where there is no graph. */
  checkpoint: string | null;
  tokenizer: TokenizerFiles;
}

/** The files that describe a tokenizer, as the BERT family ships them. */
export interface TokenizerFiles {
  tokenizerJson: string | null;
  vocabTxt: string | null;
  /** Of byte-level BPE, together. */
  vocabJson: string | null;
  mergesTxt: string | null;
  tokenizerConfig: string | null;
  specialTokensMap: string | null;
}

/**
 * Finds the parts of a model in the layouts that exporters write: all in one folder (Optimum), the graph in
 * an `onnx/` subfolder (the hub), or a bare `.onnx` with its tokenizer beside it or one folder up.
 * @param location absolute path of a folder or an `.onnx` file.
 * @throws HeadlightError `ModelNotFound` when nothing is there, `OnnxInvalid` for a file of another kind.
 */
export function findModel(location: string): ModelLayout {
  const stats = statSync(location, { throwIfNoEntry: false });
  if (!stats) {
    throw new HeadlightError('ModelNotFound', l10n.t('There is no model at {0}.', location));
  }
  if (stats.isDirectory()) return findInFolder(location);
  if (!location.toLowerCase().endsWith('.onnx')) {
    throw new HeadlightError(
      'OnnxInvalid',
      l10n.t('{0} is not an .onnx file. Choose an .onnx file or the folder that holds it.', location),
    );
  }
  const folder = path.dirname(location);
  const root = rootOf(folder);
  const files = pairOf(location);
  const variants = variantsIn(root);
  return {
    ...besideGraph(folder),
    ...files,
    name: variants.length > 1 ? nameIn(root, files.onnxFile) : path.basename(location),
    path: location,
    // A file in another folder than exporters use has no variants.
    variants: variants.includes(files.onnxFile) ? variants : [files.onnxFile],
    checkpoint: null,
  };
}

function findInFolder(folder: string): ModelLayout {
  const variants = variantsIn(folder);
  const [standard] = variants;
  const none = { onnxFile: null, decoderFile: null, pastFile: null };
  return {
    ...besideGraph(folder),
    ...(standard === undefined ? none : pairOf(standard)),
    name: standard !== undefined && variants.length > 1 ? nameIn(folder, standard) : path.basename(folder),
    path: folder,
    variants,
    checkpoint: variants.length > 0 ? null : (readdirSync(folder).find(isCheckpoint) ?? null),
  };
}

/** A folder and one of its variants. */
function nameIn(folder: string, file: string): string {
  return `${path.basename(folder)} · ${path.relative(folder, file).replaceAll(path.sep, '/')}`;
}

/** The hub keeps graphs in `onnx/` and everything else one folder up. */
function rootOf(folder: string): string {
  return path.basename(folder) === 'onnx' ? path.dirname(folder) : folder;
}

const pairName = /^(encoder|decoder)_model(?<variant>.*)\.onnx$/;

/** Exporters write an encoder and its decoder as two files: either of them stands for both. */
function pairOf(file: string): Pick<ModelLayout, 'decoderFile' | 'pastFile'> & { onnxFile: string } {
  const variant = pairName.exec(path.basename(file))?.groups?.variant;
  const beside = (part: string): string | null => {
    const other = path.join(path.dirname(file), `${part}${variant}.onnx`);
    return existsSync(other) ? other : null;
  };
  const [encoder, decoder] = variant === undefined ? [] : [beside('encoder_model'), beside('decoder_model')];
  if (!encoder || !decoder) return { onnxFile: file, decoderFile: null, pastFile: null };
  return { onnxFile: encoder, decoderFile: decoder, pastFile: beside('decoder_with_past_model') };
}

/** The graphs that could answer for a folder, the default first; decoders are parts of the model beside their encoder. */
function variantsIn(folder: string): string[] {
  return [folder, path.join(folder, 'onnx')].flatMap((place) => {
    const files = onnxFiles(place);
    const isEncoder = (file: string): boolean => path.basename(file).startsWith('encoder_model');
    return files.some(isEncoder)
      ? files.filter((file) => !path.basename(file).startsWith('decoder_'))
      : files;
  });
}

const preferred = ['model.onnx', 'encoder_model.onnx'];

/** The plain export first, of an encoder and a decoder the encoder, then the variants by name. */
function onnxFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const rank = (name: string): number => {
    const at = preferred.indexOf(name);
    return at < 0 ? preferred.length : at;
  };
  return readdirSync(folder)
    .filter((name) => name.toLowerCase().endsWith('.onnx'))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => path.join(folder, name));
}

function besideGraph(folder: string): Pick<ModelLayout, 'config' | 'generationConfig' | 'tokenizer'> {
  const folders = [...new Set([folder, rootOf(folder)])];
  const find = (name: string): string | null =>
    folders.map((each) => path.join(each, name)).find((file) => existsSync(file)) ?? null;
  return {
    config: find('config.json'),
    generationConfig: find('generation_config.json'),
    tokenizer: {
      tokenizerJson: find('tokenizer.json'),
      vocabTxt: find('vocab.txt'),
      vocabJson: find('vocab.json'),
      mergesTxt: find('merges.txt'),
      tokenizerConfig: find('tokenizer_config.json'),
      specialTokensMap: find('special_tokens_map.json'),
    },
  };
}
