import { describe, expect, it } from 'vitest';
import { paragraphAt, splitAtBlankLine } from '../../../src/core/passages';

function linesOf(text: string) {
  const lines = text.split('\n');
  return { lineCount: lines.length, lineAt: (line: number) => ({ text: lines[line]! }) };
}

describe('paragraphAt', () => {
  const text = linesOf('# Title\nfirst\nsecond\n\n- item\n  more of it\n- other\n \nlast');
  it.each([
    [0, { first: 0, last: 0 }],
    [1, { first: 1, last: 2 }],
    [2, { first: 1, last: 2 }],
    [3, null],
    [4, { first: 4, last: 5 }],
    [6, { first: 6, last: 6 }],
    [7, null],
    [8, { first: 8, last: 8 }],
  ])('finds the paragraph at line %i', (line, expected) => {
    expect(paragraphAt(text, line)).toEqual(expected);
  });
});

describe('splitAtBlankLine', () => {
  const parts = (text: string) => splitAtBlankLine(text, 0).map(({ start, end }) => text.slice(start, end));
  it.each([
    ['one\n\ntwo', ['one', 'two']],
    [' one \r\n \r\n\r\n two\nlines \n', ['one', 'two\nlines']],
    ['one\ntwo', ['one\ntwo']],
    ['one\n\ntwo\n\nthree', ['one\n\ntwo\n\nthree']],
    ['一。\n\n二。', ['一。', '二。']],
  ])('makes parts of %j', (text, expected) => {
    expect(parts(text)).toEqual(expected);
  });

  it('takes a long run of spaces in its stride', () => {
    const text = `x${' '.repeat(1e6)}y\n\nz`;
    expect(parts(text)).toEqual([text.slice(0, -3), 'z']);
  });

  it('counts from the offset of the selection', () => {
    expect(splitAtBlankLine('a\n\nb', 100)).toEqual([
      { start: 100, end: 101 },
      { start: 103, end: 104 },
    ]);
  });
});
