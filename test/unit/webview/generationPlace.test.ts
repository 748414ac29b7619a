import { expect, it } from 'vitest';
import type { GenerationResult } from '../../../src/protocol/views';
import { placeIn } from '../../../webview/generation/place';

const resultOf = (...texts: string[]): GenerationResult => ({
  ...{ model: 'm', kind: 'decoder', tokens: [], cut: false, gap: null, beams: texts.length, masked: null },
  generated: texts.map((text) => ({ text, tokens: [], score: 0, ended: true })),
});

it('the step that was looked at is there again for the same text, and for no other', () => {
  const place = { ...placeIn(undefined, resultOf('a', 'b')), chosen: 1, step: 3 };
  expect(placeIn(place, resultOf('a', 'b'))).toEqual(place);
  expect(placeIn(place, resultOf('a', 'c'))).toMatchObject({ chosen: 0, step: 0 });
  expect(placeIn({ of: place.of }, resultOf('a', 'b'))).toMatchObject({ chosen: 0, step: 0 });
});
