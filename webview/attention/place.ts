import type { EncodedToken } from '../../src/protocol/encoding';

/** Where a person was in the view; kept while it is hidden and over a reload. */
export interface Place {
  layer: number;
  head: number;
  /** 1 fits the whole matrix into the view. */
  zoom: number;
  /** The token at the top and at the left of a zoomed matrix; fractions count. */
  firstQuery: number;
  firstKey: number;
  /** The cell that was chosen by click or by key; null for none. */
  cell: Cell | null;
  /** Which text the cell and the zoom belong to. */
  text: number;
  /** Pixels that the page was scrolled. */
  scrolled: number;
}

/** A weight of one head: from the query token to the key token. */
export interface Cell {
  query: number;
  key: number;
}

export const highestZoom = 32;

const start: Place = {
  layer: 0,
  head: 0,
  zoom: 1,
  firstQuery: 0,
  firstKey: 0,
  cell: null,
  text: 0,
  scrolled: 0,
};

/** A place from what was kept, whatever that is: an older version of the view may have kept something else. */
export function placeFrom(kept: unknown): Place {
  const { cell, ...numbers } = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Place>;
  const valid = Object.entries(numbers).filter(
    ([name, value]) => name in start && typeof value === 'number' && Number.isFinite(value) && value >= 0,
  );
  const place: Place = { ...start, ...Object.fromEntries(valid) };
  place.zoom = Math.min(Math.max(place.zoom, 1), highestZoom);
  return isCell(cell) ? { ...place, cell: { query: cell.query, key: cell.key } } : place;
}

/** The place in a model with so many layers and heads, over a text of so many tokens. */
export function placeWithin(place: Place, layers: number, heads: number, tokens: number): Place {
  return {
    ...place,
    layer: Math.min(place.layer, layers - 1),
    head: Math.min(place.head, heads - 1),
    cell: cellWithin(place.cell, tokens) && place.cell,
  };
}

/** Where a text is shown from when it is another than before: its beginning, whole. */
export function placeIn(place: Place, tokens: EncodedToken[]): Place {
  const text = tokens.reduce((hash, { id }) => (Math.imul(hash, 31) + id) >>> 0, 7);
  return text === place.text ? place : { ...place, text, cell: null, zoom: 1, firstQuery: 0, firstKey: 0 };
}

/** What is pointed at, when it lies in a text of so many tokens. */
export function cellWithin(cell: Partial<Cell> | null, tokens: number): Partial<Cell> | null {
  return cell && (cell.query ?? 0) < tokens && (cell.key ?? 0) < tokens ? cell : null;
}

function isCell(value: unknown): value is Cell {
  const { query, key } = (value ?? {}) as Partial<Cell>;
  return [query, key].every((index) => Number.isInteger(index) && index! >= 0);
}
