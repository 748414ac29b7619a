import { expect, it } from 'vitest';
import { inputText } from '../../../src/core/plainText';
import type { EncodedToken } from '../../../src/protocol/encoding';
import type { InputPart } from '../../../src/protocol/tensor';

it('tells norms of embeddings as they are added: times their factor', () => {
  const token = (name: string): EncodedToken => ({
    ...{ token: name, id: 0, segmentId: 0, positionId: 0, attentionMask: 1, special: false },
    ...{ start: 0, end: 1, sequence: 0, word: 0, unknown: false, mask: false },
  });
  const part = (role: InputPart['role'], factor: number, norms: number[]): InputPart => ({
    ...{ role, factor },
    picture: {
      ...{ shape: [norms.length, 1], rows: norms.length, columns: 1, cells: 1, heads: 1, scale: 1 },
      ...{ bytes: new Uint8Array(norms.length), norms: new Float32Array(norms) },
      statistics: { minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, withoutNumber: 0 },
    },
  });
  const parts = [part('tokenEmbedding', 16, [0.5, 0.25]), part('positionEmbedding', 1, [3])];
  const whole = {
    model: 'm',
    tokenCount: 2,
    maximumLength: null,
    window: null,
    missing: [],
    difference: null,
  };
  const text = inputText({ ...whole, tokens: [token('a'), token('b')], parts });
  expect(text.split('\n').map((line) => line.trim().split(/\s+/))).toEqual([
    ['norm', 'tokenEmbedding', 'positionEmbedding'],
    ['a', '8.000', '3.000'],
    ['b', '4.000', '3.000'],
  ]);
});
