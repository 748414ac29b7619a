import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import type { Run } from '../../../src/protocol/runs';
import { RunStore } from '../../../src/runs/store';
import { bytes, double, event, float, int, scalar } from './eventFile';

const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-events-'));
});

async function read(log: Buffer[], checkData = false): Promise<Run> {
  writeFileSync(path.join(folder, 'events.out.tfevents.1.host'), Buffer.concat(log));
  const { runs } = await new RunStore({ checkData }).read([folder], context);
  return runs[0]!;
}

const doubles = (...numbers: number[]): Buffer =>
  Buffer.concat(numbers.map((number) => double(0, number).subarray(1)));
const tensor = (...fields: Buffer[]): Buffer => bytes(8, Buffer.concat(fields));
const shape = (...sizes: number[]): Buffer =>
  bytes(2, Buffer.concat(sizes.map((size) => bytes(2, int(1, size)))));
const plugin = (name: string): Buffer => bytes(9, bytes(1, bytes(1, name)));

describe('scalars of a tensor', () => {
  const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');

  // Little-endian, by the formats' definitions: IEEE 754 binary16 3c00 is 1, bfloat16 is the upper half of a float32.
  it.each([
    ['float', 1, '0000c03f', 1.5],
    ['double', 2, '9a9999999999b93f', 0.1],
    ['int32', 3, 'feffffff', -2],
    ['uint8', 4, 'fe', 254],
    ['int16', 5, 'feff', -2],
    ['int8', 6, 'fe', -2],
    ['int64', 9, 'feffffffffffffff', -2],
    ['int64 beyond 2^32', 9, '0100000001000000', 2 ** 32 + 1],
    ['bool', 10, '01', 1],
    ['bfloat16', 14, 'c0bf', -1.5],
    ['uint16', 17, 'feff', 65534],
    ['half', 19, '00be', -1.5],
    ['half without an exponent', 19, '0100', 2 ** -24],
    ['uint32', 22, 'feffffff', 2 ** 32 - 2],
    ['uint64', 23, '0000000000000080', 2 ** 63],
  ])('are read from the content of %s', async (_, type, content, value) => {
    const run = await read([event(1, 2, 'x', tensor(int(1, type), bytes(4, hex(content))))]);
    expect(run.series.map(({ steps, values }) => [[...steps], [...values]])).toEqual([[[2], [value]]]);
  });

  it.each([
    ['half', 19, int(13, 0xbe00), -1.5],
    ['bfloat16', 14, bytes(13, hex('c0ff02')), -1.5],
    ['bool', 10, int(11, 1), 1],
    ['uint32', 22, int(16, 2 ** 32 - 2), 2 ** 32 - 2],
    ['uint64', 23, Buffer.concat([hex('8801'), hex('80808080808080808001')]), 2 ** 63],
    ['packed floats', 1, bytes(5, hex('0000c03f')), 1.5],
  ])('are read from a field of %s', async (_, type, field, value) => {
    const run = await read([event(1, 2, 'x', tensor(int(1, type), field))]);
    expect([...run.series[0]!.values]).toEqual([value]);
  });

  it('are 0 where a writer leaves zeros out', async () => {
    const run = await read([event(1, 2, 'x', tensor(int(1, 1), shape()))]);
    expect([...run.series[0]!.values]).toEqual([0]);
  });

  it('are single numbers: others are no points', async () => {
    const pair = tensor(int(1, 1), shape(2), bytes(4, hex('0000c03f0000c03f')));
    const text = tensor(int(1, 8), bytes(4, hex('0000c03f0000c03f')));
    expect((await read([event(1, 2, 'pair', pair), event(1, 2, 'complex', text)])).series).toEqual([]);
  });
});

describe('histograms', () => {
  const histo = (least: number, greatest: number, limits: number[], counts: number[]): Buffer =>
    bytes(
      5,
      Buffer.concat([
        double(1, least),
        double(2, greatest),
        bytes(6, doubles(...limits)),
        bytes(7, doubles(...counts)),
      ]),
    );

  it('of summaries go from the least to the greatest value, without empty ends', async () => {
    const run = await read([
      event(10.5, 1, 'weights', histo(-1, 2.5, [-1.1, -0.5, 0, 1, Number.MAX_VALUE], [0, 3, 0, 4, 1])),
      event(11.5, 2, 'weights', histo(0, 0, [0, 1], [0, 0])),
      event(12.5, 3, 'weights', histo(0.25, 0.5, [1], [7])),
      // protobuf leaves out what is 0, as the least value here.
      event(
        13.5,
        4,
        'weights',
        bytes(5, Buffer.concat([double(2, 2), bytes(6, doubles(2)), bytes(7, doubles(3))])),
      ),
    ]);
    expect(run.histograms).toEqual([
      {
        tag: 'weights',
        points: [
          {
            ...{ step: 1, wallTime: 10.5 },
            buckets: Float64Array.of(-1, -0.5, 3, -0.5, 0, 0, 0, 1, 4, 1, 2.5, 1),
          },
          { step: 2, wallTime: 11.5, buckets: new Float64Array() },
          { step: 3, wallTime: 12.5, buckets: Float64Array.of(0.25, 0.5, 7) },
          { step: 4, wallTime: 13.5, buckets: Float64Array.of(0, 2, 3) },
        ],
      },
    ]);
    expect(run.series).toEqual([]);
  });

  it('of the plugin are tensors, known by the first of their tag', async () => {
    const rows = [-1, 0, 2, 0, 1, 5];
    const content = tensor(int(1, 2), shape(2, 3), bytes(4, doubles(...rows)));
    const run = await read([
      event(1, 1, 'w', Buffer.concat([content, plugin('histograms')])),
      event(2, 2, 'w', content),
      event(3, 3, 'w', tensor(int(1, 2), shape(2, 2), bytes(4, doubles(1, 2, 3, 4)))),
    ]);
    expect(run.histograms[0]!.points.map(({ step, buckets }) => [step, [...buckets]])).toEqual([
      [1, rows],
      [2, rows],
    ]);
  });
});

it('images are listed, of either kind, and not kept', async () => {
  const picture = Buffer.alloc(1000, 1);
  const encoded = tensor(int(1, 7), shape(3), bytes(8, '10'), bytes(8, '10'), bytes(8, picture));
  const run = await read([
    event(1, 5, 'sample', bytes(4, Buffer.concat([int(1, 10), int(2, 10), bytes(4, picture)]))),
    event(2, 6, 'sample', bytes(4, bytes(4, picture))),
    event(2, 7, 'other', Buffer.concat([encoded, plugin('images')])),
    event(2, 8, 'other', encoded),
  ]);
  expect(run.images).toEqual([
    { tag: 'sample', steps: [5, 6] },
    { tag: 'other', steps: [7, 8] },
  ]);
  expect([run.texts, run.series]).toEqual([[], []]);
});

describe('records whose contents are damaged', () => {
  const damaged = scalar(2, 2, 'loss', 0.5);
  damaged[damaged.length - 6]! ^= 1;
  const log = [scalar(1, 1, 'loss', 1), damaged, scalar(3, 3, 'loss', 0.25)];

  it('are left out where contents are checked, and the others kept', async () => {
    const run = await read(log, true);
    expect([...run.series[0]!.steps]).toEqual([1, 3]);
    expect(run.problems).toMatchObject([{ message: 'A record has a wrong checksum and was left out.' }]);
  });

  it('are taken as they are where only lengths are checked', async () => {
    const run = await read(log);
    expect([...run.series[0]!.steps]).toEqual([1, 2, 3]);
    expect(run.problems).toEqual([]);
  });
});

it('points of many tags in any order are kept with their own tag', async () => {
  const tags = ['a', 'b', 'loss/one', 'loss/two', 'loss/tow', 'x'.repeat(118), 'x'.repeat(119), ''];
  let seed = 7;
  const rows = Array.from({ length: 2000 }, (_, step) => {
    seed = (seed * 48271) % 2147483647;
    return { step: step * 300, tag: tags[seed % tags.length]!, value: seed % 1000 };
  });
  const run = await read(
    rows.map(({ step, tag, value }) => scalar(step, step, tag, value)),
    true,
  );
  expect(run.problems).toEqual([]);
  for (const tag of tags) {
    const own = rows.filter((row) => row.tag === tag);
    const { steps, values, wallTimes } = run.series.find((each) => each.tag === tag)!;
    expect([...steps]).toEqual(own.map(({ step }) => step));
    expect([...values]).toEqual(own.map(({ value }) => value));
    expect([...wallTimes]).toEqual(own.map(({ step }) => step));
  }
});

it('a float that is followed by more fields is no plain scalar, and is read all the same', async () => {
  const run = await read([event(1, 2, 'x', Buffer.concat([float(2, 0.5), plugin('scalars')]))]);
  expect([...run.series[0]!.values]).toEqual([0.5]);
});
