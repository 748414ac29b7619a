import type { EncodedToken } from '../../protocol/encoding';
import type { TokenNote, UnknownReason } from '../../protocol/inspections';
import type { Tokenizer } from './tokenizer';

/**
 * What a tokenizer made of a token's text: what normalisation changed, and why the vocabulary has nothing for it.
 * @param text the one that the token is of.
 * @returns null where there is nothing to say.
 */
export function noteOn(tokenizer: Tokenizer, token: EncodedToken, text: string): TokenNote | null {
  if (token.special || token.start === null || token.end === null) return null;
  const source = text.slice(token.start, token.end).trim();
  // Most tokens are as they stand in the text.
  if (!token.unknown && source === token.token.replace(/^(##|Ġ|▁)/u, '')) return null;
  const read = normalizedBy(tokenizer, source);
  // An added token is found in the text before it is normalised.
  const isAdded = token.token === source;
  const normalized = read === source || isAdded ? null : read;
  const unknown = token.unknown && !isAdded ? reasonOf(tokenizer, read) : null;
  return normalized === null && unknown === null ? null : { normalized, unknown };
}

/** A text after normalisation, without the space or the mark that some families put before each word. */
function normalizedBy({ native }: Tokenizer, text: string): string {
  const normalizer = native.getNormalizer();
  if (!normalizer) return text;
  return normalizer.normalizeString(text).replace(/^▁+/u, '').trim();
}

/** Follows WordPiece's longest match first (Wu et al. 2016, section 4.1) to where it finds nothing. */
function reasonOf({ native, wordPiece }: Tokenizer, word: string): UnknownReason {
  const characters = [...word];
  if (wordPiece === null) return { kind: 'absent', text: word };
  const { prefix, mostCharacters } = wordPiece;
  if (characters.length > mostCharacters) {
    return { kind: 'tooLong', characters: characters.length, most: mostCharacters };
  }
  const found: string[] = [];
  let start = 0;
  while (start < characters.length) {
    let end = characters.length;
    const pieceTo = (to: number): string => (start > 0 ? prefix : '') + characters.slice(start, to).join('');
    while (end > start && native.tokenToId(pieceTo(end)) === null) end--;
    if (end === start) break;
    found.push(pieceTo(end));
    start = end;
  }
  return { kind: 'noPiece', found, rest: characters.slice(start).join('') };
}
