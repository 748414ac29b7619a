import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineClient } from '../../../src/client/engineClient';
import { HeadlightError } from '../../../src/core/errors';
import { charsmap, damagedText, validFiles, writeDamaged } from '../../support/damagedFolder';
import { randomNumbers } from '../onnx/hostileFiles';

/** Files of one run; more make a longer search for what nobody thought of. */
const mutatedFiles = Number(process.env['HEADLIGHT_HOSTILE_FILES'] ?? 700);

const folder = mkdtempSync(path.join(tmpdir(), 'headlight-hostile-folders-'));
const engine = new EngineClient({
  // The real engine, bundled: `npm run build` makes it.
  entry: path.resolve('dist/engine.js'),
  settings: { threads: 1, memoryLimitBytes: 2 ** 31 },
  limits: { idleSeconds: 60, requestSeconds: 20 },
  log: () => {},
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('damaged files beside a graph', () => {
  // What the search below found: at each of the first four the reference library ended the process.
  it.each<[what: string, normalizer: { precompiled_charsmap?: string }, model: object]>([
    ['a character map that is empty', { precompiled_charsmap: '' }, {}],
    ['a character map that is no base64', { precompiled_charsmap: `[${charsmap.slice(1)}` }, {}],
    ['a character map whose trie is cut off', { precompiled_charsmap: charsmap.slice(0, 400) }, {}],
    ['a character map with a trie that is too small', { precompiled_charsmap: 'BAAAAAAAAAA=' }, {}],
    ['no token for what is unknown', {}, { vocab: { '[CLS]': 2, '[SEP]': 3, '[MASK]': 4 } }],
  ])('tell of %s', async (_, normalizer, model) => {
    const description = JSON.parse(
      validFiles[normalizer.precompiled_charsmap === undefined ? 4 : 6]![1],
    ) as Record<string, object>;
    Object.assign(description['normalizer']!, normalizer);
    Object.assign(description['model']!, model);
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, JSON.stringify(description));
    const asked = engine.request('tokens', { model: folder, text: 'Headlight' });
    await expect(asked).rejects.toMatchObject({
      code: 'TokenizerInvalid',
      message: expect.stringContaining(file),
    });
  });

  it('end in a clear error, or in fewer facts, and never hang', { timeout: 600_000 }, async () => {
    const random = randomNumbers(7);
    const below = (limit: number): number => Math.floor(random() * limit);
    const seen = { answers: 0, errors: 0 };
    for (let index = 0; index < mutatedFiles; index++) {
      const { model, name } = writeDamaged(folder, index, below);
      const where = `file ${index}, ${name}`;
      try {
        expect((await engine.request('facts', { model })).path, where).toBe(model);
        await engine.request('tokens', { model, text: damagedText, pair: 'b' });
        seen.answers++;
      } catch (error) {
        if (!(error instanceof HeadlightError)) throw error;
        const { code, message } = error;
        expect(['TokenizerInvalid', 'ConfigInvalid'], `${where}: ${code}: ${message}`).toContain(code);
        seen.errors++;
        expect(message, where).toContain(model);
        expect(message.length, where).toBeLessThan(2000);
      }
    }
    expect(seen.answers).toBeGreaterThan(mutatedFiles / 4);
    expect(seen.errors).toBeGreaterThan(mutatedFiles / 10);
  });
});
