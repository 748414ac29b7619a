import { describe, expect, it } from 'vitest';
import { everyToken, oneHead } from '../../../src/core/attention/units';
import { byteToWeight } from '../../../src/core/weightBytes';
import { AttentionTrace, TraceStore, type TappedAttention } from '../../../src/engine/traces';
import { headStatistics, type AttentionBytes, type AttentionSlice } from '../../../src/protocol/attention';
import { tokensOf } from '../core/attention/tokens';

const { signal } = new AbortController();
const texts = (count: number) => ({
  tokens: tokensOf(Array<string>(count).fill('a').join(' ')),
  target: null,
});

const read = (): Promise<never> => Promise.reject(new Error('no model'));

const layer = (size: number, heads: number, weight: number): TappedAttention => ({
  stack: 'encoder',
  probabilities: {
    dims: [1, heads, size, size],
    values: new Float32Array(heads * size * size).fill(weight),
  },
  read,
});
const traceOf = (size: number): AttentionTrace =>
  AttentionTrace.of([layer(size, 2, 0.25), layer(size, 2, 1)], texts(size), 'model.onnx');

/** Two layers of two heads over three tokens: previous token, itself; even, first token. */
const patterns = (): AttentionTrace => {
  const even = Array<number>(9).fill(1 / 3);
  const [previous, itself] = [
    [1, 0, 0, 1, 0, 0, 0, 1, 0],
    [1, 0, 0, 0, 1, 0, 0, 0, 1],
  ];
  const first = [1, 0, 0, 1, 0, 0, 1, 0, 0];
  const tapped = (...heads: number[][]): TappedAttention => ({
    stack: 'encoder',
    probabilities: { dims: [1, 2, 3, 3], values: Float32Array.from(heads.flat()) },
    read,
  });
  return AttentionTrace.of([tapped(previous, itself!), tapped(even, first)], texts(3), 'model.onnx');
};

describe('a trace', () => {
  it('is read as an atlas, a layer, a head and exact rows and columns', async () => {
    const stack = traceOf(4).stack('encoder');
    const read = (slice: AttentionSlice): Promise<AttentionBytes> => stack.slice(slice, signal);
    const head = (index: { layer: number; head: number }): AttentionSlice => ({
      kind: 'matrix',
      source: oneHead(index),
      shape: everyToken,
    });
    const atlas = await read({ kind: 'atlas', cells: 2 });
    expect([atlas.queries, atlas.keys, atlas.bytes.length]).toEqual([2, 2, 2 * 2 * 4]);
    expect([...atlas.bytes].map(byteToWeight).map((each) => Math.round(each * 4))).toEqual(
      Array<number>(8).fill(1).concat(Array<number>(8).fill(4)),
    );
    expect((await read({ kind: 'atlas', cells: 99 })).keys).toBe(4);
    const whole = { queries: 4, keys: 4 };
    expect(await read({ kind: 'layer', layer: 1 })).toEqual({
      ...whole,
      bytes: new Uint8Array(32).fill(255),
    });
    expect(await read(head({ layer: 1, head: 1 }))).toEqual({
      ...whole,
      bytes: new Uint8Array(16).fill(255),
    });
    const exact = { source: oneHead({ layer: 0, head: 1 }), shape: everyToken };
    expect(await stack.weights({ ...exact, query: 3 }, signal)).toEqual(new Float32Array(4).fill(0.25));
    expect(await stack.weights({ ...exact, key: 3 }, signal)).toEqual(new Float32Array(4).fill(0.25));
    await expect(read({ kind: 'layer', layer: 2 })).rejects.toThrow('There is no layer 2 in this trace.');
    await expect(read(head({ layer: 0, head: -1 }))).rejects.toThrow('There is no head -1 in this trace.');
    await expect(stack.weights({ ...exact, query: 4 }, signal)).rejects.toThrow('There is no query 4');
    expect(() => traceOf(4).stack('cross')).toThrow('There is no stack cross');
  });

  it('gives the mean, the maximum and the rollout of heads', async () => {
    const stack = patterns().stack('encoder');
    const rows = async (source: Parameters<typeof stack.edges>[0]): Promise<number[]> =>
      [...(await stack.weights({ source, shape: everyToken }, signal))].map(
        (each) => Math.round(each * 1e4) / 1e4,
      );
    const both = [
      { layer: 0, head: 0 },
      { layer: 0, head: 1 },
    ];
    expect(await rows({ kind: 'mean', heads: both })).toEqual([1, 0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5]);
    expect(await rows({ kind: 'maximum', heads: both })).toEqual([1, 0, 0, 1, 1, 0, 0, 1, 1]);
    // ½·mean + ½·I of the first layer.
    expect(await rows({ kind: 'rollout', layer: 0 })).toEqual([1, 0, 0, 0.25, 0.75, 0, 0, 0.25, 0.75]);
    const second = await rows({ kind: 'rollout', layer: 1 });
    // ½·mean + ½·I of the second: rows (5/6,1/12,1/12), (1/3,7/12,1/12), (1/3,1/12,7/12).
    const expected = [5 / 6 + 1 / 48, 1 / 12, 1 / 16, 1 / 3 + 7 / 48, 7 / 16 + 1 / 48, 1 / 16];
    second.slice(0, 6).forEach((weight, at) => expect(weight).toBeCloseTo(expected[at]!, 3));
    await expect(rows({ kind: 'rollout', layer: 2 })).rejects.toThrow('no layer 2');
  });

  it('rolls many layers out to what the products of their matrices are, summed in double precision', async () => {
    const [size, heads, layers] = [33, 3, 6];
    let seed = 1;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const row = (): number[] => {
      const parts = Array.from({ length: size }, () => random() ** 4);
      const sum = parts.reduce((total, each) => total + each, 0);
      return parts.map((each) => each / sum);
    };
    const given = Array.from({ length: layers }, () =>
      Float32Array.from(Array.from({ length: heads * size }, row).flat()),
    );
    const tapped = given.map((values): TappedAttention => ({
      stack: 'encoder',
      probabilities: { dims: [1, heads, size, size], values },
      read,
    }));
    let expected: number[][] | null = null;
    for (const values of given) {
      const step = Array.from({ length: size }, (_, query) =>
        Array.from({ length: size }, (_, key) => {
          let sum = 0;
          for (let head = 0; head < heads; head++) sum += values[(head * size + query) * size + key]!;
          return sum / heads / 2 + (query === key ? 0.5 : 0);
        }),
      );
      const before: number[][] | null = expected;
      expected = before
        ? step.map((each) =>
            each.map((_, key) => each.reduce((sum, w, at) => sum + w * before[at]![key]!, 0)),
          )
        : step;
    }
    const stack = AttentionTrace.of(tapped, texts(size), 'model.onnx').stack('encoder');
    const source = { kind: 'rollout', layer: layers - 1 } as const;
    const found = await stack.weights({ source, shape: everyToken }, signal);
    const errors = expected!.flat().map((each, at) => Math.abs(each - found[at]!));
    expect(Math.max(...errors)).toBeLessThan(1e-6);
  });

  it('measures every head once, and places alike ones together', async () => {
    const stack = patterns().stack('encoder');
    const statistics = await stack.measure(signal);
    expect(Object.keys(statistics)).toEqual([...headStatistics]);
    expect([...statistics.previousToken]).toEqual([1, 0, expect.closeTo(1 / 3, 5), 0.5]);
    expect([...statistics.sameToken]).toEqual(
      [1 / 3, 1, 1 / 3, 1 / 3].map((each) => expect.closeTo(each, 5)),
    );
    expect(await stack.measure(signal)).toBe(statistics);
    const map = await stack.mapOfHeads(signal);
    // The head of the first token differs from that of the token before in one row of three.
    expect([map.nearest[0], map.nearest[3]]).toEqual([3, 0]);
    expect([map.compared, map.queries]).toEqual([3, 3]);
  });

  it('tells how far each head is from the same of another trace', async () => {
    const stack = patterns().stack('encoder');
    expect([...(await stack.divergencesFrom(patterns().stack('encoder'), signal))]).toEqual([0, 0, 0, 0]);
    const itself = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const other = AttentionTrace.of(
      [0, 1].map(() => ({
        stack: 'encoder' as const,
        probabilities: { dims: [1, 2, 3, 3], values: Float32Array.of(...itself, ...itself) },
        read,
      })),
      texts(3),
      'model.onnx',
    );
    const found = await stack.divergencesFrom(other.stack('encoder'), signal);
    // Previous token and first token share a row of three with “itself”; an even row is H(⅔,⅙,⅙) − ½·log2 3 away.
    const even = (2 / 3) * Math.log2(3 / 2) + (1 / 3) * Math.log2(6) - Math.log2(3) / 2;
    [2 / 3, 0, even, 2 / 3].forEach((each, at) => expect(found[at]).toBeCloseTo(each, 5));
    await expect(stack.divergencesFrom(traceOf(4).stack('encoder'), signal)).rejects.toMatchObject({
      code: 'NotComparable',
      message: expect.stringContaining('here are 2 layers × 2 heads over 3 × 3 tokens'),
    });
  });

  it('stops measuring when nobody waits any more', async () => {
    const gone = AbortSignal.abort();
    const stack = patterns().stack('encoder');
    await expect(stack.measure(gone)).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(stack.mapOfHeads(gone)).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(
      stack.weights({ source: { kind: 'rollout', layer: 1 }, shape: everyToken }, gone),
    ).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await stack.measure(signal)).entropy).toHaveLength(4);
  });

  it('of an unexpected form is refused with its shapes', () => {
    const wrong: TappedAttention = {
      stack: 'encoder',
      probabilities: { dims: [1, 2, 4, 9], values: new Float32Array(72) },
      read,
    };
    expect(() => AttentionTrace.of([wrong], texts(4), 'model.onnx')).toThrow(/model\.onnx .* 1 × 2 × 4 × 9/);
    expect(() => AttentionTrace.of([layer(4, 2, 0), layer(4, 3, 0)], texts(4), 'model.onnx')).toThrow(
      /1 × 2 × 4 × 4, 1 × 3 × 4 × 4/,
    );
  });
});

describe('kept traces', () => {
  it('are dropped by a budget, the least recently read first, never the newest', () => {
    const kept = new TraceStore();
    const { bytes } = traceOf(8);
    kept.configure(4 * 2 * bytes); // A quarter of it holds two.
    const [first, second] = [kept.keep(traceOf(8)), kept.keep(traceOf(8))];
    const read = (trace: string): number => kept.stack({ trace, stack: 'encoder' }).queries.length;
    expect(read(first)).toBe(8);
    const third = kept.keep(traceOf(8));
    expect(() => read(second)).toThrow('no longer kept');
    expect([read(first), read(third)]).toEqual([8, 8]);
    const large = kept.keep(traceOf(64));
    expect(read(large)).toBe(64);
    expect(() => read(third)).toThrow('Run again');
  });

  it('stay for what is compared with them, where both have room', () => {
    const kept = new TraceStore();
    const { bytes } = traceOf(8);
    kept.configure(4 * 2 * bytes);
    const [first, second] = [kept.keep(traceOf(8)), kept.keep(traceOf(8))];
    expect(kept.holdsBeside(first, bytes)).toBe(true);
    kept.keep(traceOf(8));
    // Of the two that were there, the other one went.
    expect(kept.stack({ trace: first, stack: 'encoder' }).queries).toHaveLength(8);
    expect(() => kept.stack({ trace: second, stack: 'encoder' })).toThrow('no longer kept');
    expect(kept.holdsBeside(first, bytes + 1)).toBe(false);
    // One that is gone already is made anew after this one.
    expect(kept.holdsBeside(second, bytes + 1)).toBe(true);
  });
});
