import type { Tokenizer } from '../tokenizers/tokenizer';

/** Chinese and Japanese letters and their punctuation, which no space parts from their neighbours. */
const unspaced =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u3000-\\u303f\\uff00-\\uffef“”‘’…—]';
const spacesBeside = new RegExp(`(?<=${unspaced}) | (?=${unspaced})`, 'gu');

/**
 * The text of generated tokens, without special ones.
 * @param before id of the token before them, which tells whether a space parts them from it; null for none.
 */
export async function spell(
  ids: readonly number[],
  before: number | null,
  { native, continuingPrefix }: Tokenizer,
): Promise<string> {
  const decode = async (some: readonly number[]): Promise<string> => {
    const text = await native.decode([...some], true);
    // WordPiece makes a word of each Chinese character.
    return continuingPrefix === null ? text : text.replace(spacesBeside, '');
  };
  if (before === null) return decode(ids);
  const [whole, start] = [await decode([before, ...ids]), await decode([before])];
  return whole.startsWith(start) ? whole.slice(start.length) : decode(ids);
}
