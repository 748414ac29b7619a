/** A part of the x axis. */
export interface Range {
  min: number;
  max: number;
}

/** Places as they lie on the axis, which may be logarithmic. */
function scaleOf(isLog: boolean): { on: (x: number) => number; off: (at: number) => number } {
  return isLog ? { on: Math.log10, off: (at) => 10 ** at } : { on: (x) => x, off: (at) => at };
}

/**
 * A range of another width around a place that stays where it is. @param factor of the width.
 * @returns null when it takes in all of `full`, and the same range when floating point cannot divide it further.
 */
export function zoomedRange(
  range: Range,
  full: Range,
  factor: number,
  centre: number,
  isLog: boolean,
): Range | null {
  const { on, off } = scaleOf(isLog);
  const [min, max, middle] = [on(range.min), on(range.max), on(centre)];
  const zoomed = { min: off(middle - (middle - min) * factor), max: off(middle + (max - middle) * factor) };
  const isTooSmall = zoomed.max - zoomed.min < 1e-9 * Math.max(Math.abs(zoomed.min), Math.abs(zoomed.max));
  if (isTooSmall) return range;
  return zoomed.min <= full.min && zoomed.max >= full.max ? null : inside(zoomed, full, isLog);
}

/** A range of the same width, moved, and kept inside of `full`. @param by in widths of the range. */
export function pannedRange(range: Range, full: Range, by: number, isLog: boolean): Range {
  const { on, off } = scaleOf(isLog);
  const [min, max] = [on(range.min), on(range.max)];
  const shift = by * (max - min);
  return inside({ min: off(min + shift), max: off(max + shift) }, full, isLog);
}

/** A range of the same width with a place in its middle, and kept inside of `full`. */
export function centredRange(range: Range, full: Range, place: number, isLog: boolean): Range {
  const { on } = scaleOf(isLog);
  const [min, max] = [on(range.min), on(range.max)];
  return pannedRange(range, full, (on(place) - (min + max) / 2) / (max - min), isLog);
}

function inside(range: Range, full: Range, isLog: boolean): Range {
  const { on, off } = scaleOf(isLog);
  const [least, most] = [on(full.min), on(full.max)];
  const width = Math.min(on(range.max) - on(range.min), most - least);
  const start = Math.min(Math.max(on(range.min), least), most - width);
  return { min: off(start), max: off(start + width) };
}
