import { describe, expect, it } from 'vitest';
import { headScores } from '../../../../src/core/attention/scores';

const tensor = (dims: number[], ...values: number[]) => ({ dims, values: Float32Array.from(values) });

describe('how a query comes to its weights', () => {
  // Two heads of size 2, two queries, three keys; of the second head, the second query.
  const layer = {
    query: tensor([1, 2, 2, 2], 9, 9, 9, 9, 9, 9, 1, 2),
    key: tensor([1, 2, 2, 3], ...Array<number>(6).fill(9), 1, 0, 3, 1, 4, 0),
    scores: tensor([1, 2, 2, 3], ...Array<number>(9).fill(9), 1.5, 4, -9998.5),
    added: tensor([1, 1, 1, 3], 0, 0, -10000),
  };
  const weights = Float32Array.of(0.1, 0.9, 0);

  it('is told element by element', () => {
    const found = headScores(layer, 1, 1, weights);
    expect([...found.query]).toEqual([1, 2]);
    expect([...found.keys]).toEqual([1, 1, 0, 4, 3, 0]);
    expect([...found.products]).toEqual([3, 8, 3]);
    expect(found.scale).toBe(0.5);
    expect([...found.added!]).toEqual([0, 0, -10000]);
    expect(found.weights).toBe(weights);
  });

  it('reads what is added by head and query, or for all', () => {
    const byHead = { ...layer, added: tensor([2, 1, 3], 9, 9, 9, 0.5, 1, 2) };
    expect([...headScores(byHead, 1, 1, weights).added!]).toEqual([0.5, 1, 2]);
    const byQuery = { ...layer, added: tensor([2, 3], 9, 9, 9, 0.5, 1, 2) };
    expect([...headScores(byQuery, 1, 1, weights).added!]).toEqual([0.5, 1, 2]);
    const forAll = { ...layer, added: tensor([1], 2) };
    expect([...headScores(forAll, 1, 1, weights).added!]).toEqual([2, 2, 2]);
  });

  it('takes a scale of 1 where the products tell none', () => {
    const nothing = { ...layer, query: tensor([1, 2, 2, 2], ...Array<number>(8).fill(0)), added: null };
    expect(headScores(nothing, 1, 1, weights)).toMatchObject({ scale: 1, added: null });
  });
});
