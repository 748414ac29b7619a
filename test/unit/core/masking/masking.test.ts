import { describe, expect, it } from 'vitest';
import { inputIdsOf, labelsOf, maskPattern, policies, unitsFor } from '../../../../src/core/masking/masking';
import { randomFor } from '../../../../src/core/masking/random';
import { isMaskable, wordFinder, wordUnits, type MaskUnit } from '../../../../src/core/masking/units';
import type { EncodedToken } from '../../../../src/protocol/encoding';
import type { MaskingPolicy, MaskPattern } from '../../../../src/protocol/masking';

const [maskId, firstWord, vocabularySize] = [4, 5, 1000];
const vocabulary = {
  maskId,
  randomIds: Array.from({ length: vocabularySize - firstWord }, (_, at) => firstWord + at),
};

function token(index: number, word: number | null, parts: Partial<EncodedToken> = {}): EncodedToken {
  return {
    ...{ token: 'w', id: firstWord + (index % 900), segmentId: 0, positionId: index, attentionMask: 1 },
    ...{ special: word === null, start: index, end: index + 1, sequence: word === null ? null : 0 },
    ...{ word, unknown: false, mask: false, ...parts },
  };
}

/** A million tokens: words of one to three pieces; an entity of two words every ten; special tokens in between. */
const tokens: EncodedToken[] = [];
for (let word = 0; tokens.length < 1_000_000; word++) {
  for (let piece = 0; piece <= word % 3; piece++) tokens.push(token(tokens.length, word));
  if (word % 50 === 0) tokens.push(token(tokens.length, null, { token: '[SEP]', id: 3 }));
  if (word % 70 === 0) tokens.push(token(tokens.length, word, { token: '[SEP]', id: 3 }));
}
const entities = tokens.flatMap(({ word, start }, at) =>
  word !== null && word % 10 === 3 && tokens[at - 1]!.word !== word
    ? [{ start: start!, end: start! + 3 }]
    : [],
);
const maskable = tokens.filter(isMaskable).length;

function patternOf(policy: MaskingPolicy, units: MaskUnit[], seed: number, of = tokens): MaskPattern {
  return maskPattern(of, { policy, rate: 0.15, units }, vocabulary, randomFor(seed, 0, 0));
}

/** Whether a count is within `deviations` standard deviations of a binomial's mean. */
function expectBinomial(count: number, trials: number, share: number, spread = 1): void {
  const deviation = Math.sqrt(trials * share * (1 - share) * spread);
  expect(Math.abs(count - trials * share)).toBeLessThan(4 * deviation);
}

describe.each(policies)('masking by %s, over a million tokens', (policy) => {
  const units = unitsFor(policy, tokens, [], [entities, []]);
  const pattern = patternOf(policy, units, 11);

  it('masks its share, of which 80, 10 and 10 %', () => {
    // Tokens that are masked together vary together: by at most as many as three words have.
    const spread = { token: 1, word: 3, span: 9, entity: 3 }[policy];
    expectBinomial(pattern.masked.length, maskable, 0.15, spread);
    const count = (action: string): number => pattern.masked.filter((each) => each.action === action).length;
    expectBinomial(count('mask'), pattern.masked.length, 0.8);
    expectBinomial(count('random'), pattern.masked.length, 0.1);
    expectBinomial(count('keep'), pattern.masked.length, 0.1);
  });

  it('masks no special token, and each token at most once', () => {
    expect(pattern.masked.every(({ position }) => tokens[position]!.token !== '[SEP]')).toBe(true);
    expect(new Set(pattern.masked.map(({ position }) => position)).size).toBe(pattern.masked.length);
  });

  it('labels the original ids, and shows what it says', () => {
    const [labels, ids] = [labelsOf(tokens, pattern), inputIdsOf(tokens, pattern)];
    const targets = new Map(pattern.masked.map((each) => [each.position, each]));
    const wrong = tokens.filter(({ id }, at) => {
      const target = targets.get(at);
      if (labels[at] !== (target ? id : -100)) return true;
      if (!target || target.action === 'keep') return ids[at] !== id;
      return target.action === 'mask' ? ids[at] !== maskId : ids[at]! < firstWord;
    });
    expect(wrong).toEqual([]);
  });

  it('is the same for a seed, and another for another', () => {
    expect(JSON.stringify(patternOf(policy, units, 11))).toBe(JSON.stringify(pattern));
    expect(patternOf(policy, units, 12).masked[0]).not.toEqual(pattern.masked[0]);
  });

  it('masks what belongs together whole', () => {
    const masked = new Set(pattern.masked.map(({ position }) => position));
    const torn = units.filter(({ start, end }) => {
      const own = Array.from({ length: end - start }, (_, at) => masked.has(start + at));
      return own.includes(true) && own.includes(false);
    });
    expect(torn).toEqual([]);
  });
});

it('n-grams have the lengths of ALBERT: 6, 3 and 2 of 11', () => {
  const words = Array.from({ length: 300_000 }, (_, word) => token(word, word));
  const { spans } = patternOf('span', unitsFor('span', words, [], [[], []]), 5, words);
  const lengths = spans.map(({ start, end }) => end - start);
  for (const [at, share] of [6 / 11, 3 / 11, 2 / 11].entries()) {
    expectBinomial(lengths.filter((length) => length === at + 1).length, lengths.length, share);
  }
  expect(Math.max(...new Set(lengths))).toBe(3);
});

it('short texts have their share of n-grams, too, at every word', () => {
  const short = Array.from({ length: 6 }, (_, word) => token(word, word));
  const units = unitsFor('span', short, [], [[], []]);
  const counts = short.map(() => 0);
  for (let text = 0; text < 50_000; text++) {
    const drawn = maskPattern(short, { policy: 'span', rate: 0.3, units }, vocabulary, randomFor(3, 0, text));
    for (const { position } of drawn.masked) counts[position]!++;
  }
  for (const count of counts) expectBinomial(count, 50_000, 0.3);
});

describe('what is masked together', () => {
  it('may hold what means something in a pattern', () => {
    const text = 'Jean-Paul (x) a.b axb René Иванов';
    const found = wordFinder(['Jean-Paul', '(x)', 'a.b', 'Ren', 'Ива'])(text);
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(['Jean-Paul', '(x)', 'a.b']);
  });

  it('Chinese words by the segmenter, pieces by the tokenizer', () => {
    const text = '我喜欢北京playing';
    const pieces = ['我', '喜', '欢', '北', '京', 'play', '##ing'];
    let start = 0;
    const encoded = pieces.map((piece, at) => {
      const length = piece.replace('##', '').length;
      start += length;
      return token(at, Math.min(at, 5), { token: piece, start: start - length, end: start });
    });
    const words = wordUnits(encoded, [text]).map(({ start: from, end }) => pieces.slice(from, end).join(''));
    expect(words).toEqual(['我', '喜欢', '北京', 'play##ing']);
  });

  it('words of a list, the longest, and none inside of another', () => {
    const text = 'New York, York and Yorkshire; 在北京大学, C++';
    const found = wordFinder(['York', 'New York', '北京', '北京大学', 'C++', ''])(text);
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual([
      'New York',
      'York',
      '北京大学',
      'C++',
    ]);
  });
});
