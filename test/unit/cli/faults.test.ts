/** Disks that are full or read-only, and files that change while they are used: by the real terminal and engine. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineClient } from '../../../src/client/engineClient';
import { byteProgress } from '../../../src/engine/data/files';

const cli = path.resolve('dist/cli.js');
const models = path.resolve('media/models');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-faults-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A shell in which `disk`, a folder of its own, is a file system of that kind. */
function withDisk(options: string, script: string) {
  const mount = `mkdir disk && mount -t tmpfs -o ${options} none disk`;
  return spawnSync('unshare', ['-rm', 'sh', '-c', `${mount} && ${script}`], {
    cwd: folder,
    encoding: 'utf8',
  });
}

function canMount(): boolean {
  const place = mkdtempSync(path.join(tmpdir(), 'headlight-mount-'));
  const { status } = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', place]);
  rmSync(place, { recursive: true });
  return status === 0;
}

describe.runIf(canMount())('a disk', () => {
  const mask = `"${process.execPath}" "${cli}" mask in.txt --out disk/out.jsonl`;

  it('that gets full while a file is written says so, and keeps what was there and no half of the new', () => {
    writeFileSync(path.join(folder, 'in.txt'), 'The old keeper counted the ships.\n'.repeat(20_000));
    const { status, stderr, stdout } = withDisk(
      'size=256k',
      `echo before > disk/out.jsonl; ${mask}; code=$?; ls -A disk; cat disk/out.jsonl; exit $code`,
    );
    expect(stderr).toContain('There is no room left for ');
    expect(stdout).toBe('out.jsonl\nbefore\n');
    expect(status).toBe(1);
  });

  it('that is read-only takes no file, and says so', () => {
    writeFileSync(path.join(folder, 'in.txt'), 'The old keeper counted the ships.\n');
    const { status, stderr } = withDisk('ro', mask);
    expect(stderr).toMatch(/There is no permission to write .*disk.out\.jsonl\. Choose another folder/);
    expect(status).toBe(1);
  });

  it('that is read-only holds models that answer', () => {
    const { stdout, status } = withDisk(
      'size=64m',
      `cp -r "${models}/bert-tiny-en-zh" disk/model && mount -o remount,ro disk &&
       "${process.execPath}" "${cli}" fill --json --model disk/model "A cup of [MASK]."`,
    );
    const usual = spawnSync(process.execPath, [cli, 'fill', '--json', 'A cup of [MASK].'], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const { masks } = JSON.parse(usual.stdout) as { masks: unknown };
    expect(JSON.parse(stdout)).toMatchObject({ masks });
  });
});

describe('a model whose files change under a running engine', () => {
  const engine = new EngineClient({
    entry: path.resolve('dist/engine.js'),
    settings: { threads: 1, memoryLimitBytes: 2 ** 31 },
    limits: { idleSeconds: 60, requestSeconds: 60 },
    log: () => {},
  });
  afterAll(() => engine.dispose());
  const ask = async () =>
    (await engine.request('fill', { model: folder, text: 'a [MASK] .', topK: 3 })).masks;
  const onnx = (): string => path.join(folder, 'model.onnx');

  it('answers as the files say now, and says what is wrong while they are broken', async () => {
    cpSync(path.join(models, 'bert-tiny-en-zh'), folder, { recursive: true });
    const first = await ask();

    const bytes = readFileSync(onnx());
    writeFileSync(onnx(), bytes.subarray(0, bytes.length / 2));
    await expect(ask()).rejects.toMatchObject({
      code: 'OnnxInvalid',
      message: expect.stringContaining(onnx()),
    });
    rmSync(onnx());
    await expect(ask()).rejects.toMatchObject({
      code: expect.stringMatching(/^(OnnxMissing|ModelNotFound)$/),
    });

    copyFileSync(path.join(models, 'albert-tiny-en-zh/model.onnx'), onnx());
    for (const file of readdirSync(folder).filter((name) => /^(config|tokenizer|vocab)/.test(name)))
      copyFileSync(path.join(models, 'albert-tiny-en-zh', file), path.join(folder, file));
    const { masks: other } = await engine.request('fill', {
      model: path.join(models, 'albert-tiny-en-zh'),
      text: 'a [MASK] .',
      topK: 3,
    });
    expect(await ask()).toEqual(other);

    cpSync(path.join(models, 'bert-tiny-en-zh'), folder, { recursive: true, force: true });
    expect(await ask()).toEqual(first);
  });
});

it('progress is told although the clock is set back', () => {
  const told: number[] = [];
  let elapsed = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (elapsed += 1000));
  vi.spyOn(Date, 'now').mockImplementation(() => -elapsed);
  const progress = byteProgress(100, '', {
    signal: new AbortController().signal,
    progress: ({ fraction }) => told.push(fraction!),
  });
  for (let part = 0; part < 4; part++) progress(25);
  vi.restoreAllMocks();
  expect(told).toEqual([0.25, 0.5, 0.75, 1]);
});
