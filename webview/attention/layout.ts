import type { Cell } from './place';

/** Where everything of a matrix lies, in CSS pixels. */
export interface MatrixLayout {
  tokens: number;
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

/** The side of a cell where the whole matrix fits into the width. */
export function fittingCell(tokens: number, room: number): number {
  return Math.min(largestCell, Math.max(room, 1) / tokens);
}

/** The cell under a point; null beside the cells. */
export function cellAt(layout: MatrixLayout, x: number, y: number): Cell | null {
  const key = indexAt(layout, x, layout.left, layout.scrollX);
  const query = indexAt(layout, y, layout.top, layout.scrollY);
  return key === null || query === null ? null : { query, key };
}

/** The token whose label is under a point; null beside the labels. */
export function labelAt(layout: MatrixLayout, x: number, y: number): Partial<Cell> | null {
  if (x < layout.left && y >= layout.top) {
    const query = indexAt(layout, y, layout.top, layout.scrollY);
    return query === null ? null : { query };
  }
  if (y < layout.top && x >= layout.left) {
    const key = indexAt(layout, x, layout.left, layout.scrollX);
    return key === null ? null : { key };
  }
  return null;
}

function indexAt(
  { tokens, cell }: MatrixLayout,
  point: number,
  start: number,
  scroll: number,
): number | null {
  const index = Math.floor((point - start + scroll) / cell);
  return point >= start && index >= 0 && index < tokens ? index : null;
}

/** The tokens that show, [first, end), and how many apart their labels have room. */
export function visibleTokens(
  { tokens, cell }: MatrixLayout,
  scroll: number,
  room: number,
): { first: number; end: number; step: number } {
  const step = Math.ceil(labelDistance / cell);
  const first = Math.floor(scroll / cell);
  return { first, end: Math.min(tokens, Math.ceil((scroll + room) / cell)), step };
}

/** The scroll that brings a token into the room, as little as possible. */
export function scrollTo(index: number, cell: number, scroll: number, room: number): number {
  return Math.min(Math.max(scroll, (index + 1) * cell - room), index * cell);
}

/** Where an arrow key takes a cell; null for other keys. */
export function cellAfterKey(key: string, { query, key: column }: Cell, tokens: number): Cell | null {
  const within = (index: number): number => Math.min(Math.max(index, 0), tokens - 1);
  switch (key) {
    case 'ArrowRight':
      return { query, key: within(column + 1) };
    case 'ArrowLeft':
      return { query, key: within(column - 1) };
    case 'ArrowDown':
      return { query: within(query + 1), key: column };
    case 'ArrowUp':
      return { query: within(query - 1), key: column };
    case 'Home':
      return { query, key: 0 };
    case 'End':
      return { query, key: tokens - 1 };
    case 'PageUp':
      return { query: 0, key: column };
    case 'PageDown':
      return { query: tokens - 1, key: column };
    default:
      return null;
  }
}
