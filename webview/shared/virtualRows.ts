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

/**
 * Which of many rows of one height to draw, for the element that scrolls them.
 * @param rowHeight in pixels. @param visible rows that are in sight at most.
 */
export function useVirtualRows(count: number, rowHeight: number, visible: number): VirtualRows {
  const [top, setTop] = useState(0);
  const first = Math.min(Math.floor(top / rowHeight), Math.max(0, count - visible));
  const start = Math.max(0, first - beyond);
  const end = Math.min(count, first + visible + beyond);
  return {
    start,
    end,
    before: start * rowHeight,
    after: (count - end) * rowHeight,
    onScroll: ({ currentTarget }) => setTop(currentTarget.scrollTop),
  };
}
