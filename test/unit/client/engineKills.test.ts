import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { everyToken, oneHead } from '../../../src/core/attention/units';
import { EngineClient } from '../../../src/client/engineClient';
import { HeadlightError } from '../../../src/core/errors';

const model = path.resolve('media/models/bert-tiny-en-zh');
const other = path.resolve('media/models/bert-tiny-intent');
const text = 'The lighthouse keeper counted seventeen [MASK] before breakfast.';
const long = 'the cat sat on the mat . '.repeat(60);

/** The same moments in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const engine = new EngineClient({
  entry: path.resolve('dist/engine.js'),
  settings: { threads: 1, memoryLimitBytes: 4 * 2 ** 30 },
  limits: { idleSeconds: 60, requestSeconds: 60 },
  log: (line, level) => level === 'error' && said.push(line),
});
const said: string[] = [];
afterEach(() => engine.dispose());

/** A piece of the mixed load: what views, hovers and the tree ask. */
const work: ((signal: AbortSignal) => Promise<unknown>)[] = [
  (signal) => engine.request('facts', { model: other }, { signal }),
  (signal) => engine.request('tokens', { model, text: long }, { signal }),
  (signal) => engine.request('fill', { model, text, topK: 5 }, { signal }),
  (signal) => engine.request('fill', { model, text: `${text} ${long} [MASK]`, topK: 5 }, { signal }),
  (signal) => engine.request('load', { model: other }, { signal }),
  (signal) => engine.request('unload', { model: other }, { signal }),
  (signal) =>
    engine.request('tensor', { model, text, role: 'hiddenState', stack: 'encoder', layer: 1 }, { signal }),
  async (signal) => {
    const { trace } = await engine.request(
      'attention',
      { model, text: long, budgetBytes: Infinity },
      { signal },
    );
    for (let layer = 0; layer < 4; layer++) {
      const stack = { trace, stack: 'encoder' as const };
      await engine.request('attentionSlice', { ...stack, slice: { kind: 'layer', layer } }, { signal });
      const row = { ...stack, source: oneHead({ layer, head: 0 }), shape: everyToken, query: 0 };
      await engine.request('attentionWeights', row, { signal });
    }
  },
];

it(
  'an engine killed at 100 random moments leaves no request unanswered, and the next one works',
  { timeout: 300_000 },
  async () => {
    const random = randomNumbers(20250117);
    const ends: (HeadlightError | null)[] = [];
    const deaths = (): number => ends.filter((reason) => reason?.message.includes('SIGKILL')).length;
    engine.onDidEnd((reason) => ends.push(reason));
    const outcomes = { answered: 0, died: 0, cancelled: 0, traceGone: 0 };
    for (let kill = 1; kill <= 100; kill++) {
      const load = Array.from({ length: 6 }, () => {
        const run = new AbortController();
        // Now and then a person changes his mind.
        if (random() < 0.15) setTimeout(() => run.abort(), random() * 100);
        return work[Math.floor(random() * work.length)]!(run.signal);
      });
      const settled = Promise.allSettled(load);
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
      const killed = engine.processId!;
      process.kill(killed, 'SIGKILL');
      for (const outcome of await settled) {
        if (outcome.status === 'fulfilled') {
          outcomes.answered++;
          continue;
        }
        const reason: unknown = outcome.reason;
        expect(reason).toBeInstanceOf(HeadlightError);
        const { code, message } = reason as HeadlightError;
        expect(['EngineDied', 'Cancelled', 'TraceGone'], message).toContain(code);
        if (code === 'EngineDied') expect(message).toMatch(/SIGKILL/);
        outcomes[code === 'EngineDied' ? 'died' : code === 'Cancelled' ? 'cancelled' : 'traceGone']++;
      }
      await expect.poll(() => engine.processId).not.toBe(killed);
      // What had several steps may have started an engine for the next one.
      engine.kill();
      await expect.poll(() => engine.running).toBe(false);
      expect(engine.loaded).toEqual([]);
      expect(deaths()).toBe(kill);
    }
    // Each death is told once.
    expect(said.filter((line) => line.includes('SIGKILL'))).toHaveLength(100);
    expect(outcomes.answered + outcomes.died + outcomes.cancelled + outcomes.traceGone).toBe(600);
    expect(Math.min(outcomes.answered, outcomes.died, outcomes.cancelled)).toBeGreaterThan(10);
    const { masks } = await engine.request('fill', { model, text, topK: 2 });
    expect(masks[0]!.predictions).toHaveLength(2);
  },
);
