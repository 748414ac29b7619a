import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HubServer, commitOfHub } from '../../support/hubServer';

const name = 'someone/tiny-bert';
const files = {
  'config.json': Buffer.from('{}'),
  'tokenizer.json': Buffer.from('{}'),
  'onnx/model.onnx': Buffer.alloc(5000, 1),
  'onnx/model_int8.onnx': Buffer.alloc(2000, 2),
};
let hub: HubServer;
beforeAll(async () => {
  hub = await HubServer.start({ repositories: { [name]: files }, token: 'hf_mine' });
});
afterAll(() => hub.stop());

function download(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_TOKEN: 'hf_mine' };
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'download', ...args], { env });
    const outcome = { output: '', errors: '' };
    child.stdout.on('data', (chunk) => (outcome.output += String(chunk)));
    child.stderr.on('data', (chunk) => (outcome.errors += String(chunk)));
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
}

describe('headlight download', () => {
  it('lists what a hub holds, and downloads nothing', async () => {
    const { output, code } = await download('--json', name);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      name,
      commit: commitOfHub,
      license: 'mit',
      variants: [
        { variant: 'onnx/model.onnx', bytes: 5004 },
        {
          variant: 'onnx/model_int8.onnx',
          bytes: 2004,
          files: [
            { file: 'config.json', bytes: 2 },
            { file: 'tokenizer.json', bytes: 2 },
            { file: 'onnx/model_int8.onnx', bytes: 2000 },
          ],
        },
      ],
    });
    expect(hub.seen.some(({ path: at }) => at.includes('/resolve/'))).toBe(false);
  });

  it('downloads a variant and prints its folder', async () => {
    const into = mkdtempSync(path.join(tmpdir(), 'headlight-download-'));
    const { output, code } = await download('--variant', 'onnx/model_int8.onnx', '--into', into, name);
    expect(code).toBe(0);
    const folder = output.trim();
    expect(folder).toBe(path.join(into, 'someone', 'tiny-bert@0123456-int8'));
    const bytes = readFileSync(path.join(folder, 'onnx/model_int8.onnx'));
    expect(bytes.equals(files['onnx/model_int8.onnx'])).toBe(true);
  });

  it('says what is wrong', async () => {
    const wrongVariant = await download('--variant', 'model.onnx', name);
    expect([wrongVariant.code, wrongVariant.errors]).toEqual([
      2,
      expect.stringContaining('onnx/model_int8.onnx'),
    ]);
    const wrongName = await download('someone/else');
    expect([wrongName.code, wrongName.errors]).toEqual([1, expect.stringContaining('no someone/else@main')]);
  });
});
