import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesPresent, download, folderOf, listRepository, variantsOf } from '../../../../src/client/hub';
import { HubServer, commitOfHub, type HubServerOptions } from '../../../support/hubServer';

const name = 'someone/tiny-bert';
const graph = randomBytes(300_000);
const files = {
  'config.json': Buffer.from('{}'),
  'tokenizer.json': randomBytes(1000),
  'empty.txt': Buffer.alloc(0),
  'onnx/model.onnx': graph,
  'onnx/model_quantized.onnx': randomBytes(100_000),
};
/** Short waits; what a stall is must still be told from a busy machine. */
const patience = { stall: 2, retry: 0.01 };

let server: HubServer;
let root: string;

async function start(options: Partial<HubServerOptions> = {}): Promise<void> {
  await server?.stop();
  server = await HubServer.start({ repositories: { [name]: files }, lfsFrom: 10_000, ...options });
}

beforeEach(async () => {
  await start();
  root = mkdtempSync(path.join(tmpdir(), 'headlight-hub-'));
});
afterEach(() => server.stop());

/** Where the hub keeps the bytes of the graph. */
const cdn = `/cdn/${name}/resolve/${commitOfHub}/onnx/model.onnx`;

const never = new AbortController().signal;

async function listing(token?: string, revision = 'main') {
  return listRepository({ endpoint: server.endpoint, token }, { name, revision }, never, patience);
}

/** Downloads the plain variant. @returns its folder. */
async function get(options: { signal?: AbortSignal; onProgress?: (done: number) => void } = {}) {
  const listed = await listing();
  const variant = variantsOf(listed)[0]!;
  const folder = folderOf(root, listed, variant);
  const work = download({ endpoint: server.endpoint }, listed, variant, folder, {
    signal: options.signal ?? never,
    onProgress: ({ done }) => options.onProgress?.(done),
    patience,
  });
  return { folder, variant, work };
}

const isRight = (folder: string): void => {
  for (const file of ['config.json', 'tokenizer.json', 'onnx/model.onnx'] as const) {
    expect(readFileSync(path.join(folder, file)).equals(files[file]), file).toBe(true);
  }
  const left = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  expect(left.filter((file) => /\.part$|\.lock$/.test(file))).toEqual([]);
};

const fileRequests = () => server.seen.filter(({ path: at }) => at.includes('/resolve/'));

describe('a listing', () => {
  it('names the commit, the licence, and every file with its size and hash, over several pages', async () => {
    await start({ pageSize: 2, revisions: ['v1.0'] });
    const listed = await listing(undefined, 'v1.0');
    expect(listed).toMatchObject({ commit: commitOfHub, license: 'mit' });
    expect(listed.files.map(({ path: at, size }) => [at, size])).toEqual(
      Object.entries(files).map(([at, bytes]) => [at, bytes.length]),
    );
    expect(listed.files.map(({ hash }) => hash.algorithm)).toEqual([
      'gitBlob',
      'gitBlob',
      'gitBlob',
      'sha256',
      'sha256',
    ]);
    expect(fileRequests()).toEqual([]);
  });

  it('says what is wrong with a name, a revision, a token, and an address', async () => {
    await expect(listing(undefined, 'v9')).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringMatching(/There is no .*v9.*Check the name and the revision/),
    });
    await start({ token: 'hf_right' });
    await expect(listing('hf_wrong')).rejects.toMatchObject({ code: 'HubDenied' });
    expect((await listing('hf_right')).files).toHaveLength(5);
    await server.stop();
    await expect(listing()).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringMatching(/could not be reached.*ECONNREFUSED/),
    });
  });

  it('takes no path that leaves the folder', async () => {
    const hostile = [
      '../x.onnx',
      'a/../../x.onnx',
      '/x.onnx',
      'C:\\x.onnx',
      'a\\..\\x.onnx',
      'x\u0000.onnx',
      'a//b',
      'con./x',
    ];
    const repository = Object.fromEntries([...hostile, 'model.onnx'].map((at) => [at, Buffer.from('x')]));
    await start({ repositories: { [name]: repository } });
    expect((await listing()).files.map(({ path: at }) => at)).toEqual(['model.onnx']);
  });
});

describe('a download', () => {
  it('brings every file of the variant, none other, and tells how far it is', async () => {
    const heard: number[] = [];
    const { folder, variant, work } = await get({ onProgress: (done) => heard.push(done) });
    await work;
    isRight(folder);
    expect(path.relative(root, folder)).toBe(path.join('someone', 'tiny-bert@0123456'));
    expect(existsSync(path.join(folder, 'onnx/model_quantized.onnx'))).toBe(false);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard.at(-1)).toBe(variant.bytes);
  });

  it('asks again for nothing that is there', async () => {
    await (
      await get()
    ).work;
    const before = fileRequests().length;
    const { folder, work } = await get();
    await work;
    isRight(folder);
    expect(fileRequests().length).toBe(before);
  });

  it('goes on where the connection broke, however often', async () => {
    server.fail(cdn, { kind: 'drop', after: 20_000 }, 12);
    const { folder, work } = await get();
    await work;
    isRight(folder);
    const ranges = fileRequests().flatMap(({ path: at, range }) => (at.startsWith('/cdn/') && range) || []);
    expect(ranges.length).toBeGreaterThanOrEqual(12);
  });

  it('gives up on a hub that brings nothing, and keeps what came', async () => {
    server.fail('onnx/model.onnx', { kind: 'drop', after: 0 }, 100);
    const { folder, variant, work } = await get();
    await expect(work).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringContaining('4 times'),
    });
    expect(await bytesPresent(folder, variant)).toBe(1002);
  });

  it('starts a file over where the hub knows no ranges', async () => {
    server.fail(cdn, {
      kind: 'drop',
      after: 70_000,
    });
    server.fail(cdn, { kind: 'noRanges' });
    const { folder, work } = await get();
    await work;
    isRight(folder);
  });

  it('waits for a slow hub, and not for one that went silent', async () => {
    server.fail(cdn, { kind: 'stall', after: 50_000 });
    server.fail(cdn, { kind: 'slow', bytes: 50_000, milliseconds: 30 });
    const { folder, work } = await get();
    await work;
    isRight(folder);
    expect(
      fileRequests()
        .filter(({ path: at }) => at === cdn)
        .map(({ range }) => range),
    ).toEqual([undefined, `bytes=50000-${graph.length - 1}`]);
  });

  it('waits as long as a hub with too much to do says', async () => {
    server.fail('config.json', { kind: 'status', status: 429, headers: { 'Retry-After': '1' } });
    const start = performance.now();
    const { folder, work } = await get();
    await work;
    isRight(folder);
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it.each([
    ['other bytes', { kind: 'wrong' } as const, /its hash is wrong/],
    ['more bytes', { kind: 'wrong', more: 1000 } as const, /it is too long/],
  ])('never gives a name to %s than were listed', async (_, fault, reason) => {
    server.fail('config.json', fault);
    const { folder, work } = await get();
    await expect(work).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringMatching(reason),
    });
    expect(readdirSync(folder)).toEqual([]);
    const again = await get();
    await again.work;
    isRight(folder);
  });

  it('finds out that what an earlier try left is damaged', async () => {
    const { folder } = await get().then(async (one) => (await one.work, one));
    const part = path.join(folder, 'onnx/model.onnx.part');
    writeFileSync(part, Buffer.alloc(1000));
    writeFileSync(path.join(folder, 'onnx/model.onnx'), 'cut');
    await expect((await get()).work).rejects.toMatchObject({
      message: expect.stringContaining('its hash is wrong'),
    });
    await (
      await get()
    ).work;
    isRight(folder);
  });

  it('stops at once when a person cancels, and goes on from there the next time', async () => {
    const run = new AbortController();
    server.fail(cdn, { kind: 'slow', bytes: 10_000, milliseconds: 20 });
    const { folder, variant, work } = await get({
      signal: run.signal,
      onProgress: (done) => done > 50_000 && run.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'Cancelled' });
    const there = await bytesPresent(folder, variant);
    expect(there).toBeGreaterThan(50_000);
    expect(there).toBeLessThan(variant.bytes);
    await (
      await get()
    ).work;
    isRight(folder);
    expect(fileRequests().at(-1)!.range).toBe(`bytes=${there - 1002}-${graph.length - 1}`);
  });

  it('says that a file is gone from the hub', async () => {
    server.fail('config.json', { kind: 'status', status: 404 });
    await expect((await get()).work).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringContaining('config.json'),
    });
  });

  it.runIf(existsSync('/dev/full'))(
    'says that the disk is full, and goes on once there is room',
    async () => {
      // A device that takes nothing stands where the file is to be written.
      const folder = path.join(root, 'someone', 'tiny-bert@0123456');
      mkdirSync(folder, { recursive: true });
      symlinkSync('/dev/full', path.join(folder, 'config.json.part'));
      await expect((await get()).work).rejects.toMatchObject({
        code: 'DownloadFailed',
        message: expect.stringContaining('no room left'),
      });
      rmSync(path.join(folder, 'config.json.part'));
      await (
        await get()
      ).work;
      isRight(folder);
    },
  );

  it('refuses what cannot fit before anything comes', async () => {
    const listed = await listing();
    const [variant] = variantsOf(listed);
    const work = download(
      { endpoint: server.endpoint },
      listed,
      { ...variant!, bytes: 2 ** 60 },
      folderOf(root, listed, variant!),
      { signal: never, patience },
    );
    await expect(work).rejects.toMatchObject({
      message: expect.stringMatching(/needs \d+ MB more, and there are \d+ MB/),
    });
    expect(fileRequests()).toEqual([]);
  });

  it('says that a folder cannot be written', async () => {
    writeFileSync(path.join(root, 'someone'), 'a file where a folder should be');
    await expect((await get()).work).rejects.toMatchObject({
      code: 'DownloadFailed',
      message: expect.stringMatching(/cannot be written/),
    });
  });

  it('lets one window write at a time, and none wait for one that is gone', async () => {
    server.fail(cdn, { kind: 'slow', bytes: 100_000, milliseconds: 200 });
    const first = await get();
    await expect.poll(() => existsSync(path.join(first.folder, 'download.lock'))).toBe(true);
    await expect((await get()).work).rejects.toMatchObject({
      message: expect.stringContaining('another window'),
    });
    await first.work;
    writeFileSync(path.join(first.folder, 'download.lock'), '999999999');
    await (
      await get()
    ).work;
    isRight(first.folder);
  });

  it('sends a token to the hub and to nobody else', async () => {
    await start({ token: 'hf_secret' });
    const listed = await listing('hf_secret');
    const [variant] = variantsOf(listed);
    const folder = folderOf(root, listed, variant!);
    await download({ endpoint: server.endpoint, token: 'hf_secret' }, listed, variant!, folder, {
      signal: never,
      patience,
    });
    isRight(folder);
    const told = (elsewhere: boolean) =>
      new Set(
        server.seen
          .filter(({ path: at }) => at.startsWith('/cdn/') === elsewhere)
          .map((one) => one.authorization),
      );
    expect([...told(false)]).toEqual(['Bearer hf_secret']);
    expect([...told(true)]).toEqual([undefined]);
  });
});
