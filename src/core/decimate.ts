/** The part of an axis that is on show, and how many pixels wide. */
export interface XRange {
  min: number;
  max: number;
  columns: number;
  /** Whether the axis is logarithmic: places at and below 0 have no pixel then. */
  log: boolean;
}

/**
 * Which points of a curve to draw, so that the picture is that of all points: of each pixel's column the first, the least,
 * the greatest and the last, in their order, and on either side the nearest point out of sight, to which the line goes
 * on. Takes one look at each point that is in sight.
 * @param x ascending; of the points of a series between two restarts. @param values points that are not finite, or on a
 * logarithmic axis not above 0, are not drawn. @returns indices, ascending, at most 4 a column and 2.
 */
export function pointsToDraw(
  x: Float64Array,
  values: Float64Array,
  range: XRange,
  logY = false,
): Uint32Array {
  const { log, columns } = range;
  const placeOf = log ? Math.log : (at: number): number => at;
  const [from, to] = [placeOf(range.min), placeOf(range.max)];
  const scale = to > from ? columns / (to - from) : 0;
  const isDrawn = (index: number): boolean =>
    Number.isFinite(values[index]!) && (!logY || values[index]! > 0) && (!log || x[index]! > 0);
  const start = lowerBound(x, range.min);
  const kept: number[] = [];
  let before = start - 1;
  while (before >= 0 && !isDrawn(before)) before--;
  if (before >= 0) kept.push(before);

  let column = -1;
  let [first, least, greatest, last] = [-1, -1, -1, -1];
  const close = (): void => {
    if (first < 0) return;
    const [left, right] = least < greatest ? [least, greatest] : [greatest, least];
    kept.push(first);
    if (left !== first && left !== last) kept.push(left);
    if (right !== first && right !== last && right !== left) kept.push(right);
    if (last !== first) kept.push(last);
  };
  let index = start;
  for (; index < x.length && x[index]! <= range.max; index++) {
    if (!isDrawn(index)) continue;
    const own = Math.min(columns - 1, Math.floor((placeOf(x[index]!) - from) * scale));
    if (own !== column) {
      close();
      column = own;
      first = least = greatest = index;
    } else {
      if (values[index]! < values[least]!) least = index;
      if (values[index]! > values[greatest]!) greatest = index;
    }
    last = index;
  }
  close();
  while (index < x.length && !isDrawn(index)) index++;
  if (index < x.length) kept.push(index);
  return Uint32Array.from(kept);
}

/** The first index of ascending numbers whose number is at least `value`; their length without one. */
export function lowerBound(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The first index of ascending numbers whose number is greater than `value`; their length without one. */
export function upperBound(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
