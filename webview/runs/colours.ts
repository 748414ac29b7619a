import type { Theme } from '../shared/theme';

/** Colours of runs as `#rrggbb`: the theme's own of charts, far apart first, and then each of them half way to the text's. */
export function paletteOf(theme: Theme): string[] {
  const own = theme.charts.map((colour) => rgbOf(colour, theme.background));
  const text = rgbOf(theme.foreground, theme.background);
  const softer = own.map((rgb) => rgb.map((part, index) => Math.round((part + text[index]!) / 2)));
  return [...own, ...softer].map(hexOf);
}

/** What a CSS colour looks like over a background, from 0 to 255 for red, green and blue. */
function rgbOf(colour: string, background: string): number[] {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d')!;
  for (const each of [background, colour]) {
    context.fillStyle = each;
    context.fillRect(0, 0, 1, 1);
  }
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

function hexOf(rgb: number[]): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
