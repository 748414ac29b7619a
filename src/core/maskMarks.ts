import type { TextRange } from '../protocol/encoding';

/** How people write a masked word, whatever the model's own mask token is. */
export const maskMark = '[MASK]';

/** Ranges of every `[MASK]` in a text. */
export function findMaskMarks(text: string): TextRange[] {
  const ranges: TextRange[] = [];
  for (let start = text.indexOf(maskMark); start >= 0; start = text.indexOf(maskMark, start + 1)) {
    ranges.push({ start, end: start + maskMark.length });
  }
  return ranges;
}

/** A text with the model's own mask token in place of each `[MASK]`, and the way back. */
export interface MaskedText {
  text: string;
  /** A UTF-16 position in the new text as one in the original. */
  toOriginal(position: number): number;
}

/** Writes the model's mask token where people wrote `[MASK]`. */
export function writeMaskToken(original: string, maskToken: string): MaskedText {
  const difference = maskToken.length - maskMark.length;
  if (maskToken === maskMark) return { text: original, toOriginal: (position) => position };
  const marks = findMaskMarks(original);
  return {
    text: original.replaceAll(maskMark, () => maskToken),
    toOriginal(position) {
      let shift = 0;
      for (const mark of marks) {
        const start = mark.start + shift;
        if (position <= start) break;
        if (position < start + maskToken.length) return mark.start;
        shift += difference;
      }
      return position - shift;
    },
  };
}
