import { describe, expect, it } from 'vitest';
import {
  distanceFromTurned,
  distanceFromWaves,
  productsByDistance,
  sinusoid,
  sinusoidProduct,
  turned,
} from '../../../../src/core/forward/sinusoids';

const dot = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Array.from(one).reduce((sum, number, at) => sum + number * other[at]!, 0);

describe('sinusoidal positions', () => {
  it('are those of the paper', () => {
    // Vaswani et al. 2017, section 3.5, with d = 4: wavelengths 2π and 200π.
    expect([...sinusoid(0, 4, 'interleaved')]).toEqual([0, 1, 0, 1]);
    const expected = [Math.sin(3), Math.cos(3), Math.sin(0.03), Math.cos(0.03)];
    sinusoid(3, 4, 'interleaved').forEach((found, at) => expect(found).toBeCloseTo(expected[at]!, 14));
    const halves = [Math.sin(3), Math.sin(0.03), Math.cos(3), Math.cos(0.03)];
    sinusoid(3, 4, 'halves').forEach((found, at) => expect(found).toBeCloseTo(halves[at]!, 14));
  });

  it('have products that depend on the distance alone', () => {
    for (const width of [4, 160, 512]) {
      for (const distance of [0, 1, 7, 50]) {
        const expected = sinusoidProduct(distance, width);
        for (const position of [0, 3, 100]) {
          const product = dot(
            sinusoid(position, width, 'interleaved'),
            sinusoid(position + distance, width, 'halves').map((_, at, all) => {
              const half = width / 2;
              return all[at % 2 === 0 ? at / 2 : half + (at - 1) / 2]!;
            }),
          );
          expect(product).toBeCloseTo(expected, 9);
        }
      }
      expect(sinusoidProduct(0, width)).toBe(width / 2);
    }
  });

  it.each(['interleaved', 'halves'] as const)(
    'are turned by a distance, whatever the position: %s',
    (order) => {
      for (const position of [0, 5, 200]) {
        const expected = sinusoid(position + 13, 64, order);
        turned(sinusoid(position, 64, order), 13, order).forEach((found, at) =>
          expect(found).toBeCloseTo(expected[at]!, 11),
        );
      }
      const vectors = Array.from({ length: 20 }, (_, position) => [...sinusoid(position, 64, order)]).flat();
      expect(distanceFromTurned(vectors, 64, 5)).toBeLessThan(1e-12);
      expect(distanceFromWaves(vectors, 64)).toBeLessThan(1e-12);
      // Position 12 stands 5 after position 7.
      vectors[12 * 64 + 3]! += 0.25;
      expect(distanceFromTurned(vectors, 64, 5)).toBeCloseTo(0.25, 9);
      expect(distanceFromWaves(vectors, 64)).toBeCloseTo(0.25, 9);
    },
  );

  it('have the curve of their closed form', () => {
    const width = 32;
    const vectors = Float64Array.from(
      { length: 20 * width },
      (_, at) => sinusoid(Math.floor(at / width), width, 'halves')[at % width]!,
    );
    productsByDistance(vectors, width).forEach((mean, distance) =>
      expect(mean).toBeCloseTo(sinusoidProduct(distance, width) / sinusoidProduct(0, width), 11),
    );
  });
});
