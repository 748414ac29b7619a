import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { classes } from '../../../src/engine/inspections/classes';
import { knockOut } from '../../../src/engine/inspections/knockOut';
import { pair } from '../../../src/engine/inspections/pair';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { embedded, referencesOf } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };
const modelAt = (name: string): string => path.join(path.dirname(embedded), name);

describe('a head that is knocked out', () => {
  it.each(['bert-tiny-intent', 'bert-tiny-translation-pair'])(
    'gives what PyTorch gives with its context zero: %s',
    async (name) => {
      const model = store.open(modelAt(name));
      for (const { text, pair: second, tensor } of referencesOf(modelAt(name))) {
        const { shape, values } = tensor('logits without head');
        const [layers, heads, outputs] = shape as [number, number, number];
        for (let output = 0; output < outputs; output += 3) {
          const question = { model: '', text, pair: second ?? undefined, output };
          const { without, whole } = await knockOut(model, sessions, question, context);
          expect(Math.abs(whole.logit - tensor('logits').values[output]!)).toBeLessThan(1e-5);
          expect(without.map((row) => row.length)).toEqual(Array<number>(layers).fill(heads));
          without.flat().forEach(({ logit }, head) => {
            expect(Math.abs(logit - values[head * outputs + output]!)).toBeLessThan(1e-5);
          });
        }
      }
    },
  );

  it('is told of sentence order and next sentences, too, and of layers that share weights', async () => {
    for (const [name, layers] of [
      ['albert-tiny-en-zh', 6],
      ['bert-tiny-en-zh', 4],
    ] as const) {
      const model = store.open(modelAt(name));
      const question = { model: '', text: 'He was thirsty.', pair: 'I drink a cup of tea.', output: 1 };
      const judged = await pair(model, sessions, question, context);
      const { whole, without } = await knockOut(model, sessions, question, context);
      expect(whole.label).toBe(judged.scores[1]!.label);
      expect(whole.logit).toBeCloseTo(judged.scores[1]!.logit, 5);
      expect(without).toHaveLength(layers);
      // No head of a trained model does nothing.
      for (const { logit } of without.flat()) expect(logit).not.toBe(whole.logit);
    }
  });

  it('is one of the surest class when nothing else is said', async () => {
    const model = store.open(modelAt('bert-tiny-intent'));
    const question = { model: '', text: 'play some jazz by miles davis' };
    const { whole, without } = await knockOut(model, sessions, question, context);
    const { rows } = await classes(model, sessions, question, context);
    expect(whole.label).toBe(rows[0]!.scores[0]!.label);
    for (const { probability } of without.flat()) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
  });

  it('can be cancelled, and says what has no such head', async () => {
    const question = { model: '', text: 'play' };
    const cancelled = { ...context, signal: AbortSignal.abort() };
    const model = store.open(modelAt('bert-tiny-intent'));
    await expect(knockOut(model, sessions, question, cancelled)).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(knockOut(store.open(embedded), sessions, question, context)).rejects.toMatchObject({
      code: 'NoHead',
    });
  });
});
