import * as l10n from '@vscode/l10n';
import { Tokenizer as NativeTokenizer } from 'tokenizers';
import { HeadlightError, messageOf } from '../../core/errors';
import { readJsonObject, tokenContent, type JsonObject } from '../models/json';
import type { TokenizerFiles } from '../models/layout';
import { requireReadableTables } from './precompiled';
import { byteLevelFrom, wordPieceFrom } from './vocabularies';

const longestReason = 300;

/** A tokenizer by the reference library, with the names of its special tokens. */
export interface Tokenizer {
  native: NativeTokenizer;
  file: string;
  maskToken: string | null;
  maskTokenId: number | null;
  unknownTokenId: number | null;
  /** How a token that continues a word begins (`##`), null for families that mark the word's start. */
  continuingPrefix: string | null;
  /** Of WordPiece: how a piece that continues a word begins, and the longest word that is cut into pieces. */
  wordPiece: { prefix: string; mostCharacters: number } | null;
}

/** A word's characters above which WordPiece gives up, where its file does not say. */
const mostWordCharacters = 100;

/** The file that a tokenizer would be loaded from, the best first; null when there is none. */
export function tokenizerFile(files: TokenizerFiles): string | null {
  return files.tokenizerJson ?? files.vocabTxt ?? (files.mergesTxt && files.vocabJson);
}

/**
 * Loads a tokenizer from `tokenizer.json`, else from `vocab.txt` as BERT's WordPiece, else from `vocab.json` and
 * `merges.txt` as the byte-level BPE of RoBERTa and GPT-2. Padding and truncation that a `tokenizer.json` carries are
 * dropped: Headlight shows the whole text.
 * @param folder named in the message when there is no tokenizer.
 */
export function loadTokenizer(files: TokenizerFiles, folder: string): Tokenizer {
  const file = tokenizerFile(files);
  if (!file) {
    throw new HeadlightError(
      'TokenizerMissing',
      l10n.t(
        'There is no tokenizer in {0}. Put tokenizer.json, vocab.txt, or vocab.json with merges.txt, as saved with the model, beside the .onnx file.',
        folder,
      ),
    );
  }
  const named = readNames(files);
  try {
    if (files.tokenizerJson) return fromTokenizerJson(file, named);
    if (files.vocabTxt) {
      const { native, unknownTokenId } = wordPieceFrom(file, named);
      const wordPiece = { prefix: '##', mostCharacters: mostWordCharacters };
      return { native, file, ...maskOf(native, named), unknownTokenId, continuingPrefix: '##', wordPiece };
    }
    const { native, unknownTokenId } = byteLevelFrom(file, files.mergesTxt!, named);
    const none = { continuingPrefix: null, wordPiece: null };
    return { native, file, ...maskOf(native, named), unknownTokenId, ...none };
  } catch (error) {
    throw broken(file, error);
  }
}

/** What the reference library refuses, as an error about its file. */
export function broken(file: string, error: unknown): HeadlightError {
  if (error instanceof HeadlightError) return error;
  // The library may quote a whole value of the file.
  const reason = messageOf(error).slice(0, longestReason);
  return new HeadlightError('TokenizerInvalid', l10n.t('The tokenizer {0} is broken: {1}', file, reason));
}

function fromTokenizerJson(file: string, named: JsonObject): Tokenizer {
  const description = readJsonObject(file, 'TokenizerInvalid');
  requireReadableTables(description['normalizer']);
  const native = NativeTokenizer.fromString(
    JSON.stringify({ ...description, padding: null, truncation: null }),
  );
  const model = (description['model'] ?? {}) as JsonObject;
  const unknownIndex = model['unk_id'];
  const unknown = typeof model['unk_token'] === 'string' ? native.tokenToId(model['unk_token']) : null;
  const prefix = model['continuing_subword_prefix'];
  const most = model['max_input_chars_per_word'];
  return {
    native,
    file,
    ...maskOf(native, named),
    unknownTokenId: typeof unknownIndex === 'number' ? unknownIndex : unknown,
    continuingPrefix: typeof prefix === 'string' && prefix ? prefix : null,
    wordPiece:
      typeof most === 'number'
        ? { prefix: typeof prefix === 'string' ? prefix : '##', mostCharacters: most }
        : null,
  };
}

/** What `special_tokens_map.json` and `tokenizer_config.json` say together. */
function readNames(files: TokenizerFiles): JsonObject {
  return [files.specialTokensMap, files.tokenizerConfig]
    .filter((file) => file !== null)
    .reduce<JsonObject>((all, file) => ({ ...all, ...readJsonObject(file, 'TokenizerInvalid') }), {});
}

function maskOf(native: NativeTokenizer, named: JsonObject): Pick<Tokenizer, 'maskToken' | 'maskTokenId'> {
  for (const maskToken of [tokenContent(named['mask_token']), '[MASK]', '<mask>']) {
    const maskTokenId = maskToken === null ? null : native.tokenToId(maskToken);
    if (maskTokenId !== null) return { maskToken, maskTokenId };
  }
  return { maskToken: null, maskTokenId: null };
}
