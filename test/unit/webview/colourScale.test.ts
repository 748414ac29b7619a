import { describe, expect, it } from 'vitest';
import { colourScale, divergingScale, pixelsOf, type Rgb } from '../../../webview/shared/colourScale';

/** Relative luminance (WCAG 2.1). */
function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** What an eye without one kind of cones sees: the matrices of Viénot, Brettel and Mollon (1999), in linear RGB. */
const deuteranope = ([red, green, blue]: Rgb): Rgb => {
  const linear = [red, green, blue].map((channel) => (channel / 255) ** 2.2) as [number, number, number];
  const mixed = 0.29275 * linear[0] + 0.70725 * linear[1];
  const seen = [mixed, mixed, -0.02234 * linear[0] + 0.02234 * linear[1] + linear[2]];
  return seen.map((part) => Math.round(Math.max(part, 0) ** (1 / 2.2) * 255)) as unknown as Rgb;
};

const themes: [Parameters<typeof colourScale>[0], Rgb, 'rises' | 'falls'][] = [
  ['dark', [24, 24, 24], 'rises'],
  ['light', [248, 248, 248], 'falls'],
  ['highContrast', [0, 0, 0], 'rises'],
  ['highContrastLight', [255, 255, 255], 'falls'],
];

describe.each(themes)('the colours of weights in a %s theme', (kind, background, course) => {
  const scale = colourScale(kind, background);

  it('begin at the background and end far from it', () => {
    expect(scale).toHaveLength(256);
    expect(scale[0]).toEqual(background);
    const [first, last] = [luminance(scale[0]!), luminance(scale[255]!)];
    expect((Math.max(first, last) + 0.05) / (Math.min(first, last) + 0.05)).toBeGreaterThan(12);
  });

  it.each([
    ['every eye', (rgb: Rgb) => rgb],
    ['an eye without green cones', deuteranope],
  ])('go one way in brightness for %s', (_, seenBy) => {
    const brightness = scale.map((rgb) => luminance(seenBy(rgb)) * (course === 'rises' ? 1 : -1));
    for (let byte = 8; byte < 256; byte += 8) {
      expect(brightness[byte]!).toBeGreaterThan(brightness[byte - 8]!);
    }
  });

  it('are the pixels of an image', () => {
    const [red, green, blue] = scale[200]!;
    expect([...new Uint8Array(pixelsOf(scale).buffer, 200 * 4, 4)]).toEqual([red, green, blue, 255]);
  });
});

describe.each(themes)('the colours of signed numbers in a %s theme', (kind, background, course) => {
  const scale = divergingScale(kind, background);

  it('begin at the background in the middle, and are nothing where there is no number', () => {
    expect([scale[0], scale[128]]).toEqual([background, background]);
  });

  it('go one way in brightness to either end, far from the background and from each other', () => {
    const brightness = scale.map((rgb) => luminance(rgb) * (course === 'rises' ? 1 : -1));
    for (let step = 16; step < 127; step += 8) {
      expect(brightness[128 + step]!).toBeGreaterThan(brightness[120 + step]!);
      expect(brightness[128 - step]!).toBeGreaterThan(brightness[136 - step]!);
    }
    const [below, above] = [deuteranope(scale[1]!), deuteranope(scale[255]!)];
    expect(Math.abs(below[2] - above[2])).toBeGreaterThan(80);
  });
});
