import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { occlusion } from '../../../src/engine/inspections/occlusion';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { embedded, referencesOf } from './references';

const folder = path.join(path.dirname(embedded), 'bert-tiny-intent');
const store = new ModelStore();
const sessions = new SessionCache();
const model = store.open(folder);
const context = { signal: new AbortController().signal, progress: () => {} };
const maskId = 4;

/** Logits of the classes by the unchanged file, one text at a time. */
let classify: (ids: readonly number[]) => Promise<number[]>;
beforeAll(async () => {
  const session = await InferenceSession.create(path.join(folder, 'model.onnx'), {
    logSeverityLevel: 3,
    // The runtime would round what products read to int8, too.
    extra: { session: { disable_quant_qdq: '1' } },
  });
  const filled = (ids: readonly number[], value: bigint): Tensor =>
    new Tensor('int64', new BigInt64Array(ids.length).fill(value), [1, ids.length]);
  classify = async (ids) => {
    const { logits } = await session.run({
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
      attention_mask: filled(ids, 1n),
      token_type_ids: filled(ids, 0n),
    });
    return [...(logits!.data as Float32Array)];
  };
});

describe('occlusion', () => {
  // [CLS] play some tune ##s by bob ##by … [SEP]: the pieces of a word go together.
  const text = 'play electroencephalographers by miles davis';

  it.each(['mask', 'drop'] as const)('reads the text without each word by naive code: %s', async (way) => {
    const encoding = await model.tokenizer.native.encode(text, null);
    const ids = encoding.getIds();
    const words = encoding.getWordIds();
    expect(encoding.getTokens()[0]).toBe('[CLS]');
    expect(model.tokenizer.native.idToToken(maskId)).toBe('[MASK]');
    const whole = await classify(ids);
    const best = whole.indexOf(Math.max(...whole));
    const result = await occlusion(model, sessions, { model: '', text, way }, context);
    expect(result.whole.id).toBe(best);
    expect(Math.abs(result.whole.logit - whole[best]!)).toBeLessThan(1e-5);
    expect(result.words.map(({ start, end }) => text.slice(start, end))).toEqual(text.split(' '));
    expect(ids.length).toBeGreaterThan(result.words.length + 2);
    for (const [word, { logit, probability }] of result.words.entries()) {
      const changed =
        way === 'drop'
          ? ids.filter((_, at) => words[at] !== word)
          : ids.map((id, at) => (words[at] === word ? maskId : id));
      const expected = await classify(changed);
      expect(Math.abs(logit - expected[best]!)).toBeLessThan(2e-5);
      const sum = expected.reduce((all, each) => all + Math.exp(each), 0);
      expect(probability).toBeCloseTo(Math.exp(expected[best]!) / sum, 5);
    }
  });

  it("watches the output that was chosen, with PyTorch's logit of the whole text", async () => {
    for (const reference of referencesOf(folder)) {
      const question = { model: '', text: reference.text, way: 'mask', output: 3 } as const;
      const { whole } = await occlusion(model, sessions, question, context);
      expect(whole.label).toBe(model.config.labels[3]);
      expect(Math.abs(whole.logit - reference.tensor('logits').values[3]!)).toBeLessThan(1e-5);
    }
    const wrong = { model: '', text, way: 'mask', output: 7 } as const;
    await expect(occlusion(model, sessions, wrong, context)).rejects.toMatchObject({ code: 'WrongUsage' });
  });

  it('says what has no such head', async () => {
    const question = { model: '', text, way: 'mask' } as const;
    await expect(occlusion(store.open(embedded), sessions, question, context)).rejects.toMatchObject({
      code: 'NoHead',
    });
  });
});
