import { appendFileSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import { appendedLog } from '../../../src/runs/formats/readers';
import type { LogData } from '../../../src/runs/logData';

const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
const chunk = 8 * 2 ** 20;
let file: string;

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-readers-')), 'log');
});

/** Records of a length (four bytes) and so many zeros; a point tells the length. */
const record = (length: number): Buffer => {
  const bytes = Buffer.alloc(4 + length);
  bytes.writeUInt32LE(length);
  return bytes;
};
const take =
  (data: LogData) =>
  (bytes: Buffer): number => {
    let at = 0;
    while (at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readUInt32LE(at);
      if (end > bytes.length) break;
      data.point('length', 0, end - at - 4);
      at = end;
    }
    return at;
  };
const lengths = (reader: ReturnType<typeof appendedLog>): number[] => [
  ...(reader.data.series[0]?.values ?? []),
];

/** A context that is cancelled when the first chunk was taken. */
function cancelling(): CallContext {
  const controller = new AbortController();
  return { signal: controller.signal, progress: () => controller.abort() };
}

describe('a log that is added to', () => {
  const three = [chunk - 100, chunk, 7];

  it('is read to its end after a reading that was cancelled', async () => {
    writeFileSync(file, Buffer.concat(three.map(record)));
    const reader = appendedLog(file, take);
    await expect(reader.read(cancelling())).rejects.toMatchObject({ code: 'Cancelled' });
    expect(lengths(reader)).toEqual(three.slice(0, 1));
    expect(await reader.read(context)).toBe(true);
    expect(lengths(reader)).toEqual(three);
    expect(await reader.read(context)).toBe(false);
  });

  it('is read to its end after an error', async () => {
    writeFileSync(file, Buffer.concat(three.map(record)));
    let calls = 0;
    const reader = appendedLog(file, (data) => (bytes) => {
      if (++calls === 2) throw new Error('EIO');
      return take(data)(bytes);
    });
    await expect(reader.read(context)).rejects.toThrow('EIO');
    expect(await reader.read(context)).toBe(true);
    expect(lengths(reader)).toEqual(three);
  });

  it('tells of what a cancelled reading took, also when that was all', async () => {
    writeFileSync(file, record(1));
    const reader = appendedLog(file, take);
    await reader.read(context);
    appendFileSync(file, record(2));
    await expect(reader.read(cancelling())).rejects.toMatchObject({ code: 'Cancelled' });
    expect(lengths(reader)).toEqual([1, 2]);
    expect(await reader.read(context)).toBe(true);
  });

  it('tells that it was cut, also when nothing is left', async () => {
    writeFileSync(file, record(1));
    const reader = appendedLog(file, take);
    await reader.read(context);
    truncateSync(file, 0);
    expect(await reader.read(context)).toBe(true);
    expect(lengths(reader)).toEqual([]);
  });

  it('may hold records of many chunks, which are not looked at for each chunk anew', async () => {
    const long = [3, 9 * chunk, 5, 2 * chunk, 1];
    writeFileSync(file, Buffer.concat(long.map(record)));
    let seen = 0;
    const reader = appendedLog(file, (data) => (bytes) => {
      seen += bytes.length;
      return take(data)(bytes);
    });
    await reader.read(context);
    expect(lengths(reader)).toEqual(long);
    // Sizes that double add up to twice the last; a chunk at a time would be 5 times the file and more.
    expect(seen).toBeLessThan(4 * 11 * chunk);
  });
});
