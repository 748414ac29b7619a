import fc from 'fast-check';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModel } from '../../../../src/engine/models/layout';
import { encode } from '../../../../src/engine/tokenizers/encode';
import { loadTokenizer, type Tokenizer } from '../../../../src/engine/tokenizers/tokenizer';
import { awkwardTexts, mixedTexts } from './awkwardTexts';
import { byteLevel, learnMerges, letterOfByte, unigram, wordPiece, type Piece } from './naive';

function tokenizerOf(files: Record<string, string>): Tokenizer {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-family-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return loadTokenizer(findModel(folder).tokenizer, folder);
}

/** The tokens that are of the text. */
async function read(tokenizer: Tokenizer, text: string): Promise<Piece[]> {
  const tokens = await encode(tokenizer, text, undefined, 0);
  return tokens
    .filter(({ special }) => !special)
    .map(({ token, start, end }) => ({ token, start: start!, end: end! }));
}

/** Runs a check over the awkward texts, then over mixtures of them. */
async function overAll(check: (text: string) => Promise<void>): Promise<void> {
  for (const text of awkwardTexts) await check(text);
  await fc.assert(fc.asyncProperty(mixedTexts, check), { numRuns: 300 });
}

describe('WordPiece', () => {
  const folder = path.resolve('media/models/bert-tiny-en-zh');
  const lines = readFileSync(path.join(folder, 'vocab.txt'), 'utf8').trimEnd().split('\n');
  const vocabulary = new Set(lines);

  it('gives the tokens, ids and ranges of an independent tokenizer on awkward texts', async () => {
    const bert = loadTokenizer(findModel(folder).tokenizer, folder);
    await overAll(async (text) => {
      const tokens = await encode(bert, text, undefined, 0);
      const content = tokens.filter(({ special }) => !special);
      const expected = wordPiece(text, vocabulary);
      expect(content.map(({ token, start, end }) => ({ token, start, end }))).toEqual(expected);
      expect(content.map(({ id }) => id)).toEqual(expected.map(({ token }) => lines.indexOf(token)));
    });
  });
});

describe('WordPiece that keeps case, from vocab.txt alone', () => {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  // Every other character of the texts, alone and within a word, and some of their words.
  const characters = [...new Set(awkwardTexts.join(''))].filter((each) => !/[\s\p{C}\ufffd]/u.test(each));
  const known = characters.filter((_, index) => index % 2 === 0);
  const words = ['The', 'the', 'Yes', 'English', 'Ångström', 'São', '##ing', '##ly', '中文', '##文'];
  const lines = [...new Set([...special, ...words, ...known, ...known.map((each) => `##${each}`)])];

  it('gives the tokens, ids and ranges of an independent tokenizer on awkward texts', async () => {
    const cased = tokenizerOf({
      'vocab.txt': lines.join('\n'),
      'tokenizer_config.json': '{"do_lower_case": false}',
    });
    await overAll(async (text) => {
      const expected = wordPiece(text, new Set(lines), true);
      expect(await read(cased, text)).toEqual(expected);
      const ids = (await encode(cased, text, undefined, 0))
        .filter(({ special: added }) => !added)
        .map(({ id }) => id);
      expect(ids).toEqual(expected.map(({ token }) => lines.indexOf(token)));
    });
  });
});

describe('byte-level BPE from vocab.json and merges.txt', () => {
  const merges = learnMerges(awkwardTexts, 60);
  const ranks = new Map(merges.map((merge, rank) => [merge, rank]));
  const pieces = [...letterOfByte, ...merges.map((merge) => merge.replace(' ', ''))];
  const filesOf = (special: string[]): Record<string, string> => ({
    'vocab.json': JSON.stringify(Object.fromEntries([...special, ...pieces].map((token, id) => [token, id]))),
    'merges.txt': `#version: 0.2\n${merges.join('\n')}\n`,
  });

  it('learns merges to be checked with', () => {
    expect(merges.length).toBe(60);
    expect(merges).toContain('Ġ t');
  });

  it('gives the tokens and ranges of an independent GPT-2 tokenizer on awkward texts', async () => {
    const gpt2 = tokenizerOf(filesOf(['<|endoftext|>']));
    await overAll(async (text) => {
      expect(await read(gpt2, text)).toEqual(byteLevel(text, ranks));
    });
    const text = 'naïve 😀 café.';
    const ids = (await encode(gpt2, text, undefined, 0)).map(({ id }) => id);
    expect(await gpt2.native.decode(ids, false)).toBe(text);
  });

  it('puts <s> and </s> around a text for RoBERTa, and leaves the space before a word out of its range', async () => {
    const roberta = tokenizerOf(filesOf(['<s>', '<pad>', '</s>', '<unk>', '<mask>']));
    expect(roberta).toMatchObject({ maskToken: '<mask>', maskTokenId: 4, unknownTokenId: 3 });
    const whole = await encode(roberta, 'a', 'c', 0);
    expect(whole.map(({ token }) => token)).toEqual(['<s>', 'a', '</s>', '</s>', 'c', '</s>']);
    await overAll(async (text) => {
      const trimmed = byteLevel(text, ranks).map(({ token, start, end }) => {
        const spaces = /^Ġ*/.exec(token)![0].length;
        return { token, start: Math.min(start + spaces, end), end };
      });
      expect(await read(roberta, text)).toEqual(trimmed);
    });
  });

  it('gives the mask of RoBERTa its own place, without the space before it that it takes', async () => {
    const roberta = tokenizerOf(filesOf(['<s>', '<pad>', '</s>', '<unk>', '<mask>']));
    const masked = await encode(roberta, 'a  <mask>!', undefined, 0);
    expect(masked.map(({ token, mask, start, end }) => [token, mask, start, end])).toEqual([
      ['<s>', false, null, null],
      ['a', false, 0, 1],
      ['<mask>', true, 3, 9],
      ['!', false, 9, 10],
      ['</s>', false, null, null],
    ]);
  });

  it.each([
    ['a vocabulary of another kind', { 'vocab.json': '{"a": 0}', 'merges.txt': '' }, /byte-level BPE/],
    ['a list', { 'vocab.json': '[1]', 'merges.txt': '' }, /vocab\.json/],
    ['a line that is no merge', { 'vocab.json': '{"Ġ": 0}', 'merges.txt': '#version\na b c\n' }, /Line 2 of/],
    ['a merge of no token', { 'vocab.json': '{"Ġ": 0}', 'merges.txt': 'x y\n' }, /vocab\.json/],
    ['merges.txt alone', { 'merges.txt': 'x y\n' }, /There is no tokenizer/],
  ])('says what is wrong with %s', (_, files, message) => {
    expect(() => tokenizerOf(files)).toThrowError(message);
  });
});

describe('Unigram from tokenizer.json', () => {
  const texts = ['the cat', 'unbelievable cats', 'x the', 'thethe 猫 cat', 'ab😀cd the'];
  const scores: [string, number][] = [
    ['<unk>', 0],
    ['▁', -3],
    ['▁the', -2],
    ['▁cat', -2.5],
    ['s', -3],
    ['the', -4],
    ['▁un', -3.5],
    ['believ', -5],
    ['able', -4.5],
    ...[...'abcdehiltuv'].map((letter): [string, number] => [letter, -6 - letter.charCodeAt(0) / 1000]),
  ];
  const json = {
    version: '1.0',
    ...{ truncation: null, padding: null, normalizer: null, post_processor: null, decoder: null },
    added_tokens: [],
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: 0, vocab: scores, byte_fallback: false },
  };

  it('gives the most probable pieces of awkward texts with the ranges of an exhaustive search', async () => {
    const tokenizer = tokenizerOf({ 'tokenizer.json': JSON.stringify(json) });
    const known = new Map(scores.slice(1));
    // The library's penalty for what it does not know: 10 below the least probable piece.
    const unknown = Math.min(...known.values()) - 10;
    const check = async (text: string): Promise<void> => {
      expect(await read(tokenizer, text)).toEqual(unigram(text, known, unknown));
    };
    for (const text of texts) await check(text);
    await overAll(check);
  });
});
