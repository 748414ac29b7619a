import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { everyToken, oneHead } from '../../../src/core/attention/units';
import { EngineClient } from '../../../src/client/engineClient';
import type { Device } from '../../../src/protocol/engine';

const model = path.resolve('media/models/bert-tiny-en-zh');
const clients: EngineClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((engine) => engine.dispose()));
});

function client(device: Device, entry = path.resolve('dist/engine.js')): EngineClient {
  const engine = new EngineClient({
    entry,
    settings: { threads: 1, device, memoryLimitBytes: 4 * 2 ** 30 },
    limits: { idleSeconds: 60, requestSeconds: 60 },
    log: () => {},
  });
  clients.push(engine);
  return engine;
}

/** The engine as it lies on a system for which onnxruntime has no native build: the package is there, its binary is not. */
function withoutNative(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'headlight-wasm-'));
  mkdirSync(path.join(root, 'dist'));
  cpSync('dist/engine.js', path.join(root, 'dist/engine.js'));
  mkdirSync(path.join(root, 'node_modules/onnxruntime-node'), { recursive: true });
  cpSync(
    'node_modules/onnxruntime-node/package.json',
    path.join(root, 'node_modules/onnxruntime-node/package.json'),
  );
  cpSync('node_modules/onnxruntime-node/dist', path.join(root, 'node_modules/onnxruntime-node/dist'), {
    recursive: true,
  });
  for (const name of ['onnxruntime-web', 'onnxruntime-common', 'tokenizers']) {
    symlinkSync(path.resolve('node_modules', name), path.join(root, 'node_modules', name), 'junction');
  }
  return path.join(root, 'dist/engine.js');
}

describe('the WebAssembly build', () => {
  it('gives the predictions and the attention of the native one', async () => {
    const text = 'The lighthouse keeper counted seventeen [MASK] before breakfast. 他是一个好学[MASK]。';
    const [native, wasm] = await Promise.all(
      [client('cpu'), client('wasm')].map(async (engine) => {
        const { masks } = await engine.request('fill', { model, text, topK: 5 });
        const { trace, tokens } = await engine.request('attention', { model, text, budgetBytes: Infinity });
        const weights = await engine.request('attentionWeights', {
          ...{ trace, stack: 'encoder' },
          ...{ source: oneHead({ layer: 2, head: 1 }), shape: everyToken },
        });
        return { masks, weights, count: tokens.length };
      }),
    );
    expect(wasm!.masks.map(({ predictions }) => predictions.map(({ id }) => id))).toEqual(
      native!.masks.map(({ predictions }) => predictions.map(({ id }) => id)),
    );
    for (const [mask, { predictions }] of native!.masks.entries()) {
      for (const [rank, { probability }] of predictions.entries()) {
        expect(wasm!.masks[mask]!.predictions[rank]!.probability).toBeCloseTo(probability, 4);
      }
    }
    expect(wasm!.weights.length).toBe(wasm!.count ** 2);
    expect(
      Math.max(...wasm!.weights.map((weight, at) => Math.abs(weight - native!.weights[at]!))),
    ).toBeLessThan(1e-5);
  });

  it('answers where there is no native one, and says so', async () => {
    const engine = client('cpu', withoutNative());
    const said: string[] = [];
    engine.onDidFallBack((_, message) => said.push(message));
    expect((await engine.request('fill', { model, text: 'a [MASK]', topK: 2 })).masks).toHaveLength(1);
    expect(said).toEqual([
      expect.stringMatching(/runs as WebAssembly, which is slower: there is no native onnxruntime/),
    ]);
  });
});
