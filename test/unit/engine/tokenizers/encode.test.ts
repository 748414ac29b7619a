import fc from 'fast-check';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModel } from '../../../../src/engine/models/layout';
import { encode } from '../../../../src/engine/tokenizers/encode';
import { loadTokenizer, type Tokenizer } from '../../../../src/engine/tokenizers/tokenizer';
import type { EncodedToken } from '../../../../src/protocol/encoding';

const embedded = path.resolve('media/models/bert-tiny-en-zh');
const bert = loadTokenizer(findModel(embedded).tokenizer, embedded);

function fromVocabulary(tokens: string[], config?: object): Tokenizer {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-vocabulary-'));
  writeFileSync(
    path.join(folder, 'vocab.txt'),
    ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...tokens].join('\n'),
  );
  if (config) writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return loadTokenizer(findModel(folder).tokenizer, folder);
}

/** What a token's part of the text should look like once BERT's normalisation is applied to it. */
function normalised(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\ufffd]/gu, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .trim();
}

async function ranges(tokenizer: Tokenizer, text: string): Promise<[string, string | null][]> {
  const tokens = await encode(tokenizer, text, undefined, 0);
  return tokens.map(({ token, start, end }) => [token, start === null ? null : text.slice(start, end!)]);
}

describe('encode', () => {
  it.each<[string, string, string[]]>([
    ['lower-casing', 'The CAT', ['The', 'CAT']],
    ['accent stripping', 'café', ['caf', 'é']],
    ['combining marks (dropped ones belong to no token)', 'cafe\u0301 cat', ['caf', 'e', 'cat']],
    ['CJK spacing', '我the你', ['我', 'the', '你']],
    ['full-width forms', '，the！', ['，', 'the', '！']],
    ['surrogate pairs', '😀 the 𠀀cat', ['😀', 'the', '𠀀', 'cat']],
    ['control characters', 'th\u0000e\u200b\tcat\r\n', ['th\u0000e', 'cat']],
    ['a lone surrogate', 'the \ud83d cat', ['the', 'cat']],
    ['a literal mask', 'the [MASK] cat', ['the', '[MASK]', 'cat']],
  ])('gives ranges in the source under %s', async (_, text, words) => {
    const tokenizer = fromVocabulary(['the', 'cat', 'caf', '##e', '我', '你', '，', '！']);
    const found = (await ranges(tokenizer, text)).flatMap(([, slice]) => (slice === null ? [] : [slice]));
    expect(found).toEqual(words);
  });

  it('gives null ranges and the special flag to added tokens only', async () => {
    const tokens = await encode(bert, '[CLS] a [MASK]', 'b', 0);
    const row = ({ token, special, start, segmentId, sequence }: EncodedToken): unknown[] => [
      token,
      special,
      start,
      segmentId,
      sequence,
    ];
    expect(tokens.map(row)).toEqual([
      ['[CLS]', true, null, 0, null],
      ['[CLS]', false, 0, 0, 0],
      ['a', false, 6, 0, 0],
      ['[MASK]', false, 8, 0, 0],
      ['[SEP]', true, null, 0, null],
      ['b', false, 0, 1, 1],
      ['[SEP]', true, null, 1, null],
    ]);
    expect(tokens.map(({ positionId }) => positionId)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('gives, for any text, the normalised source of each known token', async () => {
    const texts = fc.array(
      fc.oneof(
        fc.constantFrom(
          'The',
          'café',
          '我喜欢',
          '，',
          '😀',
          'ﬁ',
          'Å',
          'e\u0301',
          '\u0000',
          ' ',
          '\n',
          '１２',
          '\ud83d',
        ),
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.string({ maxLength: 6 }),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (parts) => {
        const text = parts.join('');
        let before = 0;
        for (const token of await encode(bert, text, undefined, 0)) {
          if (token.special) continue;
          const { start, end } = token as { start: number; end: number };
          expect(start).toBeGreaterThanOrEqual(before === start ? start : Math.min(before, start));
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          if (!token.unknown && !token.mask) {
            expect(normalised(text.slice(start, end))).toBe(token.token.replace(/^##/, ''));
          }
          before = start;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('covers every letter of the source, in order and without overlap', async () => {
    const text = 'The café opens at 9 — 我喜欢喝茶。 Señor Ångström naïve coöperation, ＡＢＣ １２３';
    const covered = (await encode(bert, text, undefined, 0)).filter(({ special }) => !special);
    let end = 0;
    for (const token of covered) {
      expect(text.slice(end, token.start!).trim()).toBe('');
      end = token.end!;
    }
    expect(text.slice(end).trim()).toBe('');
  });

  it('reads the whole text whatever truncation or padding tokenizer.json carries', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-truncated-'));
    const description = JSON.parse(readFileSync(path.join(embedded, 'tokenizer.json'), 'utf8')) as object;
    const truncation = { direction: 'Right', max_length: 8, strategy: 'LongestFirst', stride: 0 };
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...description, truncation }));
    const tokenizer = loadTokenizer(findModel(folder).tokenizer, folder);
    expect(await encode(tokenizer, 'a '.repeat(100), undefined, 0)).toHaveLength(102);
  });
});

describe('loadTokenizer', () => {
  it('takes vocab.txt alone to the same tokens as tokenizer.json', async () => {
    const fromText = loadTokenizer({ ...findModel(embedded).tokenizer, tokenizerJson: null }, embedded);
    const text = 'The café in Ångström is [MASK], 我喜欢喝茶。😀 unbelievably!';
    expect(await encode(fromText, text, 'second', 0)).toEqual(await encode(bert, text, 'second', 0));
  });

  it('keeps case where the vocabulary has it, or its config says so', async () => {
    expect((await ranges(fromVocabulary(['The', 'the']), 'The')).map(([token]) => token)).toContain('The');
    const told = fromVocabulary(['The', 'the'], { do_lower_case: true });
    expect((await ranges(told, 'The')).map(([token]) => token)).toContain('the');
  });

  it.each([
    ['no tokenizer', {}, 'TokenizerMissing'],
    ['a broken tokenizer.json', { 'tokenizer.json': '{"model":' }, 'TokenizerInvalid'],
    ['a tokenizer.json of another kind', { 'tokenizer.json': '{"hello": 1}' }, 'TokenizerInvalid'],
    ['a vocabulary of another family', { 'vocab.txt': 'a\nb\n' }, 'TokenizerInvalid'],
  ])('says what is wrong with %s', (_, files, code) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-broken-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    expect(() => loadTokenizer(findModel(folder).tokenizer, folder)).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining(folder) }),
    );
  });
});
