import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strongestEdges } from '../../../../src/core/attention/edges';
import { maximumOf, meanOf, reshape, rolloutStep } from '../../../../src/core/attention/reductions';
import { everyToken, matrixUnits } from '../../../../src/core/attention/units';
import { tokensOf } from './tokens';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

/** Rows of probabilities, `[size][size]`. */
const stochastic = (size: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: size, maxLength: size }), {
      minLength: size,
      maxLength: size,
    })
    .map((rows) =>
      Float32Array.from(
        rows.flatMap((row) => {
          const sum = row.reduce((total, each) => total + each, 0);
          return row.map((each) => each / sum);
        }),
      ),
    );

const rowSums = (matrix: Float32Array, columns: number): number[] =>
  Array.from({ length: matrix.length / columns }, (_, row) =>
    matrix.subarray(row * columns, (row + 1) * columns).reduce((sum, each) => sum + each, 0),
  );

describe('mean and maximum of heads', () => {
  it('are taken entry by entry', () => {
    const heads = [floats(0.5, 0.5, 0.25, 0.75), floats(1, 0, 0.75, 0.25)];
    expect([...meanOf(heads)]).toEqual([0.75, 0.25, 0.5, 0.5]);
    expect([...maximumOf(heads)]).toEqual([1, 0.5, 0.75, 0.75]);
    expect([...heads[0]!]).toEqual([0.5, 0.5, 0.25, 0.75]);
  });

  it('of one head are that head', () => {
    const head = floats(0.5, 0.5, 0.25, 0.75);
    expect(meanOf([head])).toEqual(head);
    expect(maximumOf([head])).toEqual(head);
  });
});

/** Row by column, as it is defined. */
const product = (left: Float32Array, right: Float32Array, size: number): Promise<Float32Array> =>
  Promise.resolve(
    Float32Array.from({ length: size * size }, (_, at) => {
      const [row, column] = [Math.floor(at / size), at % size];
      let sum = 0;
      for (let middle = 0; middle < size; middle++)
        sum += left[row * size + middle]! * right[middle * size + column]!;
      return sum;
    }),
  );

describe('rollout', () => {
  it('mixes half of the identity into each layer and multiplies them', async () => {
    // ½·[[0,1],[1,0]] + ½·I is ½ everywhere; ½·[[1,0],[½,½]] + ½·I is [[1,0],[¼,¾]].
    const first = await rolloutStep(floats(0, 1, 1, 0), null, 2, product);
    expect([...first]).toEqual([0.5, 0.5, 0.5, 0.5]);
    const below = await rolloutStep(floats(1, 0, 0.5, 0.5), null, 2, product);
    expect([...below]).toEqual([1, 0, 0.25, 0.75]);
    // The later layer stands on the left: ½·[[0,1],[1,0]]+½·I times [[1,0],[¼,¾]].
    expect([...(await rolloutStep(floats(0, 1, 1, 0), below, 2, product))]).toEqual([
      0.625, 0.375, 0.625, 0.375,
    ]);
    expect([...(await rolloutStep(floats(1, 0, 0.5, 0.5), first, 2, product))]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it('has rows that sum to 1, and nothing beyond a causal mask', async () => {
    await fc.assert(
      fc.asyncProperty(stochastic(4), stochastic(4), async (first, second) => {
        const rolled = await rolloutStep(second, await rolloutStep(first, null, 4, product), 4, product);
        for (const sum of rowSums(rolled, 4)) expect(sum).toBeCloseTo(1, 5);
      }),
    );
    const causal = floats(1, 0, 0, 0.5, 0.5, 0, 0.25, 0.25, 0.5);
    const rolled = await rolloutStep(causal, await rolloutStep(causal, null, 3, product), 3, product);
    expect([rolled[1], rolled[2], rolled[5]]).toEqual([0, 0, 0]);
  });
});

describe('words, special tokens and blocks', () => {
  const tokens = tokensOf('[CLS] the light-house [SEP]');
  // Rows: [CLS], the, light, house, [SEP].
  const weights = floats(
    ...[0.2, 0.2, 0.2, 0.2, 0.2],
    ...[0.5, 0.1, 0.1, 0.1, 0.2],
    ...[0, 0.4, 0.2, 0.4, 0],
    ...[0.2, 0.2, 0.4, 0, 0.2],
    ...[0, 0, 0, 0, 1],
  );
  const shaped = (
    change: Partial<typeof everyToken>,
    texts = tokens,
    matrix = weights,
  ): { rows: number; values: number[] } => {
    const shape = { ...everyToken, ...change };
    const units = matrixUnits(texts, texts, shape);
    const values = reshape(matrix, texts.length, units, shape.specials === 'renormalised');
    return { rows: units.queries.length, values: [...values].map((each) => Math.round(each * 1e6) / 1e6) };
  };

  it('leave a matrix of every token as it is', () => {
    const units = matrixUnits(tokens, tokens, everyToken);
    expect(reshape(weights, 5, units, false)).toBe(weights);
  });

  it('merge a word: the sum over its keys, the mean over its queries', () => {
    const { rows, values } = shaped({ words: true });
    expect(rows).toBe(4);
    expect(values).toEqual([
      ...[0.2, 0.2, 0.4, 0.2],
      ...[0.5, 0.1, 0.2, 0.2],
      // light and house: (0+0.2)/2, (0.4+0.2)/2, (0.6+0.4)/2, (0+0.2)/2.
      ...[0.1, 0.3, 0.5, 0.1],
      ...[0, 0, 0, 1],
    ]);
  });

  it('hide special tokens with and without scaling what is left', () => {
    expect(shaped({ specials: 'hidden' }).values).toEqual([0.1, 0.1, 0.1, 0.4, 0.2, 0.4, 0.2, 0.4, 0]);
    expect(shaped({ specials: 'renormalised' }).values).toEqual(
      [1 / 3, 1 / 3, 1 / 3, 0.4, 0.2, 0.4, 1 / 3, 2 / 3, 0].map((each) => Math.round(each * 1e6) / 1e6),
    );
  });

  it('leave a row at 0 that has nothing left', () => {
    const only = tokensOf('[CLS] tea [SEP]');
    const sink = floats(0, 0, 1, 0, 0, 1, 0, 0, 1);
    expect(shaped({ specials: 'renormalised' }, only, sink).values).toEqual([0]);
  });

  it('cut the four blocks out of a pair', () => {
    const pair = tokensOf('[CLS] a b [SEP] c [SEP]');
    const numbered = Float32Array.from({ length: 36 }, (_, at) => Math.floor(at / 6) * 10 + (at % 6));
    const block = (query: 0 | 1, key: 0 | 1): number[] =>
      shaped({ block: { query, key } }, pair, numbered).values;
    expect(block(0, 0)).toEqual([11, 12, 21, 22]);
    expect(block(0, 1)).toEqual([14, 24]);
    expect(block(1, 0)).toEqual([41, 42]);
    expect(block(1, 1)).toEqual([44]);
  });

  it('do not take a word of one text for the same of the other', () => {
    const pair = tokensOf('[CLS] tea [SEP] tea [SEP]');
    const units = matrixUnits(pair, pair, { words: true, specials: 'hidden', block: null });
    expect(units.keys).toEqual([[1], [3]]);
  });

  it('keep sums of rows when words are merged, whatever the weights', () => {
    fc.assert(
      fc.property(stochastic(5), (matrix) => {
        const { rows, values } = shaped({ words: true }, tokens, matrix);
        for (const sum of rowSums(Float32Array.from(values), rows)) expect(sum).toBeCloseTo(1, 4);
      }),
    );
  });
});

describe('the strongest edges', () => {
  it('come in falling order, without those of weight 0', () => {
    const { queries, keys, weights } = strongestEdges(floats(0.5, 0, 0.25, 0, 1, 0.25), 3, 10);
    expect([...weights]).toEqual([1, 0.5, 0.25, 0.25]);
    expect([...queries]).toEqual([1, 0, 0, 1]);
    expect([...keys]).toEqual([1, 0, 2, 2]);
  });

  it('are as many as are asked for, also among equal ones', () => {
    expect([...strongestEdges(new Float32Array(12).fill(0.1), 4, 3).keys]).toEqual([0, 1, 2]);
  });

  it('are those that sorting all finds', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }), (values) => {
        const expected = values
          .filter((each) => each > 0)
          .sort((a, b) => b - a)
          .slice(0, 7);
        expect([...strongestEdges(Float32Array.from(values), 4, 7).weights]).toEqual(expected);
      }),
    );
  });
});
