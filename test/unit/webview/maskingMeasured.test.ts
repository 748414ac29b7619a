import { expect, it } from 'vitest';
import type { JudgedPattern, MaskedToken } from '../../../src/protocol/masking';
import { expectedEver, statisticsOf } from '../../../webview/masking/measured';

const pattern = (loss: number | null, ...targets: [number, MaskedToken['action']][]): JudgedPattern => ({
  ...{ loss, spans: [] },
  masked: targets.map(([position, action]) => ({ position, action, id: 7 })),
});

it('counts what is masked over all epochs', () => {
  const patterns = [pattern(2, [1, 'mask']), pattern(null), pattern(5, [1, 'keep'], [4, 'mask'])];
  const { masked, actions, everMasked, loss } = statisticsOf(patterns, 10);
  expect(masked).toBeCloseTo(3 / 30);
  expect(actions!.mask).toBeCloseTo(2 / 3);
  expect([actions!.random, actions!.keep]).toEqual([0, 1 / 3]);
  expect(everMasked).toBe(0.2);
  // The mean over the masked tokens, as training has it: (2 + 5 + 5) / 3.
  expect(loss).toBe(4);
  expect(statisticsOf([pattern(null)], 10)).toMatchObject({ masked: 0, actions: null, loss: null });
});

it('expects what independent patterns do together', () => {
  expect(expectedEver(0.15, 1)).toBeCloseTo(0.15);
  expect(expectedEver(0.15, 3)).toBeCloseTo(0.15 + 0.85 * 0.15 + 0.85 * 0.85 * 0.15);
});
