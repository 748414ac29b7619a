/**
 * Maps positions counted in Unicode code points to positions counted in UTF-16 code units.
 * A lone surrogate is one code point, as tokenizers see it (U+FFFD).
 * @returns a function from a code-point index in [0, n] to a UTF-16 index; n is the number of code points.
 */
export function utf16Positions(text: string): (codePoint: number) => number {
  const starts = new Uint32Array(text.length + 1);
  let count = 0;
  let position = 0;
  for (const character of text) {
    starts[count++] = position;
    position += character.length;
  }
  starts[count] = position;
  if (count === text.length) return (codePoint) => codePoint;
  return (codePoint) => starts[Math.min(codePoint, count)]!;
}
