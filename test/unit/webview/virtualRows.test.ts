import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsInSight } from '../../../webview/shared/virtualRows';

it('rows that are in sight are drawn, few others, and the height is that of all', () => {
  const arbitrary = fc.record({
    count: fc.nat(200_000),
    visible: fc.integer({ min: 1, max: 100 }),
    scrolled: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(arbitrary, ({ count, visible, scrolled }) => {
      const height = 24;
      const top = scrolled * Math.max(0, (count - visible) * height);
      const { start, end, before, after } = rowsInSight(top, count, height, visible);
      expect(start).toBeLessThanOrEqual(Math.floor(top / height));
      expect(end).toBeGreaterThanOrEqual(Math.min(count, Math.floor(top / height) + visible));
      expect(end - start).toBeLessThanOrEqual(visible + 40);
      expect(before + (end - start) * height + after).toBe(count * height);
    }),
  );
});

it('a filter that leaves few rows shows them, however far it was scrolled', () => {
  expect(rowsInSight(1e6, 3, 24, 60)).toEqual({ start: 0, end: 3, before: 0, after: 0 });
});
