import { expect, it } from 'vitest';
import { matrixOf } from '../../../src/engine/tensorMatrix';

it('a hidden state of nn.Transformer, tokens before the batch, has a row for each token', () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(matrixOf({ dims: [3, 1, 2], values }, 'hiddenState')).toEqual({
    values,
    rows: 3,
    columns: 2,
    heads: 1,
  });
  // Three heads of one token, merged with the batch.
  expect(matrixOf({ dims: [3, 1, 2], values }, 'attentionContext')).toMatchObject({ rows: 1, heads: 3 });
});
