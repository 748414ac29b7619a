import type { EncodedToken, TextRange } from '../../protocol/encoding';

/** Tokens that are masked together or not at all: indices [start, end). */
export type MaskUnit = TextRange;

/** Part of a text, for each of its two sequences. */
export type RangesOfTexts = readonly [readonly TextRange[], readonly TextRange[]];

/** Whether a vocabulary's entry is a special token by its name: `[SEP]`, `[unused7]`, `<s>`. */
export function isSpecialName(token: string): boolean {
  return (token.startsWith('[') || token.startsWith('<')) && /^(\[[a-z][\w-]*\]|<[^<>\s]+>)$/i.test(token);
}

/** Whether a token stands for text: it is no special one, neither added by the tokenizer nor written in the text. */
export function isMaskable({ special, sequence, token, unknown, mask }: EncodedToken): boolean {
  return !special && sequence !== null && !unknown && !mask && !isSpecialName(token);
}

/** Each token that may be masked, on its own (Devlin et al. 2019, section 3.1). */
export function tokenUnits(tokens: readonly EncodedToken[]): MaskUnit[] {
  return tokens.flatMap((token, start) => (isMaskable(token) ? [{ start, end: start + 1 }] : []));
}

/** Tokens in groups: a token joins the group before it where `together` says so of the two. */
function unitsOf(
  tokens: readonly EncodedToken[],
  together: (before: EncodedToken, token: EncodedToken) => boolean,
): MaskUnit[] {
  const units: MaskUnit[] = [];
  tokens.forEach((token, index) => {
    if (!isMaskable(token)) return;
    const last = units.at(-1);
    const before = tokens[index - 1];
    if (last?.end === index && before?.sequence === token.sequence && together(before, token)) {
      last.end = index + 1;
    } else units.push({ start: index, end: index + 1 });
  });
  return units;
}

/**
 * Whole words: the pieces of one word by the tokenizer, as in Google's whole-word models, and the characters of one
 * Chinese word (Cui et al. 2021, "Pre-Training with Whole Word Masking for Chinese BERT"), which a tokenizer does not
 * know: by `Intl.Segmenter`.
 * @param texts the text and its pair.
 */
export function wordUnits(tokens: readonly EncodedToken[], texts: readonly string[]): MaskUnit[] {
  const chinese: RangesOfTexts = [chineseWords(texts[0] ?? ''), chineseWords(texts[1] ?? '')];
  const inWord = rangeFinder(tokens, chinese);
  return unitsOf(
    tokens,
    (before, token) =>
      (token.word !== null && before.word === token.word) ||
      (inWord(token) !== null && inWord(before) === inWord(token)),
  );
}

/**
 * Entities whole, everything else by words (Sun et al. 2019, "ERNIE", section 3.2).
 * @param entities ranges of the texts, in any order; a token belongs to the first that it lies in.
 */
export function entityUnits(
  tokens: readonly EncodedToken[],
  texts: readonly string[],
  entities: RangesOfTexts,
): MaskUnit[] {
  const inEntity = rangeFinder(tokens, entities);
  const words = new Map(
    wordUnits(tokens, texts).flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, at) => [tokens[start + at]!, start] as const),
    ),
  );
  return unitsOf(tokens, (before, token) =>
    inEntity(token) === null
      ? inEntity(before) === null && words.get(before) === words.get(token)
      : inEntity(before) === inEntity(token),
  );
}

/** A letter, mark or digit of a script that sets words apart. */
const spacedLetter = '(?!\\p{Script=Han}|\\p{Script=Hiragana}|\\p{Script=Katakana})[\\p{L}\\p{M}\\p{N}]';

/** Finds where words of a list stand in a text, the longest first where several begin; case counts. */
export function wordFinder(words: readonly string[]): (text: string) => TextRange[] {
  const listed = words.filter((word) => word !== '').sort((a, b) => b.length - a.length);
  if (listed.length === 0) return () => [];
  const any = listed.map((word) => {
    const escaped = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    // A word in letters that are set apart by spaces does not stand inside of another.
    const before = new RegExp(`^${spacedLetter}`, 'u').test(word) ? `(?<!${spacedLetter})` : '';
    const after = new RegExp(`${spacedLetter}$`, 'u').test(word) ? `(?!${spacedLetter})` : '';
    return `${before}${escaped}${after}`;
  });
  const pattern = new RegExp(any.join('|'), 'gu');
  return (text) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length }));
}

let segmenter: Intl.Segmenter | undefined;

function chineseWords(text: string): TextRange[] {
  const words: TextRange[] = [];
  for (const { index, 0: run } of text.matchAll(/\p{Script=Han}+/gu)) {
    segmenter ??= new Intl.Segmenter('zh', { granularity: 'word' });
    for (const { segment, index: at } of segmenter.segment(run)) {
      words.push({ start: index + at, end: index + at + segment.length });
    }
  }
  return words;
}

/** For each token the index of the range that it lies in; null for none. Both run in the order of the text. */
function rangeFinder(
  tokens: readonly EncodedToken[],
  ranges: RangesOfTexts,
): (token: EncodedToken) => number | null {
  const found = new Map<EncodedToken, number>();
  for (const sequence of [0, 1] as const) {
    const sorted = [...ranges[sequence]].sort((a, b) => a.start - b.start);
    let at = 0;
    for (const token of tokens) {
      if (token.sequence !== sequence || token.start === null || token.end === null) continue;
      while (at < sorted.length && sorted[at]!.end <= token.start) at++;
      const range = sorted[at];
      if (range && range.start <= token.start && token.end <= range.end) found.set(token, at);
    }
  }
  return (token) => found.get(token) ?? null;
}
