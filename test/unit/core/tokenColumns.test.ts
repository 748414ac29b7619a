import fc from 'fast-check';
import { expect, it } from 'vitest';
import { columnsOfTokens, tokensOfColumns } from '../../../src/core/tokenColumns';
import type { EncodedToken } from '../../../src/protocol/encoding';

const index = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const orNull = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { nil: null });
const token = fc.record<EncodedToken>({
  token: fc.string({ unit: 'binary' }),
  id: index,
  segmentId: index,
  positionId: index,
  attentionMask: fc.constantFrom<0 | 1>(0, 1),
  special: fc.boolean(),
  start: orNull(index),
  end: orNull(index),
  sequence: orNull(fc.constantFrom<0 | 1>(0, 1)),
  word: orNull(index),
  unknown: fc.boolean(),
  mask: fc.boolean(),
});

it('tokens come out of their columns as they went in', () => {
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      expect(tokensOfColumns(columnsOfTokens(tokens))).toEqual(tokens);
    }),
  );
});
