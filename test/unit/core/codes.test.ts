import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canStandForCode, CodeMap, closedLength, ranked, replaceUnits } from '../../../src/core/codes';

const words = ['tea', 'house', '中', 'a1'];
const map = new CodeMap([
  ['12', 'tea'],
  ['7', 'house'],
  ['300', '中'],
  ['__proto__', 'a1'],
]);
const applied = (text: string): string => replaceUnits(text, (code) => map.apply(code).text);
const reversed = (text: string): string => replaceUnits(text, (word) => map.reverse(word).text);

describe('a map of codes', () => {
  it('replaces codes and nothing else', () => {
    expect(applied('12\t7|300,\r\n 8 __proto__')).toBe('tea\thouse|中,\r\n 8 a1');
  });

  it('marks what would be taken for a word', () => {
    expect(applied('tea _tea __tea _x')).toBe('_tea __tea ___tea _x');
  });

  it('gives every text back as it was', () => {
    const part = fc.oneof(
      fc.constantFrom(
        ...words,
        '12',
        '7',
        '300',
        '_',
        '__',
        ' ',
        '\r\n',
        '\r',
        '\t|,|',
        '\ufeff',
        '__proto__',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        expect(reversed(applied(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('knows where the last code may go on', () => {
    expect(['12 ab', '12 ', '', '中文', 'a\u0301'].map(closedLength)).toEqual([3, 3, 0, 0, 0]);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '中', '_', '\u{20000}', ' ', '|', '\u0301') }),
        (text) => {
          expect(closedLength(text)).toBe(
            text.length - (/[\p{L}\p{M}\p{N}_]+$/u.exec(text)?.[0].length ?? 0),
          );
        },
      ),
    );
  });

  it('ranks by frequency, then by characters', () => {
    expect(ranked(new Map(Object.entries({ b: 2, a: 2, c: 5 })))).toEqual(['c', 'a', 'b']);
  });

  it('takes words that can be found again', () => {
    expect(['tea', '中', '##ing', '[CLS]', "don't", '_a', ''].filter(canStandForCode)).toEqual(['tea', '中']);
  });
});
