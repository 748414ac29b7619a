import type { Theme } from '../shared/theme';

/**
 * Colours of runs as `#rrggbb`: the theme's own of charts, far apart first, and then each of them half way to the text's.
 * Some themes have one that is see-through, too pale for a line: all are taken in full.
 */
export function paletteOf(theme: Theme): string[] {
  const own = theme.charts.map(parseOpaque);
  const text = parseOpaque(theme.foreground);
  const softer = own.map((rgb) => rgb.map((part, index) => Math.round((part + text[index]!) / 2)));
  return [...own, ...softer].map(hexOf);
}

/** Red, green and blue of a CSS colour, from 0 to 255, whatever its opacity. */
function parseOpaque(colour: string): number[] {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

function hexOf(rgb: number[]): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
