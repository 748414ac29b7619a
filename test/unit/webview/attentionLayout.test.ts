import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellAfterKey,
  cellAt,
  fittingCell,
  labelAt,
  scrollTo,
  visibleEntries,
  type MatrixLayout,
} from '../../../webview/attention/layout';
import {
  cellWithin,
  placeFrom,
  placeWithin,
  shapeOf,
  sourceOf,
  type Reduction,
} from '../../../webview/attention/place';
import { exactWeight } from '../../../webview/attention/weights';

const layout: MatrixLayout = {
  queries: 10,
  keys: 10,
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
    expect(cellAt({ ...layout, scrollX: 0, keys: 2 }, 95, 60)).toBeNull();
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
    expect(visibleEntries(10, 20, 30, 100)).toEqual({ first: 1, end: 7, step: 1 });
    expect(visibleEntries(512, 2, 0, 100)).toEqual({ first: 0, end: 50, step: 6 });
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
    const at = (key: string) => cellAfterKey(key, { query: 0, key: 4 }, { queries: 3, keys: 5 });
    expect(at('ArrowRight')).toEqual({ query: 0, key: 4 });
    expect(at('ArrowLeft')).toEqual({ query: 0, key: 3 });
    expect(at('ArrowUp')).toEqual({ query: 0, key: 4 });
    expect(at('ArrowDown')).toEqual({ query: 1, key: 4 });
    expect(at('Home')).toEqual({ query: 0, key: 0 });
    expect(at('PageDown')).toEqual({ query: 2, key: 4 });
    expect(at('a')).toBeNull();
  });
});

describe('the place that a view keeps', () => {
  it('comes from whatever was kept', () => {
    const start = placeFrom(undefined);
    expect(start).toMatchObject({ layer: 0, head: 0, zoom: 1, cell: null, reduction: 'head' });
    const kept = {
      layer: 3,
      head: 'x',
      zoom: 1e9,
      cell: {},
      order: 'colour',
      overlaid: [{ layer: 1 }],
      other: 1,
    };
    expect(placeFrom(kept)).toEqual({ ...start, layer: 3 });
    const valid = {
      ...{ cell: { query: 1, key: 2 }, order: 'entropy', overlaid: [{ layer: 1, head: 2 }] },
      ...{
        picture: 'lines',
        specials: 'renormalised',
        block: 'AB',
        words: true,
        least: 0.25,
        stack: 'cross',
      },
    };
    expect(placeFrom(valid)).toEqual({ ...start, ...valid });
    expect(placeFrom({ cell: { key: 2 } }).cell).toEqual({ key: 2 });
    for (const wrong of [null, 'x', 7, { zoom: -1 }, { cell: 3 }]) expect(placeFrom(wrong)).toEqual(start);
  });

  it('lies within the model and the text', () => {
    const place = { ...placeFrom(undefined), layer: 11, head: 11, overlaid: [{ layer: 4, head: 0 }] };
    const small = { stack: 'encoder' as const, layers: 4, heads: 4 };
    expect(placeWithin(place, [small])).toMatchObject({ layer: 3, head: 3, overlaid: [], stack: 'encoder' });
    const large = { stack: 'cross' as const, layers: 12, heads: 12 };
    expect(placeWithin(place, [large])).toEqual({ ...place, ...large });
    // What goes from one sequence to another cannot be followed through the layers.
    expect(placeWithin({ ...place, reduction: 'rollout' }, [large]).reduction).toBe('head');
    expect(placeWithin({ ...place, stack: 'cross' }, [small, large]).layers).toBe(12);
    expect(cellWithin({ query: 20, key: 2 }, 16, 16)).toBeNull();
    expect(cellWithin({ key: 2 }, 16, 16)).toEqual({ key: 2 });
  });

  it('tells whose weights it shows', () => {
    const place = {
      ...placeFrom({ layer: 1, head: 0, overlaid: [{ layer: 0, head: 1 }] }),
      ...{ stack: 'encoder' as const, layers: 2, heads: 2 },
    };
    const open = { layer: 1, head: 0 };
    const ofLayer = [open, { layer: 1, head: 1 }];
    const all = [{ layer: 0, head: 0 }, { layer: 0, head: 1 }, ...ofLayer];
    const of = (reduction: Reduction) => sourceOf({ ...place, reduction });
    expect(of('head')).toEqual({ kind: 'mean', heads: [open] });
    expect(of('layerMean')).toEqual({ kind: 'mean', heads: ofLayer });
    expect(of('layerMaximum')).toEqual({ kind: 'maximum', heads: ofLayer });
    expect(of('mean')).toEqual({ kind: 'mean', heads: all });
    expect(of('maximum')).toEqual({ kind: 'maximum', heads: all });
    expect(of('overlaidMean')).toEqual({ kind: 'mean', heads: [open, { layer: 0, head: 1 }] });
    expect(of('rollout')).toEqual({ kind: 'rollout', layer: 1 });
  });

  it('cuts blocks out of pairs only', () => {
    const place = placeFrom({ block: 'AB', words: true });
    expect(shapeOf(place, true)).toEqual({ words: true, specials: 'shown', block: { query: 0, key: 1 } });
    expect(shapeOf(place, false).block).toBeNull();
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
