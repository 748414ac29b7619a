import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineClient, type EngineClientOptions } from '../../../src/client/engineClient';
import type { Log, LogLevel } from '../../../src/client/engineProcess';
import { BertGraph, tinyVocabulary } from '../../support/bertGraph';
import { bytes, external, tensorOf, types } from '../../support/onnxWriter';
import type { Device } from '../../../src/protocol/engine';

// The real engine, bundled: `npm run build` makes it.
const entry = path.resolve('dist/engine.js');
const model = path.resolve('media/models/bert-tiny-en-zh');
const clients: EngineClient[] = [];

function client(
  changes: {
    limits?: Partial<EngineClientOptions['limits']>;
    memoryLimitBytes?: number;
    device?: Device;
    log?: Log;
  } = {},
): EngineClient {
  const engine = new EngineClient({
    entry,
    settings: {
      threads: 1,
      device: changes.device,
      memoryLimitBytes: changes.memoryLimitBytes ?? 4 * 2 ** 30,
    },
    limits: { idleSeconds: 60, requestSeconds: 60, ...changes.limits },
    log: changes.log ?? (() => {}),
  });
  clients.push(engine);
  return engine;
}

const question = { model, text: 'I like [MASK].', topK: 2 };
const ended = (engine: EngineClient): Promise<unknown> => new Promise((resolve) => engine.onDidEnd(resolve));
/** Stops the engine's process where it stands, as a run that never ends would. */
const freeze = (engine: EngineClient): boolean => process.kill(engine.processId!, 'SIGSTOP');

afterEach(async () => {
  await Promise.all(clients.splice(0).map((engine) => engine.dispose()));
});

describe('EngineClient', () => {
  it('starts nothing before the first request', () => {
    expect(client().running).toBe(false);
  });

  it('answers, and passes on the code and message of an error', async () => {
    const engine = client();
    expect((await engine.request('fill', question)).masks[0]!.predictions).toHaveLength(2);
    await expect(engine.request('fill', { ...question, text: 'none' })).rejects.toMatchObject({
      code: 'NoMask',
      message: expect.stringContaining('[MASK]'),
    });
  });

  it('keeps no answer while the engine lives', async () => {
    const engine = client();
    const ask = async (): Promise<WeakRef<object>> => new WeakRef(await engine.request('fill', question));
    const answers = [await ask(), await ask(), await ask()];
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await expect
      .poll(() => {
        collect();
        return answers.filter((answer) => answer.deref() !== undefined).length;
      })
      .toBe(0);
    expect(engine.running).toBe(true);
  });

  it('logs what the engine does by how much it matters, and no text', async () => {
    const lines: [string, LogLevel][] = [];
    const engine = client({ log: (line, level) => lines.push([line, level]) });
    await engine.request('fill', { ...question, text: 'a secret [MASK]' });
    const end = ended(engine);
    process.kill(engine.processId!, 'SIGKILL');
    await end;
    expect(lines.map(([line, level]) => [line.replaceAll(/\d+/g, 'N'), level])).toEqual([
      ['Engine N started.', 'info'],
      ['fill: N ms', 'debug'],
      [expect.stringContaining('SIGKILL'), 'error'],
    ]);
  });

  it('tells how far a long text is, window by window', async () => {
    const filler = 'the cat sat on the mat . '.repeat(200);
    const heard: (number | undefined)[] = [];
    await client().request(
      'fill',
      { ...question, text: `[MASK] ${filler} [MASK]` },
      { onProgress: ({ fraction }) => heard.push(fraction) },
    );
    expect(heard).toEqual([undefined, 0, 0.5]);
  });

  it('rejects every pending request with the reason of a death, and starts again on the next', async () => {
    const engine = client();
    await engine.request('fill', question);
    freeze(engine);
    const pending = [1, 2, 3].map(() => engine.request('fill', question));
    process.kill(engine.processId!, 'SIGKILL');
    for (const outcome of await Promise.allSettled(pending)) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'EngineDied', message: expect.stringContaining('SIGKILL') },
      });
    }
    expect(engine.running).toBe(false);
    expect((await engine.request('fill', question)).masks).toHaveLength(1);
  });

  it('tells a listener why the engine ended', async () => {
    const engine = client();
    await engine.request('ping', null);
    const reason = ended(engine);
    process.kill(engine.processId!, 'SIGKILL');
    expect(await reason).toMatchObject({ code: 'EngineDied' });
  });

  it('kills an engine that gives no answer in time', async () => {
    const engine = client();
    const limit = (requestSeconds: number): void =>
      engine.configure({
        settings: { threads: 1, memoryLimitBytes: 4 * 2 ** 30 },
        limits: { idleSeconds: 60, requestSeconds },
      });
    await engine.request('fill', question);
    freeze(engine);
    limit(1);
    await expect(engine.request('fill', question)).rejects.toMatchObject({ code: 'TimedOut' });
    limit(60);
    expect((await engine.request('fill', question)).masks).toHaveLength(1);
  });

  it('does not count the wait for others against a request', async () => {
    const engine = client();
    const long = { ...question, text: `[MASK] ${'the cat sat on the mat . '.repeat(60)}`.repeat(20) };
    await engine.request('fill', question);
    const start = performance.now();
    await engine.request('fill', long);
    const alone = (performance.now() - start) / 1000;
    engine.configure({
      settings: { threads: 1, memoryLimitBytes: 4 * 2 ** 30 },
      limits: { idleSeconds: 60, requestSeconds: alone * 3 },
    });
    const together = await Promise.all([1, 2, 3, 4, 5].map(() => engine.request('fill', long)));
    expect(together.every(({ masks }) => masks.length === 20)).toBe(true);
  });

  it('takes a limit too long for a timer as no limit', async () => {
    const engine = client({ limits: { requestSeconds: 1e9, idleSeconds: 1e9 } });
    expect((await engine.request('fill', question)).masks).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(engine.running).toBe(true);
  });

  it('says that memory ran out when the engine passes its limit', async () => {
    const engine = client({ memoryLimitBytes: 1 });
    const reason = ended(engine);
    engine.request('ping', null).catch(() => {});
    expect(await reason).toMatchObject({ code: 'OutOfMemory', message: expect.stringMatching(/\d+ MB/) });
  });

  it('refuses a model that cannot fit before it is loaded', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-big-'));
    writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
    // A gigabyte by its length alone: the file has holes.
    const graph = new BertGraph({ opset: 17, fused: true }).bytes();
    const numbers = tensorOf('spare', [2 ** 28], types.float32, external('spare.bin', 0, 2 ** 30));
    writeFileSync(path.join(folder, 'model.onnx'), Buffer.concat([graph, bytes(7, bytes(5, numbers))]));
    writeFileSync(path.join(folder, 'spare.bin'), '');
    truncateSync(path.join(folder, 'spare.bin'), 2 ** 30);
    const engine = client({ memoryLimitBytes: 2 ** 29 });
    await expect(engine.request('fill', { model: folder, text: '[MASK]', topK: 1 })).rejects.toMatchObject({
      code: 'OutOfMemory',
      message: expect.stringMatching(/has 1024 MB of weights, more than the 512 MB/),
    });
    expect((await engine.request('fill', question)).masks).toHaveLength(1);
  });

  it('rejects a cancelled request at once', async () => {
    const engine = client();
    await engine.request('ping', null);
    freeze(engine);
    const controller = new AbortController();
    const request = engine.request('fill', question, { signal: controller.signal });
    controller.abort();
    await expect(request).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('kills a run that goes on after its cancellation, and answers who waits behind it', async () => {
    const engine = client();
    await engine.request('ping', null);
    const first = engine.processId;
    freeze(engine);
    const controller = new AbortController();
    engine.request('fill', question, { signal: controller.signal }).catch(() => {});
    controller.abort();
    expect((await engine.request('fill', question)).masks).toHaveLength(1);
    expect(engine.processId).not.toBe(first);
  });

  it('ends an idle engine, and starts it again when asked', async () => {
    const engine = client({ limits: { idleSeconds: 0.2 } });
    const reason = ended(engine);
    await engine.request('ping', null);
    expect(await reason).toBeNull();
    expect(engine.running).toBe(false);
    expect(await engine.request('ping', null)).toBeNull();
  });

  it('runs on the CPU where a device cannot be had, and says why', async () => {
    const engine = client();
    const onCpu = await engine.request('fill', question);
    await engine.dispose();
    // No system has both.
    const device = process.platform === 'darwin' ? 'dml' : 'coreml';
    const other = client({ device });
    const said: string[] = [];
    other.onDidFallBack((which, message) => said.push(`${which} ${message}`));
    expect(await other.request('fill', question)).toEqual(onCpu);
    expect(said).toEqual([
      expect.stringMatching(new RegExp(`^${device} The model runs on the CPU, .*has no ${device}$`)),
    ]);
  });

  // Where there is a card with its libraries, it is used.
  it.each(['cuda', 'webgpu'] as const)('answers the same with %s, there or not', async (device) => {
    const engine = client({ device });
    const said: string[] = [];
    engine.onDidFallBack((which) => said.push(which));
    const { masks } = await engine.request('fill', question);
    const [first] = (await client().request('fill', question)).masks;
    expect(masks[0]!.predictions[0]!.id).toBe(first!.predictions[0]!.id);
    expect(masks[0]!.predictions[0]!.probability).toBeCloseTo(first!.predictions[0]!.probability, 2);
    expect(said.every((which) => which === device)).toBe(true);
  });

  it('knows which models are in memory, loads and unloads them', async () => {
    const engine = client();
    const changed = (): Promise<void> => new Promise((resolve) => engine.onDidChangeLoaded(resolve));
    expect(engine.loaded).toEqual([]);
    const loading = changed();
    await engine.request('load', { model });
    await loading;
    const { onnxFile } = await engine.request('facts', { model });
    expect(engine.loaded).toEqual([{ onnxFile, bytes: expect.any(Number) }]);
    const unloading = changed();
    await engine.request('unload', { model });
    await unloading;
    expect(engine.loaded).toEqual([]);
    await engine.request('fill', question);
    expect(engine.loaded).toHaveLength(1);
    const ending = changed();
    engine.kill();
    await ending;
    expect(engine.loaded).toEqual([]);
  });

  it('says that an engine which cannot start did not', async () => {
    const engine = new EngineClient({
      entry: path.resolve('dist/no-such-engine.js'),
      settings: { threads: 1, memoryLimitBytes: 2 ** 30 },
      limits: { idleSeconds: 60, requestSeconds: 60 },
      log: () => {},
    });
    await expect(engine.request('ping', null)).rejects.toMatchObject({ code: 'EngineDied' });
    await engine.dispose();
  });
});
