import { expect, it } from 'vitest';
import { memoryChange, type MemorySample } from '../soak/memory';

const samples = (bytes: (index: number) => number, count = 100): MemorySample[] =>
  Array.from({ length: count }, (_, index) => ({
    inspections: index,
    hostBytes: bytes(index),
    engineBytes: 1,
  }));

it('memory that fills first and is flat then has not grown', () => {
  const filled = samples((index) => Math.min(1000, 100 * index) + (index % 2));
  expect(memoryChange(filled, 'hostBytes').growth).toBeCloseTo(0, 3);
});

it('memory that is lost with each inspection has', () => {
  const lost = memoryChange(
    samples((index) => 1000 + 10 * index),
    'hostBytes',
  );
  expect(lost).toMatchObject({ beforeBytes: 1370, afterBytes: 1870 });
  expect(lost.growth).toBeCloseTo(500 / 1370, 9);
});

it('a few samples tell nothing', () => {
  expect(() =>
    memoryChange(
      samples(() => 1, 7),
      'hostBytes',
    ),
  ).toThrow(/too few/);
});
