import { utf16Positions } from '../../core/codePoints';
import type { EncodedToken } from '../../protocol/encoding';
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
    const offset = offsets[index]!;
    return {
      token: tokens[index]!,
      id,
      segmentId: typeIds[index]!,
      positionId: firstPosition + index,
      attentionMask: attention[index] === 0 ? 0 : 1,
      special,
      start: toUtf16 && toUtf16(offset[0]!),
      end: toUtf16 && toUtf16(offset[1]!),
      sequence,
      word: sequence === null ? null : (words[index] ?? null),
      unknown: id === tokenizer.unknownTokenId,
      mask: id === tokenizer.maskTokenId,
    };
  });
}
