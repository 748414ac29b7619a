import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellAfterKey,
  cellAt,
  fittingCell,
  labelAt,
  scrollTo,
  visibleTokens,
  type MatrixLayout,
} from '../../../webview/attention/layout';
import { placeFrom, placeWithin } from '../../../webview/attention/place';
import { exactWeight } from '../../../webview/attention/weights';

const layout: MatrixLayout = {
  tokens: 10,
  left: 50,
  top: 40,
  cell: 20,
  width: 150,
  height: 140,
  scrollX: 30,
  scrollY: 0,
};

describe('the matrix of a head', () => {
  it('knows the cell and the label under a point', () => {
    expect(cellAt(layout, 50, 40)).toEqual({ query: 0, key: 1 });
    expect(cellAt(layout, 149, 139)).toEqual({ query: 4, key: 6 });
    expect(cellAt(layout, 49, 60)).toBeNull();
    expect(cellAt({ ...layout, scrollX: 0, tokens: 2 }, 95, 60)).toBeNull();
    expect(labelAt(layout, 10, 65)).toEqual({ query: 1 });
    expect(labelAt(layout, 75, 10)).toEqual({ key: 2 });
    expect(labelAt(layout, 10, 10)).toBeNull();
  });

  it('fits into its room, and does not blow up a short text', () => {
    expect(fittingCell(100, 250)).toBe(2.5);
    expect(fittingCell(3, 250)).toBe(28);
    expect(fittingCell(5, -10)).toBeGreaterThan(0);
  });

  it('labels as many tokens as there is room for', () => {
    expect(visibleTokens(layout, 30, 100)).toEqual({ first: 1, end: 7, step: 1 });
    expect(visibleTokens({ ...layout, cell: 2, tokens: 512 }, 0, 100)).toEqual({
      first: 0,
      end: 50,
      step: 6,
    });
  });

  it('scrolls a token into view, and no further than it must', () => {
    const numbers = fc.record({
      index: fc.nat(511),
      cell: fc.double({ min: 0.5, max: 40, noNaN: true }),
      scroll: fc.nat(2000),
      room: fc.integer({ min: 60, max: 600 }),
    });
    fc.assert(
      fc.property(numbers, ({ index, cell, scroll, room }) => {
        const scrolled = scrollTo(index, cell, scroll, room);
        expect(index * cell).toBeGreaterThanOrEqual(scrolled - 1e-9);
        expect((index + 1) * cell).toBeLessThanOrEqual(scrolled + room + 1e-9);
        const wasVisible = index * cell >= scroll && (index + 1) * cell <= scroll + room;
        if (wasVisible) expect(scrolled).toBe(scroll);
      }),
    );
  });

  it('is walked by keys, within its bounds', () => {
    const at = (key: string) => cellAfterKey(key, { query: 0, key: 4 }, 5);
    expect(at('ArrowRight')).toEqual({ query: 0, key: 4 });
    expect(at('ArrowLeft')).toEqual({ query: 0, key: 3 });
    expect(at('ArrowUp')).toEqual({ query: 0, key: 4 });
    expect(at('ArrowDown')).toEqual({ query: 1, key: 4 });
    expect(at('Home')).toEqual({ query: 0, key: 0 });
    expect(at('PageDown')).toEqual({ query: 4, key: 4 });
    expect(at('a')).toBeNull();
  });
});

describe('the place that a view keeps', () => {
  it('comes from whatever was kept', () => {
    const start = placeFrom(undefined);
    expect(start).toMatchObject({ layer: 0, head: 0, zoom: 1, cell: null });
    expect(placeFrom({ layer: 3, head: 'x', zoom: 1e9, cell: { query: 1 }, other: 1 })).toEqual({
      ...start,
      layer: 3,
      zoom: 32,
    });
    expect(placeFrom({ cell: { query: 1, key: 2 } }).cell).toEqual({ query: 1, key: 2 });
    for (const kept of [null, 'x', 7, { zoom: -1 }, { cell: 3 }]) expect(placeFrom(kept)).toEqual(start);
  });

  it('lies within the model and the text', () => {
    const place = { ...placeFrom(undefined), layer: 11, head: 11, cell: { query: 20, key: 2 } };
    expect(placeWithin(place, 4, 4, 16)).toMatchObject({ layer: 3, head: 3, cell: null });
    expect(placeWithin(place, 12, 12, 21)).toEqual(place);
  });
});

describe('a weight in words', () => {
  it.each([
    [1, '1.000000'],
    [0.25, '0.250000'],
    [0.00012345, '0.000123'],
    [0.0000123, '1.23e-5'],
    [0, '0.000000'],
  ])('%s is %s', (weight, text) => expect(exactWeight(weight)).toBe(text));
});
