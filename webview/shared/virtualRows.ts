import { useState } from 'preact/hooks';

/** Rows that are drawn above and below those in sight. */
const beyond = 20;

/** The part of a long table that is drawn. */
export interface VirtualRows {
  /** Rows [start, end) are drawn. */
  start: number;
  end: number;
  /** Pixels that the rows before and after them take. */
  before: number;
  after: number;
  onScroll: (event: { currentTarget: HTMLElement }) => void;
}

/** Which of `count` rows to draw when `top` pixels are scrolled away and at most `visible` rows are in sight. */
export function rowsInSight(
  top: number,
  count: number,
  rowHeight: number,
  visible: number,
): Omit<VirtualRows, 'onScroll'> {
  const first = Math.min(Math.floor(top / rowHeight), Math.max(0, count - visible));
  const start = Math.max(0, first - beyond);
  const end = Math.min(count, first + visible + beyond);
  return { start, end, before: start * rowHeight, after: (count - end) * rowHeight };
}

/**
 * The rows to draw of a long table, for the element that scrolls them.
 * @param rowHeight in pixels, of every row. @param visible rows that are in sight at most.
 */
export function useVirtualRows(count: number, rowHeight: number, visible: number): VirtualRows {
  const [top, setTop] = useState(0);
  return {
    ...rowsInSight(top, count, rowHeight, visible),
    onScroll: ({ currentTarget }) => setTop(currentTarget.scrollTop),
  };
}
