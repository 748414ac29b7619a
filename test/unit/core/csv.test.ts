import { describe, expect, it } from 'vitest';
import { csvOf } from '../../../src/core/csv';
import { linesOf } from '../../../src/core/lines';

describe('a table as CSV', () => {
  it('quotes as RFC 4180 says', () => {
    expect(
      csvOf([
        ['a', 'b "c", d'],
        ['1\n2', ''],
      ]),
    ).toBe('\ufeffa,"b ""c"", d"\r\n"1\n2",\r\n');
  });

  it('lets no text be a formula, and numbers be numbers', () => {
    expect(csvOf([['=1+1', '-0.5', '1e-7', '@x', '+2']])).toBe("\ufeff'=1+1,-0.5,1e-7,'@x,+2\r\n");
  });
});

describe('the lines of a text', () => {
  it('are those that are not blank, whatever ends them', () => {
    const text = ' a \r\n\r\n\tb c\rd\n \n好';
    expect(linesOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(['a', 'b c', 'd', '好']);
    expect(linesOf('')).toEqual([]);
  });
});
