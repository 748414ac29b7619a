import { describe, expect, it } from 'vitest';
import { GrowingSeries } from '../../../src/runs/growingSeries';

const pushTo = (series: GrowingSeries, from: number, to: number, wallTime = NaN): void => {
  for (let step = from; step < to; step++) series.push(step, -step, wallTime);
};
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe('a series that grows', () => {
  it('keeps what was pushed, and what was given out stays as it is', () => {
    const growing = new GrowingSeries('loss', { share: 0 });
    pushTo(growing, 0, 100);
    const early = growing.series;
    pushTo(growing, 100, 5000);
    const late = growing.series;
    expect([...early.steps]).toEqual(range(100));
    expect([...late.steps]).toEqual(range(5000));
    expect([...late.values]).toEqual(range(5000).map((step) => -step));
    expect(late.wallTimes).toHaveLength(0);
  });

  it('has no time for points that came before the first with one', () => {
    const growing = new GrowingSeries('loss', { share: 0 });
    pushTo(growing, 0, 40);
    pushTo(growing, 40, 100, 7);
    pushTo(growing, 100, 101);
    const { wallTimes } = growing.series;
    expect([...wallTimes]).toEqual(range(101).map((step) => (step < 40 || step === 100 ? NaN : 7)));
  });

  it('has room for all points of a log long before these are there, and not for many more', () => {
    const log = { share: 0 };
    const growing = new GrowingSeries('loss', log);
    const rooms = new Set<ArrayBufferLike>();
    for (let part = 0; part < 50; part++) {
      log.share = (part + 0.5) / 50;
      pushTo(growing, part * 2000, (part + 1) * 2000, part);
      rooms.add(growing.series.steps.buffer);
    }
    const arrays = [growing.series.steps, growing.series.values, growing.series.wallTimes];
    for (const { buffer } of arrays) expect(buffer.byteLength / 8).toBeLessThan(200_000);
    // By half as much each time it would be nine rooms from the first part on.
    expect(rooms.size).toBeLessThan(4);
    expect([...growing.series.steps]).toEqual(range(100_000));
  });
});
