import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trackRange, type TextChange } from '../../../src/core/trackRange';

const change = (rangeOffset: number, rangeLength: number, text: string): TextChange => ({
  rangeOffset,
  rangeLength,
  text,
});

describe('trackRange', () => {
  it.each([
    ['typing before it', change(0, 0, 'ab'), { start: 12, end: 22 }],
    ['typing at its start', change(10, 0, 'ab'), { start: 12, end: 22 }],
    ['typing at its end', change(20, 0, 'ab'), { start: 10, end: 20 }],
    ['typing in it', change(15, 0, 'ab'), { start: 10, end: 22 }],
    ['deleting from it', change(12, 3, ''), { start: 10, end: 17 }],
    ['replacing its start', change(10, 6, 'word'), { start: 10, end: 18 }],
    ['replacing across its start', change(8, 4, 'x'), { start: 8, end: 17 }],
    ['replacing across its end', change(18, 4, 'x'), { start: 10, end: 19 }],
    ['replacing all of it and more', change(5, 20, 'new'), { start: 5, end: 8 }],
  ])('follows %s', (_, edit, expected) => {
    expect(trackRange({ start: 10, end: 20 }, edit)).toEqual(expected);
  });

  it('keeps the text of a range when the edit is outside of it', () => {
    const edit = fc.record({ at: fc.nat(40), length: fc.nat(10), text: fc.string({ maxLength: 6 }) });
    fc.assert(
      fc.property(
        fc.string({ minLength: 40, maxLength: 40 }),
        fc.nat(20),
        fc.nat(19),
        edit,
        (text, from, size, e) => {
          const range = { start: from, end: from + size + 1 };
          const length = Math.min(e.length, text.length - e.at);
          fc.pre(e.at + length <= range.start || e.at >= range.end);
          const edited = text.slice(0, e.at) + e.text + text.slice(e.at + length);
          const after = trackRange(range, change(e.at, length, e.text));
          expect(edited.slice(after.start, after.end)).toBe(text.slice(range.start, range.end));
        },
      ),
    );
  });
});
