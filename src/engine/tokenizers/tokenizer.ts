import { readFileSync } from 'node:fs';
import * as l10n from '@vscode/l10n';
import {
  bertNormalizer,
  bertPreTokenizer,
  bertProcessing,
  Tokenizer as NativeTokenizer,
  WordPiece,
  wordPieceDecoder,
} from 'tokenizers';
import { HeadlightError, messageOf } from '../../core/errors';
import { readJsonObject, tokenContent, type JsonObject } from '../models/json';
import type { TokenizerFiles } from '../models/layout';
import { requireReadableTables } from './precompiled';

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
}

/** The file that a tokenizer would be loaded from, the best first; null when there is none. */
export function tokenizerFile(files: TokenizerFiles): string | null {
  return files.tokenizerJson ?? files.vocabTxt;
}

/**
 * Loads a tokenizer from `tokenizer.json`, else from `vocab.txt` as BERT's WordPiece. Padding and truncation
 * that a `tokenizer.json` carries are dropped: Headlight shows the whole text.
 * @param folder named in the message when there is no tokenizer.
 */
export function loadTokenizer(files: TokenizerFiles, folder: string): Tokenizer {
  const file = tokenizerFile(files);
  if (!file) {
    throw new HeadlightError(
      'TokenizerMissing',
      l10n.t(
        'There is no tokenizer in {0}. Put tokenizer.json or vocab.txt, as saved with the model, beside the .onnx file.',
        folder,
      ),
    );
  }
  const named = readNames(files);
  try {
    return files.tokenizerJson ? fromTokenizerJson(file, named) : fromVocabulary(file, named);
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
  return {
    native,
    file,
    ...maskOf(native, named),
    unknownTokenId: typeof unknownIndex === 'number' ? unknownIndex : unknown,
    continuingPrefix: typeof prefix === 'string' && prefix ? prefix : null,
  };
}

function fromVocabulary(file: string, named: JsonObject): Tokenizer {
  const vocabulary: Record<string, number> = Object.create(null) as Record<string, number>;
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((token, id) => (vocabulary[token] = id));
  const special = (name: string): [string, number] => {
    const id = vocabulary[name];
    if (id === undefined) {
      throw new HeadlightError(
        'TokenizerInvalid',
        l10n.t('{0} is no BERT vocabulary: it has no {1}.', file, name),
      );
    }
    return [name, id];
  };
  const native = new NativeTokenizer(WordPiece.init(vocabulary, { unkToken: '[UNK]' }));
  native.setNormalizer(
    bertNormalizer({
      lowercase: flag(named, 'do_lower_case') ?? !lines.some((token) => /^[A-Z][a-z]/.test(token)),
      stripAccents: flag(named, 'strip_accents') ?? undefined,
      handleChineseChars: flag(named, 'tokenize_chinese_chars') ?? true,
    }),
  );
  native.setPreTokenizer(bertPreTokenizer());
  native.setDecoder(wordPieceDecoder());
  native.setPostProcessor(bertProcessing(special('[SEP]'), special('[CLS]')));
  native.addSpecialTokens(
    ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].filter((token) => vocabulary[token] !== undefined),
  );
  return {
    native,
    file,
    ...maskOf(native, named),
    unknownTokenId: special('[UNK]')[1],
    continuingPrefix: '##',
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

function flag(object: JsonObject, key: string): boolean | null {
  const value = object[key];
  return typeof value === 'boolean' ? value : null;
}
