import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { EngineClient } from '../../../src/client/engineClient';
import { HeadlightError } from '../../../src/core/errors';
import { ModelStore } from '../../../src/engine/models/store';
import { BertGraph, tinyVocabulary } from '../../support/bertGraph';
import {
  endlessLoop,
  handMade,
  memoryEater,
  mutations,
  nativeFault,
  validGraphs,
  writeNeighbours,
} from '../onnx/hostileFiles';

// The real engine, bundled: `npm run build` makes it.
const entry = path.resolve('dist/engine.js');

const [folder, outside] = ['models', 'outside'].map((name) =>
  mkdtempSync(path.join(tmpdir(), `headlight-hostile-${name}-`)),
) as [string, string];
writeNeighbours(folder, outside);
writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
afterAll(() => [folder, outside].forEach((each) => rmSync(each, { recursive: true, force: true })));

function write(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, `${name}.onnx`);
  writeFileSync(file, bytes);
  return file;
}

const good = write('good', new BertGraph({ opset: 14, fused: false }).bytes());
const clients: EngineClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((engine) => engine.dispose()));
});

function client(requestSeconds: number, memoryLimitBytes: number): EngineClient {
  const engine = new EngineClient({
    entry,
    settings: { threads: 1, memoryLimitBytes },
    limits: { idleSeconds: 60, requestSeconds },
    log: () => {},
  });
  clients.push(engine);
  return engine;
}

const text = `${tinyVocabulary[6]} [MASK] ${tinyVocabulary[9]}`;

/** Asks everything of a model, one after the other; the answers, or the errors that they end in. */
async function askAll(engine: EngineClient, model: string): Promise<(object | HeadlightError)[]> {
  const outcomes: (object | HeadlightError)[] = [];
  for (const ask of [
    () => engine.request('facts', { model }),
    () => engine.request('fill', { model, text, topK: 3 }),
    () => engine.request('attention', { model, text, budgetBytes: 2 ** 28 }),
  ]) {
    outcomes.push(
      await ask().catch((error: unknown) => {
        if (error instanceof HeadlightError) return error;
        throw error;
      }),
    );
  }
  return outcomes;
}

/** Whether the engine has ended under a request. */
const died = (outcome: unknown): boolean =>
  outcome instanceof HeadlightError && ['EngineDied', 'TimedOut', 'OutOfMemory'].includes(outcome.code);

async function expectGoodAnswer(engine: EngineClient): Promise<void> {
  expect((await engine.request('fill', { model: good, text, topK: 3 })).masks[0]!.predictions).toHaveLength(
    3,
  );
}

describe('the engine', () => {
  it('answers or tells what is wrong for each of 200 damaged models, and goes on', async () => {
    const engine = client(20, 2 ** 31);
    const graphs = validGraphs().filter(({ name }) => name.startsWith('BERT'));
    let tried = 0;
    const seen = { answers: 0, errors: 0, deaths: 0 };
    for (const { name, bytes } of mutations(graphs, 5000, 4, folder)) {
      const model = write('damaged', bytes);
      if (!reachesRuntime(model)) continue;
      for (const outcome of await askAll(engine, model)) {
        if (died(outcome)) seen.deaths++;
        else if (outcome instanceof HeadlightError) seen.errors++;
        else seen.answers++;
        if (!(outcome instanceof HeadlightError)) continue;
        expect(outcome.code, `${name}: ${outcome.message}`).not.toBe('Internal');
        if (outcome.code === 'OnnxInvalid') expect(outcome.message, name).toContain(model);
      }
      await expectGoodAnswer(engine);
      if (++tried === 200) break;
    }
    expect(tried).toBe(200);
    // Damage that no run notices, or that the runtime refuses always, would test one half.
    expect(seen.answers).toBeGreaterThan(250);
    expect(seen.errors).toBeGreaterThan(50);
  }, 120_000);

  it('tells what is wrong with hand-made ones, and goes on', async () => {
    const engine = client(20, 2 ** 31);
    for (const { name, bytes } of handMade().filter((file) => !file.name.includes('loop'))) {
      const model = write('made', bytes);
      const [facts, ...answers] = await askAll(engine, model);
      expect(facts, name).toMatchObject({ onnxFile: model });
      for (const answer of answers) {
        expect(answer, name).toBeInstanceOf(HeadlightError);
        const { code } = answer as HeadlightError;
        expect(['OnnxInvalid', 'NoMlmHead', 'NoAttention'], `${name}: ${String(answer)}`).toContain(code);
      }
      await expectGoodAnswer(engine);
    }
  }, 60_000);

  it('is ended by the time limit in a loop without end, and starts again', async () => {
    const engine = client(2, 2 ** 31);
    await expectGoodAnswer(engine);
    const model = write('loop', endlessLoop());
    await expect(engine.request('fill', { model, text, topK: 3 })).rejects.toMatchObject({
      code: 'TimedOut',
    });
    await expectGoodAnswer(engine);
  });

  it('tells of its death where a model makes the runtime read what is not its own, and starts again', async () => {
    const engine = client(20, 2 ** 31);
    const model = write('fault', nativeFault());
    const error: unknown = await engine
      .request('fill', { model, text, topK: 3 })
      .catch((reason: unknown) => reason);
    // What lies there decides whether the process ends (SIGSEGV) or the runtime refuses the model.
    expect(['EngineDied', 'OnnxInvalid'], String(error)).toContain((error as HeadlightError).code);
    expect(String(error)).toMatch(/ended unexpectedly \(.+\)|onnxruntime could not run/);
    await expectGoodAnswer(engine);
  });

  it('is ended by the memory watch when a model asks for 16 GB, and starts again', async () => {
    const engine = client(60, 2 ** 29);
    await expectGoodAnswer(engine);
    const model = write('large', memoryEater());
    const error: unknown = await engine
      .request('fill', { model, text, topK: 3 })
      .catch((reason: unknown) => reason);
    // A machine that has less refuses it at once.
    if ((error as HeadlightError).code === 'OnnxInvalid') expect(String(error)).toMatch(/alloc/);
    else expect(error).toMatchObject({ code: 'OutOfMemory', message: expect.stringMatching(/\d+ MB/) });
    await expectGoodAnswer(engine);
  }, 90_000);
});

/** Whether reading a model ends well, so that the runtime gets to see it. */
function reachesRuntime(file: string): boolean {
  try {
    const model = new ModelStore().open(file);
    return model.mlmLogits !== null && model.graph.attention.length > 0;
  } catch (error) {
    if (error instanceof HeadlightError) return false;
    throw error;
  }
}
