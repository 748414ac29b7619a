import type { Theme } from './theme';

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Lightness 0 to 1, and the two axes of colour. */
type Oklab = readonly [number, number, number];

/** The way from nothing to everything: chroma and hue (degrees) along the scale, and the lightness at its end. */
interface Course {
  lightness: number;
  /** Lightness that the smallest weight has at least: steps next to black do not show. */
  least?: number;
  stops: readonly { at: number; chroma: number; hue: number }[];
}

/** Grey in high contrast, where colours are not to be relied on. */
const grey = [{ at: 1, chroma: 0, hue: 0 }];
const courses: Record<Theme['kind'], Course> = {
  dark: {
    lightness: 0.97,
    stops: [
      { at: 0.3, chroma: 0.13, hue: 295 },
      { at: 0.6, chroma: 0.17, hue: 10 },
      { at: 0.85, chroma: 0.14, hue: 75 },
      { at: 1, chroma: 0.1, hue: 105 },
    ],
  },
  light: {
    lightness: 0.2,
    stops: [
      { at: 0.3, chroma: 0.07, hue: 200 },
      { at: 0.6, chroma: 0.14, hue: 255 },
      { at: 1, chroma: 0.11, hue: 300 },
    ],
  },
  highContrast: { lightness: 1, least: 0.2, stops: grey },
  highContrastLight: { lightness: 0, stops: grey },
};

/**
 * The 256 colours of bytes of weights. It begins at the background and changes its lightness evenly in Oklab
 * (Ottosson 2020, "A perceptual color space for image processing"), so that equal steps look equal, to
 * colour-blind eyes too.
 */
export function colourScale(kind: Theme['kind'], background: Rgb): Rgb[] {
  const { lightness, least = 0, stops } = courses[kind];
  const first = toOklab(background);
  const smallest = Math.max(first[0], least);
  return Array.from({ length: 256 }, (_, byte) => {
    if (byte === 0) return background;
    const at = byte / 255;
    const next = stops.findIndex((stop) => stop.at >= at);
    const from =
      next === 0 ? { at: 0, lab: first } : { at: stops[next - 1]!.at, lab: labOf(stops[next - 1]!) };
    const to = labOf(stops[next]!);
    const part = (at - from.at) / (stops[next]!.at - from.at);
    return toRgb([
      smallest + (lightness - smallest) * at,
      from.lab[1] + (to[1] - from.lab[1]) * part,
      from.lab[2] + (to[2] - from.lab[2]) * part,
    ]);
  });
}

/** What is below and above zero: hues (degrees) far apart for colour-blind eyes, too, and how far they go. */
interface Poles {
  lightness: number;
  /** Lightness that the smallest number has at least: steps next to black do not show. */
  least?: number;
  chroma: number;
  below: number;
  above: number;
}

const poles: Record<Theme['kind'], Poles> = {
  dark: { lightness: 0.82, chroma: 0.15, below: 245, above: 60 },
  light: { lightness: 0.42, chroma: 0.16, below: 260, above: 40 },
  highContrast: { lightness: 0.92, least: 0.2, chroma: 0.14, below: 235, above: 75 },
  highContrastLight: { lightness: 0.3, chroma: 0.15, below: 265, above: 40 },
};

/**
 * The 256 colours of the bytes of `core/signedBytes`: the background at 128, and one hue on either side of it, whose
 * lightness changes evenly in Oklab. The byte 0, no number, is the background, too.
 */
export function divergingScale(kind: Theme['kind'], background: Rgb): Rgb[] {
  const { lightness, least = 0, chroma, below, above } = poles[kind];
  const first = toOklab(background);
  const smallest = Math.max(first[0], least);
  return Array.from({ length: 256 }, (_, byte) => {
    const part = byte === 0 ? 0 : Math.abs(byte - 128) / 127;
    if (part === 0) return background;
    const to = labOf({ chroma, hue: byte < 128 ? below : above });
    return toRgb([
      smallest + (lightness - smallest) * part,
      first[1] + (to[1] - first[1]) * part,
      first[2] + (to[2] - first[2]) * part,
    ]);
  });
}

/** A colour as CSS writes it. */
export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Whether black is read better on a colour than white. */
export function isLight(colour: Rgb): boolean {
  return toOklab(colour)[0] > 0.62;
}

/** A CSS colour without transparency, as the theme's backgrounds are. */
export function parseColour(colour: string): Rgb {
  const context = document.createElement('canvas').getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red!, green!, blue!];
}

/** Colours of weights as the pixels of `ImageData`, little-endian RGBA. */
export function pixelsOf(scale: Rgb[]): Uint32Array {
  return Uint32Array.from(scale, ([red, green, blue]) => (255 << 24) | (blue << 16) | (green << 8) | red);
}

/** The scale as a gradient, evenly spaced by its bytes from `first` on. */
export function gradient(scale: Rgb[], first = 0): string {
  const stops = Array.from({ length: 17 }, (_, step) => {
    return css(scale[Math.round(first + (step / 16) * (255 - first))]!);
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

/** Weights worth a tick on the scale, with their places from 0 to 1. */
export const ticks = [0, 0.01, 0.1, 0.25, 0.5, 1].map((weight) => ({ weight, place: Math.sqrt(weight) }));

function labOf({ chroma, hue }: { chroma: number; hue: number }): Oklab {
  const angle = (hue * Math.PI) / 180;
  return [0, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function toOklab(rgb: Rgb): Oklab {
  const [r, g, b] = rgb.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Oklab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channel = (part: number): number => {
    const encoded = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
    return Math.round(Math.min(Math.max(encoded, 0), 1) * 255);
  };
  return [
    channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
