import type { EncodedToken } from '../../../../src/protocol/encoding';

/**
 * Tokens of words that are split at `-`: "the light-house" is three. [CLS] and [SEP] are special; what comes after
 * the first [SEP] is the second text of a pair.
 */
export function tokensOf(text: string): EncodedToken[] {
  let [sequence, word] = [0, 0];
  return text.split(' ').flatMap((part) => {
    const special = part.startsWith('[');
    const pieces = special ? [part] : part.split('-');
    const own = special ? null : word++;
    const tokens = pieces.map((token, index): EncodedToken => ({
      ...{ token, id: 5, segmentId: sequence, positionId: 0, attentionMask: 1, special },
      ...{ start: special ? null : index, end: special ? null : index + 1 },
      sequence: special ? null : (sequence as 0 | 1),
      ...{ word: own, unknown: false, mask: false },
    }));
    if (part === '[SEP]') [sequence, word] = [1, 0];
    return tokens;
  });
}
