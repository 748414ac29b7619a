const smallestTile = 4;
/** Of a wide place; of a narrow one, where what is below it is to be in sight, too. */
const largestTiles = { wide: 64, narrow: 40 };
const wideRoom = 320;

/** Tiles as large as fit; small ones stand closer. */
export function tileAndGap(room: number, columns: number): { tile: number; gap: number } {
  const fitting = (gap: number): number => Math.floor((room + gap) / columns) - gap;
  const gap = fitting(3) < 10 ? 1 : 3;
  const largest = room < wideRoom ? largestTiles.narrow : largestTiles.wide;
  return { tile: Math.min(largest, Math.max(smallestTile, fitting(gap))), gap };
}

/** Heads in rows of so many. */
export function rowsOf(indices: number[], columns: number): number[][] {
  return Array.from({ length: Math.ceil(indices.length / columns) }, (_, row) =>
    indices.slice(row * columns, (row + 1) * columns),
  );
}

/** The tile that a key leads to from another; null for other keys. */
export function tileAfterKey(key: string, rows: number[][], from: number): number | null {
  const y = Math.max(
    0,
    rows.findIndex((row) => row.includes(from)),
  );
  const x = Math.max(0, rows[y]!.indexOf(from));
  const at = (row: number, column: number): number => {
    const line = rows[Math.min(Math.max(row, 0), rows.length - 1)]!;
    return line[Math.min(Math.max(column, 0), line.length - 1)]!;
  };
  switch (key) {
    case 'ArrowRight':
      return at(y, x + 1);
    case 'ArrowLeft':
      return at(y, x - 1);
    case 'ArrowDown':
      return at(y + 1, x);
    case 'ArrowUp':
      return at(y - 1, x);
    case 'Home':
      return at(y, 0);
    case 'End':
      return at(y, Infinity);
    default:
      return null;
  }
}
