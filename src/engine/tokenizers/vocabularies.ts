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
import { HeadlightError } from '../../core/errors';
import { readJsonObject, tokenContent, type JsonObject } from '../models/json';

/** A tokenizer made of its vocabulary. */
interface FromVocabulary {
  native: NativeTokenizer;
  unknownTokenId: number | null;
}

type Vocabulary = Record<string, number>;

/**
 * BERT's WordPiece from `vocab.txt`, one token a line.
 * @param named what `tokenizer_config.json` and `special_tokens_map.json` say.
 * @throws HeadlightError `TokenizerInvalid` for a vocabulary of another family.
 */
export function wordPieceFrom(file: string, named: JsonObject): FromVocabulary {
  const vocabulary = Object.create(null) as Vocabulary;
  const lines = linesOf(file);
  lines.forEach((token, id) => (vocabulary[token] = id));
  const special = (name: string): [string, number] => {
    const id = vocabulary[name];
    if (id !== undefined) return [name, id];
    throw new HeadlightError(
      'TokenizerInvalid',
      l10n.t('{0} is no BERT vocabulary: it has no {1}.', file, name),
    );
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
  return { native, unknownTokenId: special('[UNK]')[1] };
}

/**
 * Byte-level BPE from `vocab.json` and `merges.txt`: RoBERTa's where the vocabulary has its `<s>` and `</s>`, which go
 * around a text, else GPT-2's.
 * @throws HeadlightError `TokenizerInvalid` for files of another family, or a line that is no merge.
 */
export function byteLevelFrom(vocabFile: string, mergesFile: string, named: JsonObject): FromVocabulary {
  const vocabulary = readVocabulary(vocabFile);
  const add_prefix_space = flag(named, 'add_prefix_space') ?? false;
  const byteLevel = { type: 'ByteLevel', add_prefix_space, trim_offsets: false, use_regex: true };
  const [begin, end] = [vocabulary['<s>'], vocabulary['</s>']];
  const roberta = { type: 'RobertaProcessing', sep: ['</s>', end], cls: ['<s>', begin], add_prefix_space };
  const mask = tokenContent(named['mask_token']) ?? '<mask>';
  const added = ['<s>', '<pad>', '</s>', '<unk>', '<|endoftext|>', mask].flatMap((content) => {
    const id = vocabulary[content];
    if (id === undefined) return [];
    // The mask takes the space before it, as RoBERTa was trained.
    const sides = { single_word: false, lstrip: content === mask, rstrip: false };
    return [{ id, content, ...sides, normalized: false, special: true }];
  });
  const native = NativeTokenizer.fromString(
    JSON.stringify({
      ...{ version: '1.0', truncation: null, padding: null, normalizer: null },
      added_tokens: added,
      pre_tokenizer: byteLevel,
      post_processor:
        begin === undefined || end === undefined ? byteLevel : { ...roberta, trim_offsets: true },
      decoder: byteLevel,
      model: { type: 'BPE', vocab: vocabulary, merges: readMerges(mergesFile) },
    }),
  );
  return { native, unknownTokenId: vocabulary['<unk>'] ?? null };
}

function readVocabulary(file: string): Vocabulary {
  const entries = Object.entries(readJsonObject(file, 'TokenizerInvalid'));
  const isVocabulary = entries.every(([, id]) => Number.isInteger(id) && Number(id) >= 0);
  // The space before a word is a letter of byte-level tokens.
  if (isVocabulary && entries.some(([token]) => token.includes('Ġ'))) {
    return Object.assign(Object.create(null) as Vocabulary, Object.fromEntries(entries));
  }
  throw new HeadlightError(
    'TokenizerInvalid',
    l10n.t(
      '{0} is no vocabulary of byte-level BPE, as RoBERTa and GPT-2 have it: a JSON object with an id for each token, some of which begin with Ġ. Save tokenizer.json with the model instead.',
      file,
    ),
  );
}

function readMerges(file: string): [string, string][] {
  return linesOf(file).flatMap((line, index): [string, string][] => {
    if (line === '' || (index === 0 && line.startsWith('#version'))) return [];
    const [left, right, more] = line.split(' ');
    if (left && right && more === undefined) return [[left, right]];
    throw new HeadlightError(
      'TokenizerInvalid',
      l10n.t('Line {0} of {1} is no merge: two tokens with a space between them.', index + 1, file),
    );
  });
}

function linesOf(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function flag(object: JsonObject, key: string): boolean | null {
  const value = object[key];
  return typeof value === 'boolean' ? value : null;
}
