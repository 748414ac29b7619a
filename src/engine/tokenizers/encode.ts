import { utf16Positions } from '../../core/codePoints';
import type { EncodedToken, TextRange } from '../../protocol/encoding';
import { broken, type Tokenizer } from './tokenizer';

/**
 * Encodes a text, or a pair of texts, whole: no truncation, no padding. Ranges are the reference library's,
 * from code points of the original text to UTF-16.
 * @param firstPosition position id of the first token.
 * @throws HeadlightError `TokenizerInvalid`.
 */
export async function encode(
  tokenizer: Tokenizer,
  text: string,
  pair: string | undefined,
  firstPosition: number,
): Promise<EncodedToken[]> {
  // The library takes an empty pair for a pair: it must be absent where there is none.
  const encoding = await tokenizer.native.encode(text, pair ?? null).catch((error: unknown) => {
    // A tokenizer that loads may yet lack a token, as the one for what it does not know.
    throw broken(tokenizer.file, error);
  });
  const positions = [utf16Positions(text), utf16Positions(pair ?? '')] as const;
  const ids = encoding.getIds();
  const tokens = encoding.getTokens();
  const typeIds = encoding.getTypeIds();
  const attention = encoding.getAttentionMask();
  const added = encoding.getSpecialTokensMask();
  const offsets = encoding.getOffsets();
  const words = encoding.getWordIds();
  const sequences = encoding.getSequenceIds();
  return ids.map((id, index) => {
    const special = added[index] === 1;
    const sequence = special ? null : sequences[index] === 1 ? 1 : 0;
    const toUtf16 = sequence === null ? null : positions[sequence];
    const [from, to] = offsets[index] as [number, number];
    const name = tokens[index]!.trim() || tokens[index]!;
    let range = toUtf16 && { start: toUtf16(from), end: toUtf16(to) };
    // An added token may take the white space around it, as RoBERTa's mask does, which is no part of its place.
    if (range && name !== tokens[index]) range = withoutSpaces(sequence === 1 ? pair! : text, range);
    return {
      token: name,
      id,
      segmentId: typeIds[index]!,
      positionId: firstPosition + index,
      attentionMask: attention[index] === 0 ? 0 : 1,
      special,
      start: range && range.start,
      end: range && range.end,
      sequence,
      word: sequence === null ? null : (words[index] ?? null),
      unknown: id === tokenizer.unknownTokenId,
      mask: id === tokenizer.maskTokenId,
    };
  });
}

function withoutSpaces(text: string, { start, end }: TextRange): TextRange {
  const slice = text.slice(start, end);
  return {
    start: start + slice.length - slice.trimStart().length,
    end: end - slice.length + slice.trimEnd().length,
  };
}
