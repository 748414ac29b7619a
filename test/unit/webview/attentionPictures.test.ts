import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strongestEdges } from '../../../src/core/attention/edges';
import { everyToken } from '../../../src/core/attention/units';
import { tileAfterKey } from '../../../webview/attention/atlasLayout';
import { axesOf, entryAt, isMasked } from '../../../webview/attention/axes';
import { placesOf, pointAfterKey } from '../../../webview/attention/headMap';
import {
  linesOf,
  pointedLines,
  readable,
  readableWeight,
  tokenAfterKey,
} from '../../../webview/attention/lines';
import { ranked } from '../../../webview/attention/statistics';
import { typedHead } from '../../../webview/attention/useTypedHead';
import { tokensOf } from '../core/attention/tokens';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('the axes of a matrix', () => {
  const text = 'the lighthouse';
  const tokens = tokensOf('[CLS] the light-house [SEP]').map((token, index) => ({
    ...token,
    ...[{}, { start: 0, end: 3 }, { start: 4, end: 9 }, { start: 9, end: 14 }, {}][index],
  }));

  it('name tokens as the tokenizer does, and words as the text does', () => {
    const labels = (words: boolean): string[] =>
      axesOf({ queries: tokens, keys: tokens }, [text], { ...everyToken, words }).keys.map(
        ({ label }) => label,
      );
    expect(labels(false)).toEqual(['[CLS]', 'the', 'light', 'house', '[SEP]']);
    expect(labels(true)).toEqual(['[CLS]', 'the', 'lighthouse', '[SEP]']);
  });

  it('name a word by its tokens where any of them is masked', () => {
    const masked = tokens.map((token, index) =>
      index === 3 ? { ...token, token: '[MASK]', mask: true } : token,
    );
    const { keys } = axesOf({ queries: masked, keys: masked }, [text], { ...everyToken, words: true });
    expect(keys.map(({ label }) => label)).toEqual(['[CLS]', 'the', 'light [MASK]', '[SEP]']);
  });

  it('know what the caret is in, and the text of each entry', () => {
    const { keys } = axesOf({ queries: tokens, keys: tokens }, [text], {
      words: true,
      specials: 'hidden',
      block: null,
    });
    expect(keys[1]!.range).toEqual({ sequence: 0, start: 4, end: 14 });
    expect(entryAt(keys, tokens, { sequence: 0, offset: 10 })).toBe(1);
    expect(entryAt(keys, tokens, { sequence: 1, offset: 10 })).toBeNull();
    expect(entryAt(keys, tokens, null)).toBeNull();
  });

  it('hide from a word by a causal mask only what begins after it', () => {
    const { queries, keys } = axesOf({ queries: tokens, keys: tokens }, [text], {
      ...everyToken,
      words: true,
    });
    expect(isMasked(queries[1]!, keys[2]!)).toBe(true);
    expect(isMasked(queries[2]!, keys[2]!)).toBe(false);
    expect(isMasked(queries[2]!, keys[1]!)).toBe(false);
  });
});

describe('the lines of a head', () => {
  const edges = [strongestEdges(floats(0.5, 0.3, 0.2, 0.9, 0.05, 0.05), 3, 10)];

  it('are drawn from the weakest on, from a weight on', () => {
    expect(linesOf(edges, 0.3).map(({ query, key }) => [query, key])).toEqual([
      [0, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(linesOf(edges, 0)).toHaveLength(6);
  });

  it('are at first as many as can be read', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 900 }), (numbers) => {
        const many = [strongestEdges(Float32Array.from(new Set(numbers)), 10, 2000)];
        const count = linesOf(many, readableWeight(many, 20)).length;
        expect(count).toBe(Math.min(new Set(numbers).size, readable(20)));
      }),
    );
    expect(readableWeight([], 20)).toBe(0);
  });

  it('of what is pointed at are all that there are', () => {
    expect(pointedLines({ query: 1 }, [floats(0.9, 0.1, 0)])).toEqual([
      { query: 1, key: 1, weight: expect.closeTo(0.1, 6), head: 0 },
      { query: 1, key: 0, weight: expect.closeTo(0.9, 6), head: 0 },
    ]);
    expect(pointedLines({ key: 2 }, [null, floats(0, 0.5)])).toEqual([
      { query: 1, key: 2, weight: 0.5, head: 1 },
    ]);
  });

  it('are walked by keys, from a column to the other, too', () => {
    const tokens = tokensOf('a b c');
    const axes = axesOf({ queries: tokens, keys: tokens }, [''], everyToken);
    expect(tokenAfterKey('ArrowDown', null, axes)).toEqual({ query: 0 });
    expect(tokenAfterKey('ArrowDown', { query: 2 }, axes)).toEqual({ query: 2 });
    expect(tokenAfterKey('ArrowRight', { query: 1 }, axes)).toEqual({ key: 1 });
    expect(tokenAfterKey('ArrowUp', { key: 1 }, axes)).toEqual({ key: 0 });
    expect(tokenAfterKey('End', { key: 0 }, axes)).toEqual({ key: 2 });
    expect(tokenAfterKey('x', { key: 0 }, axes)).toBeNull();
  });
});

describe('heads', () => {
  it('are ranked with those last that have no value', () => {
    expect(ranked(floats(0.1, NaN, 0.9, 0.1))).toEqual([2, 0, 3, 1]);
  });

  it.each([
    ['5.11', { layer: 5, head: 11 }],
    ['5.1', { layer: 5, head: 1 }],
    ['12.0', null],
    ['3.5.11', { layer: 5, head: 11 }],
    ['5.', null],
    ['.5', null],
  ])('typed as %s are %o', (typed, expected) => expect(typedHead(typed, 12, 12)).toEqual(expected));

  it('are walked in the order that they stand in', () => {
    const rows = [[3, 0], [2, 1], [4]];
    expect(tileAfterKey('ArrowRight', rows, 3)).toBe(0);
    expect(tileAfterKey('ArrowDown', rows, 1)).toBe(4);
    expect(tileAfterKey('End', rows, 2)).toBe(1);
    expect(tileAfterKey('ArrowUp', rows, 3)).toBe(3);
    expect(tileAfterKey('x', rows, 3)).toBeNull();
  });

  it('keep the form of their map in the figure, and are walked on it', () => {
    const places = placesOf({ x: floats(0, 4, 2), y: floats(0, 0, 2) });
    expect(places).toEqual([
      { x: 0, y: 0.25 },
      { x: 1, y: 0.25 },
      { x: 0.5, y: 0.75 },
    ]);
    expect(pointAfterKey('ArrowRight', places, 0)).toBe(1);
    expect(pointAfterKey('ArrowDown', places, 0)).toBe(2);
    expect(pointAfterKey('ArrowLeft', places, 0)).toBeNull();
    expect(placesOf({ x: floats(1), y: floats(1) })).toEqual([{ x: 0.5, y: 0.5 }]);
  });
});
