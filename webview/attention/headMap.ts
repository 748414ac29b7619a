import type { HeadMap } from '../../src/protocol/attention';

/** A place in the figure, 0 to 1. */
export interface Point {
  x: number;
  y: number;
}

/** Places in the figure, 0 to 1, with one scale for both axes. */
export function placesOf({ x, y }: Pick<HeadMap, 'x' | 'y'>): Point[] {
  const [left, top] = [Math.min(...x), Math.min(...y)];
  const [across, down] = [Math.max(...x) - left, Math.max(...y) - top];
  const span = Math.max(across, down) || 1;
  return Array.from(x, (_, index) => ({
    x: (x[index]! - left + (span - across) / 2) / span,
    y: (y[index]! - top + (span - down) / 2) / span,
  }));
}

/** The nearest point in the direction of an arrow key; null for other keys and where there is none. */
export function pointAfterKey(key: string, points: Point[], from: number): number | null {
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key];
  const start = points[from];
  if (!way || !start) return null;
  let [best, least] = [null as number | null, Infinity];
  points.forEach(({ x, y }, index) => {
    const [dx, dy] = [x - start.x, y - start.y];
    const along = dx * way[0]! + dy * way[1]!;
    const aside = Math.abs(dx * way[1]!) + Math.abs(dy * way[0]!);
    // Points that lie more to the side than ahead are another key's.
    if (along <= 0 || aside > along) return;
    const distance = along + 2 * aside;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}
