import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tokens } from '../../../../src/engine/inspections/tokens';
import { ModelStore } from '../../../../src/engine/models/store';
import type { TokenNote, TokensResult } from '../../../../src/protocol/inspections';
import { strideWindows } from '../../../../src/core/windows';

const folder = mkdtempSync(path.join(tmpdir(), 'headlight-notes-'));
const pieces = ['the', 'un', '##know', '##able', 'e', 'a', '我', '.'];
writeFileSync(
  path.join(folder, 'vocab.txt'),
  ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...pieces].join('\n'),
);
const model = new ModelStore().open(folder);
const never = new AbortController().signal;

const ask = (text: string, pair?: string, most?: number): Promise<TokensResult> =>
  tokens(model, { model: folder, text, pair, most }, never);

/** The notes on the tokens of a text that are of it. */
async function notes(text: string): Promise<(TokenNote | null)[]> {
  const result = await ask(text);
  return result.notes.filter((_, index) => result.tokens[index]!.sequence !== null);
}

describe('notes on tokens', () => {
  it.each<[string, string, TokenNote | null]>([
    ['a text that stays as it is', 'the', null],
    ['lower-casing', 'The', { normalized: 'the', unknown: null }],
    ['accents', 'É', { normalized: 'e', unknown: null }],
    ['a literal mask', '[MASK]', null],
    ['a literal [UNK]', '[UNK]', null],
    [
      'a character without a piece',
      '😀',
      { normalized: null, unknown: { kind: 'noPiece', found: [], rest: '😀' } },
    ],
    [
      'a word that goes on as no piece does',
      'Unknowns',
      { normalized: 'unknowns', unknown: { kind: 'noPiece', found: ['un', '##know'], rest: 'ns' } },
    ],
    [
      'a word that is too long',
      'a'.repeat(101),
      { normalized: null, unknown: { kind: 'tooLong', characters: 101, most: 100 } },
    ],
  ])('tell of %s', async (_, text, note) => {
    expect(await notes(text)).toEqual([note]);
  });

  it('are of the second text of a pair, too', async () => {
    const result = await ask('the', 'The');
    expect(result.notes.filter((note) => note !== null)).toEqual([{ normalized: 'the', unknown: null }]);
  });
});

describe('counts', () => {
  it('are of all tokens, however many are given', async () => {
    const { tokens: given, counts } = await ask('The unknowable 我. xyz', 'the', 2);
    expect(given.map(({ token }) => token)).toEqual(['[CLS]', 'the']);
    expect(counts).toEqual({ tokens: 11, ofText: 8, words: 6, unknown: 1 });
  });

  it('take two masks side by side for two words', async () => {
    expect((await ask('[MASK][MASK] the')).counts.words).toBe(3);
  });
});

describe('strideWindows', () => {
  it('cuts as the reference library does', async () => {
    const { native } = model.tokenizer;
    const text = Array.from({ length: 47 }, (_, index) => pieces[index % 4 === 0 ? 0 : 4]).join(' ');
    for (const [capacity, stride] of [
      [10, 0],
      [10, 3],
      [9, 8],
      [47, 5],
      [46, 1],
      [100, 7],
    ] as const) {
      const whole = await native.encode(text, null, { addSpecialTokens: false });
      const starts = whole.getOffsets().map(([start]) => start);
      whole.truncate(capacity, stride, 'right');
      const expected = [whole, ...whole.getOverflowing()].map((each) => {
        const start = starts.indexOf(each.getOffsets()[0]![0]);
        return { start, end: start + each.getLength() };
      });
      expect(strideWindows(47, capacity, stride)).toEqual(expected);
    }
  });
});

it('reads the longest word from tokenizer.json', async () => {
  const json = JSON.parse(readFileSync('media/models/bert-tiny-en-zh/tokenizer.json', 'utf8')) as {
    model: object;
  };
  const short = mkdtempSync(path.join(tmpdir(), 'headlight-short-'));
  const changed = { ...json, model: { ...json.model, max_input_chars_per_word: 4 } };
  writeFileSync(path.join(short, 'tokenizer.json'), JSON.stringify(changed));
  const result = await tokens(new ModelStore().open(short), { model: short, text: 'house' }, never);
  expect(result.notes[1]).toEqual({
    normalized: null,
    unknown: { kind: 'tooLong', characters: 5, most: 4 },
  });
});

it('says of a tokenizer that is no WordPiece that its vocabulary lacks a word', async () => {
  const own = mkdtempSync(path.join(tmpdir(), 'headlight-words-'));
  const words = { type: 'WordLevel', vocab: { '[UNK]': 0, tea: 1 }, unk_token: '[UNK]' };
  writeFileSync(
    path.join(own, 'tokenizer.json'),
    JSON.stringify({ version: '1.0', pre_tokenizer: { type: 'Whitespace' }, model: words }),
  );
  writeFileSync(path.join(own, 'tokenizer_config.json'), JSON.stringify({ unk_token: '[UNK]' }));
  const result = await tokens(new ModelStore().open(own), { model: own, text: 'tea cups' }, never);
  expect(result.notes).toEqual([null, { normalized: null, unknown: { kind: 'absent', text: 'cups' } }]);
});
