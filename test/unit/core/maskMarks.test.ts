import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMaskMarks, writeMaskToken } from '../../../src/core/maskMarks';

const pieces = fc.array(fc.oneof(fc.constant('[MASK]'), fc.string({ maxLength: 5 })), { maxLength: 8 });

describe('writeMaskToken', () => {
  it('maps the ends of every written mask token back to the mark it replaced', () => {
    fc.assert(
      fc.property(pieces, fc.constantFrom('<mask>', '<m>', '[MASK]', '[A_LONG_MASK]'), (parts, token) => {
        const original = parts.join('');
        const marks = findMaskMarks(original);
        const { text, toOriginal } = writeMaskToken(original, token);
        expect(text.length).toBe(original.length + marks.length * (token.length - '[MASK]'.length));
        let shift = 0;
        for (const mark of marks) {
          const start = mark.start + shift;
          expect(text.slice(start, start + token.length)).toBe(token);
          expect([toOriginal(start), toOriginal(start + token.length)]).toEqual([mark.start, mark.end]);
          shift += token.length - '[MASK]'.length;
        }
        expect(toOriginal(text.length)).toBe(original.length);
      }),
    );
  });

  it('keeps positions outside the marks on the same characters', () => {
    const original = 'a [MASK] b [MASK]c';
    const { text, toOriginal } = writeMaskToken(original, '<m>');
    expect(text).toBe('a <m> b <m>c');
    for (const letter of 'abc') expect(toOriginal(text.indexOf(letter))).toBe(original.indexOf(letter));
  });
});
