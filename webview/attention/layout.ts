import type { Cell } from './place';

/** Where everything of a matrix lies, in CSS pixels. */
export interface MatrixLayout {
  queries: number;
  keys: number;
  /** Width of the query labels and height of the key labels. */
  left: number;
  top: number;
  /** Side of a cell. */
  cell: number;
  /** The part that shows: labels and as many cells as there is room for. */
  width: number;
  height: number;
  /** How far the cells are scrolled under the labels. */
  scrollX: number;
  scrollY: number;
}

/** Height of a label's box, and the least distance between two labels. */
export const labelHeight = 14;
const labelDistance = 11;

/** Cells of a short text are not blown up further. */
const largestCell = 28;

/** The side of a cell where all columns fit into the width. */
export function fittingCell(keys: number, room: number): number {
  return Math.min(largestCell, Math.max(room, 1) / Math.max(keys, 1));
}

/** The cell under a point; null beside the cells. */
export function cellAt(layout: MatrixLayout, x: number, y: number): Cell | null {
  const key = indexAt(layout.keys, layout.cell, x - layout.left, layout.scrollX);
  const query = indexAt(layout.queries, layout.cell, y - layout.top, layout.scrollY);
  return key === null || query === null ? null : { query, key };
}

/** The token whose label is under a point; null beside the labels. */
export function labelAt(layout: MatrixLayout, x: number, y: number): Partial<Cell> | null {
  if (x < layout.left && y >= layout.top) {
    const query = indexAt(layout.queries, layout.cell, y - layout.top, layout.scrollY);
    return query === null ? null : { query };
  }
  if (y < layout.top && x >= layout.left) {
    const key = indexAt(layout.keys, layout.cell, x - layout.left, layout.scrollX);
    return key === null ? null : { key };
  }
  return null;
}

function indexAt(count: number, cell: number, point: number, scroll: number): number | null {
  const index = Math.floor((point + scroll) / cell);
  return point >= 0 && index >= 0 && index < count ? index : null;
}

/** The rows or columns that show, [first, end), and how many apart their labels have room. */
export function visibleEntries(
  count: number,
  cell: number,
  scroll: number,
  room: number,
): { first: number; end: number; step: number } {
  const step = Math.ceil(labelDistance / cell);
  const first = Math.floor(scroll / cell);
  return { first, end: Math.min(count, Math.ceil((scroll + room) / cell)), step };
}

/** The scroll that brings a token into the room, as little as possible. */
export function scrollTo(index: number, cell: number, scroll: number, room: number): number {
  return Math.min(Math.max(scroll, (index + 1) * cell - room), index * cell);
}

/** Where an arrow key takes a cell; null for other keys. */
export function cellAfterKey(
  key: string,
  { query, key: column }: Cell,
  { queries, keys }: Pick<MatrixLayout, 'queries' | 'keys'>,
): Cell | null {
  switch (key) {
    case 'ArrowRight':
      return { query, key: Math.min(column + 1, keys - 1) };
    case 'ArrowLeft':
      return { query, key: Math.max(column - 1, 0) };
    case 'ArrowDown':
      return { query: Math.min(query + 1, queries - 1), key: column };
    case 'ArrowUp':
      return { query: Math.max(query - 1, 0), key: column };
    case 'Home':
      return { query, key: 0 };
    case 'End':
      return { query, key: keys - 1 };
    case 'PageUp':
      return { query: 0, key: column };
    case 'PageDown':
      return { query: queries - 1, key: column };
    default:
      return null;
  }
}
