import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import { RunStore } from '../../../src/runs/store';

const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
let folder: string;
let store: RunStore;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-store-'));
  store = new RunStore();
});

/** A folder with a log of one point. */
function log(name: string): string {
  const own = path.join(folder, name);
  mkdirSync(own);
  writeFileSync(path.join(own, 'log.jsonl'), '{"step": 1, "loss": 2}\n');
  return own;
}
const version = async (...paths: string[]): Promise<string> => (await store.read(paths, context)).version;

describe('a reading for one who knows a version', () => {
  it('gives no runs when nothing is new, and all of them when something is', async () => {
    const a = log('a');
    const first = await store.read([a], context);
    expect(first.runs).toHaveLength(1);
    expect(await store.read([a], context, first.version)).toEqual({
      ...{ runs: [], problems: [], version: first.version },
    });
    // Who knows another version gets everything.
    expect((await store.read([a], context, 'other')).runs).toEqual(first.runs);

    appendFileSync(path.join(a, 'log.jsonl'), '{"step": 2, "loss": 1}\n');
    const second = await store.read([a], context, first.version);
    expect(second.version).not.toBe(first.version);
    expect([...second.runs[0]!.series[0]!.values]).toEqual([2, 1]);
  });

  it('tells of a problem that is new', async () => {
    const a = log('a');
    const first = await version(a);
    appendFileSync(path.join(a, 'log.jsonl'), 'no json\n');
    const { runs } = await store.read([a], context, first);
    expect(runs[0]!.problems).toHaveLength(1);
  });
});

describe('what was read', () => {
  it('is kept until its paths are released, and by those who still show it', async () => {
    const [a, b] = [log('a'), log('b')];
    const [alone, both] = [await version(a), await version(a, b)];
    expect(await version(a)).toBe(alone);
    store.release([a]);
    expect(await version(a, b)).toBe(both);
    store.release([a, b]);
    // It is read from its start, as a log that nobody knew.
    expect(await version(a)).not.toBe(alone);
  });

  it('is bounded: the one asked for longest ago is let go', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(log);
    const versions: string[] = [];
    for (const name of names) versions.push(await version(name));
    expect(await version(names[0]!)).toBe(versions[0]);
    await version(log('i'));
    expect(await version(names[0]!)).toBe(versions[0]);
    expect(await version(names[1]!)).not.toBe(versions[1]);
  });

  it('is taken once by two who read at the same time', async () => {
    const a = log('a');
    const [one, other] = await Promise.all([store.read([a], context), store.read([folder], context)]);
    expect([...one.runs[0]!.series[0]!.values]).toEqual([2]);
    expect([...other.runs[0]!.series[0]!.values]).toEqual([2]);
  });
});
