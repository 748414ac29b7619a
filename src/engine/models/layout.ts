import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { isCheckpoint } from '../../core/checkpoints';
import { HeadlightError } from '../../core/errors';

/** Where the parts of a model lie; absolute paths, null for what is not there. */
export interface ModelLayout {
  /** The folder's name, or the file's for a bare `.onnx`. */
  name: string;
  path: string;
  onnxFile: string | null;
  /** The decoder's graph where `onnxFile` is the encoder's alone. */
  decoderFile: string | null;
  variants: string[];
  config: string | null;
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
  return {
    ...besideGraph(folder),
    name: path.basename(location),
    path: location,
    onnxFile: location,
    decoderFile: null,
    variants: [location],
    checkpoint: null,
  };
}

function findInFolder(folder: string): ModelLayout {
  const own = onnxFiles(folder);
  const nested = onnxFiles(path.join(folder, 'onnx'));
  const variants = [...own, ...nested];
  return {
    ...besideGraph(folder),
    name: path.basename(folder),
    path: folder,
    onnxFile: variants[0] ?? null,
    decoderFile: decoderBeside(variants[0]),
    variants,
    checkpoint: variants.length > 0 ? null : (readdirSync(folder).find(isCheckpoint) ?? null),
  };
}

/** Exporters write an encoder and its decoder as two files. */
function decoderBeside(encoder: string | undefined): string | null {
  if (encoder === undefined || path.basename(encoder) !== 'encoder_model.onnx') return null;
  const decoder = path.join(path.dirname(encoder), 'decoder_model.onnx');
  return existsSync(decoder) ? decoder : null;
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

function besideGraph(folder: string): Pick<ModelLayout, 'config' | 'tokenizer'> {
  // The hub keeps graphs in `onnx/` and everything else one folder up.
  const folders = path.basename(folder) === 'onnx' ? [folder, path.dirname(folder)] : [folder];
  const find = (name: string): string | null =>
    folders.map((each) => path.join(each, name)).find((file) => existsSync(file)) ?? null;
  return {
    config: find('config.json'),
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
