import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf16Positions } from '../../../src/core/codePoints';

describe('utf16Positions', () => {
  it('agrees with the length of the code points before each position', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const toUtf16 = utf16Positions(text);
        const codePoints = Array.from(text);
        for (let index = 0; index <= codePoints.length; index++) {
          expect(toUtf16(index)).toBe(codePoints.slice(0, index).join('').length);
        }
      }),
    );
  });

  it('counts a lone surrogate as one code point', () => {
    const toUtf16 = utf16Positions('a\ud83db😀c');
    expect([0, 1, 2, 3, 4, 5].map(toUtf16)).toEqual([0, 1, 2, 3, 5, 6]);
  });
});
