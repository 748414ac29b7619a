import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { generate, generateInputs } from '../../../src/engine/inspections/generate';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import type { GenerateQuestion } from '../../../src/protocol/generation';
import { embedded, referencesOf } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };
const folder = (name: string): string => path.join(path.dirname(embedded), name);
const decoder = store.open(folder('gpt-tiny-en-zh'));
const translator = store.open(folder('transformer-tiny-en-zh'));
const [start, end] = [2, 3];

const ask = (text: string, options: Partial<GenerateQuestion> = {}): GenerateQuestion => ({
  ...{ model: '', text, beams: 1, length: 12, topK: 5 },
  ...options,
});

/** Log softmax of one row, in float64. */
function logSoftmax(logits: ArrayLike<number>): number[] {
  const row = Array.from(logits);
  const largest = Math.max(...row);
  const sum = Math.log(row.reduce((total, logit) => total + Math.exp(logit - largest), 0)) + largest;
  return row.map((logit) => logit - sum);
}

const int64 = (ids: readonly number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
const ones = (ids: readonly number[]): Tensor => int64(ids.map(() => 1));

/** Logits after the last token, by the unchanged files. */
let afterText: (ids: readonly number[]) => Promise<Float32Array>;
let afterTarget: (source: readonly number[], target: readonly number[]) => Promise<Float32Array>;
beforeAll(async () => {
  const open = (name: string, file: string): Promise<InferenceSession> =>
    InferenceSession.create(path.join(folder(name), file), {
      logSeverityLevel: 3,
      // The runtime would round what products read to int8, too.
      extra: { session: { disable_quant_qdq: '1' } },
    });
  const last = (logits: Tensor): Float32Array => (logits.data as Float32Array).slice(-logits.dims.at(-1)!);
  const whole = await open('gpt-tiny-en-zh', 'model.onnx');
  afterText = async (ids) => {
    const { logits } = await whole.run({ input_ids: int64(ids), attention_mask: ones(ids) });
    return last(logits!);
  };
  const first = await open('transformer-tiny-en-zh', 'encoder_model.onnx');
  const second = await open('transformer-tiny-en-zh', 'decoder_model.onnx');
  afterTarget = async (source, target) => {
    const encoded = await first.run({ input_ids: int64(source), attention_mask: ones(source) });
    const { logits } = await second.run({
      input_ids: int64(target),
      encoder_hidden_states: encoded['last_hidden_state']!,
      encoder_attention_mask: ones(source),
    });
    return last(logits!);
  };
});

const indexOfLargest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** Takes the most probable token until the end token. */
async function naiveGreedy(
  next: (ids: number[]) => Promise<Float32Array>,
  length: number,
): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < length && ids.at(-1) !== end) ids.push(indexOfLargest([...(await next(ids))]));
  return ids;
}

/**
 * Every pair of hypothesis and token is scored and sorted at each step, as by `translate` of training/transformer.py;
 * at the longest length, what has not ended competes by its mean, too.
 */
async function naiveBeam(
  next: (ids: number[]) => Promise<Float32Array>,
  beams: number,
  length: number,
): Promise<{ ids: number[]; score: number }> {
  let running = [{ ids: [] as number[], sum: 0 }];
  let best = { ids: [] as number[], score: -Infinity };
  for (let count = 1; count <= length; count++) {
    const all: { ids: number[]; sum: number }[] = [];
    for (const { ids, sum } of running) {
      logSoftmax(await next(ids)).forEach((value, id) => all.push({ ids: [...ids, id], sum: sum + value }));
    }
    const top = all.sort((a, b) => b.sum - a.sum).slice(0, 2 * beams);
    top.forEach(({ ids, sum }, rank) => {
      if (ids.at(-1) === end && rank < beams && sum / count > best.score) best = { ids, score: sum / count };
    });
    running = top.filter(({ ids }) => ids.at(-1) !== end).slice(0, beams);
    if (best.score >= running[0]!.sum / count) return best;
  }
  const open = { ids: running[0]!.ids, score: running[0]!.sum / length };
  return best.score >= open.score ? best : open;
}

describe('a decoder goes on with a text', () => {
  it("predicts the next token with PyTorch's logits", async () => {
    const references = referencesOf('gpt-tiny-en-zh').filter(({ pair }) => pair === null);
    expect(references.length).toBeGreaterThan(3);
    for (const { text, inputs, tensor } of references) {
      const expected = logSoftmax(tensor('logits of the last token').values);
      const { tokens, generated } = await generate(
        decoder,
        sessions,
        ask(text, { length: 1, topK: 100 }),
        context,
      );
      expect(tokens.map(({ id }) => id)).toEqual(inputs['input_ids']);
      const [step] = generated[0]!.tokens;
      expect(step!.rank).toBe(1);
      for (const { id, probability } of step!.predictions) {
        expect(Math.abs(probability - Math.exp(expected[id]!))).toBeLessThan(1e-5);
      }
      const entropy = -expected.reduce((sum, value) => sum + Math.exp(value) * value, 0) / Math.LN2;
      expect(step!.entropy).toBeCloseTo(entropy, 4);
    }
  });

  it('takes the tokens that a loop over the unchanged file takes', async () => {
    const { tokens, generated } = await generate(decoder, sessions, ask('Tom and Mary'), context);
    const prompt = tokens.map(({ id }) => id);
    const next = (ids: number[]): Promise<Float32Array> => afterText([...prompt, ...ids]);
    const expected = await naiveGreedy(next, 12);
    expect(generated[0]!.tokens.map(({ id }) => id)).toEqual(expected);
    for (const [at, { id, logProbability }] of generated[0]!.tokens.entries()) {
      expect(logProbability).toBeCloseTo(logSoftmax(await next(expected.slice(0, at)))[id]!, 5);
    }
    // A word begins with the space that parts it from the text.
    expect(generated[0]!.text).toMatch(/^[ ,.]/);
  });

  it('reads what stands left of a gap', async () => {
    const result = await generate(decoder, sessions, ask('I like a [MASK] of tea.', { length: 1 }), context);
    expect(result.gap).toEqual({ start: 9, end: 15 });
    const left = await generate(decoder, sessions, ask('I like a', { length: 1 }), context);
    expect({ ...result, gap: null }).toEqual(left);
  });

  it('reads the end of a text that leaves no room', async () => {
    const { tokens, cut, generated } = await generate(
      decoder,
      sessions,
      ask('a cat '.repeat(400), { length: 2 }),
      context,
    );
    expect(cut).toBe(true);
    expect(tokens).toHaveLength(510);
    expect(tokens[0]!.id).toBe(start);
    expect(tokens.at(-1)!.token).toBe('cat');
    expect(tokens.map(({ positionId }) => positionId)).toEqual([...Array(510).keys()]);
    expect(generated[0]!.tokens.length).toBeLessThanOrEqual(2);
  });
});

describe('an encoder and a decoder translate', () => {
  const texts = ['I have a dog and a cat.', 'Where are you from?', "I'm leaving next week."];

  it("reads what PyTorch read, with its logits of the next token, by the loop's own runs", async () => {
    for (const { inputs, tensor } of referencesOf('transformer-tiny-en-zh')) {
      const logits = await afterTarget(inputs['input_ids']!, inputs['decoder_input_ids']!);
      const expected = tensor('logits of the last token').values;
      logits.forEach((value, id) => expect(Math.abs(value - expected[id]!)).toBeLessThan(1e-5));
    }
  });

  it.each(texts)('greedily: %s', async (text) => {
    const { result, inputs } = await generateInputs(translator, sessions, ask(text, { length: 24 }), context);
    const source = result.tokens.map(({ id }) => id);
    const expected = await naiveGreedy((ids) => afterTarget(source, [start, ...ids]), 24);
    const [{ tokens, ended, text: written }] = result.generated as [(typeof result.generated)[0]];
    expect(tokens.map(({ id }) => id)).toEqual(expected);
    expect(ended).toBe(expected.at(-1) === end);
    expect(inputs[0]!.map(({ id }) => id)).toEqual([start, ...expected.filter((id) => id !== end)]);
    expect(written).toMatch(/^\p{Script=Han}[^ ]*$/u);
  });

  it.each(texts)('with four beams: %s', async (text) => {
    const { tokens: read, generated } = await generate(
      translator,
      sessions,
      ask(text, { beams: 4, length: 16 }),
      context,
    );
    const source = read.map(({ id }) => id);
    const expected = await naiveBeam((ids) => afterTarget(source, [start, ...ids]), 4, 16);
    expect(generated[0]!.tokens.map(({ id }) => id)).toEqual(expected.ids);
    expect(generated[0]!.score).toBeCloseTo(expected.score, 5);
    expect(generated.length).toBeLessThanOrEqual(4);
    const scores = generated.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('tells what is written so far, and stops when it is told to', async () => {
    const written: string[] = [];
    const controller = new AbortController();
    const running = generate(translator, sessions, ask(texts[0]!), {
      signal: controller.signal,
      progress({ text }) {
        if (text === undefined) return;
        written.push(text);
        if (written.length === 3) controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' });
    expect(written).toHaveLength(3);
    expect(written[2]!.startsWith(written[1]!)).toBe(true);
  });
});

describe('an encoder and its decoder in one graph', () => {
  it('are read as the unchanged file gives them', async () => {
    const own = mkdtempSync(path.join(tmpdir(), 'headlight-generation-'));
    const file = path.join(own, 'model.onnx');
    copyFileSync('test/fixtures/models/bart.onnx', file);
    const words = Array.from({ length: 35 }, (_, index) => `w${index}`);
    writeFileSync(
      path.join(own, 'vocab.txt'),
      ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n'),
    );
    const config = { architectures: ['BartForConditionalGeneration'], max_position_embeddings: 24 };
    const ids = { decoder_start_token_id: start, eos_token_id: end };
    const write = (more: object): void =>
      writeFileSync(path.join(own, 'config.json'), JSON.stringify({ ...config, ...ids, ...more }));
    write({});
    const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
    const result = await generate(store.open(own), sessions, ask('w1 w2 w9', { length: 64 }), context);
    const source = result.tokens.map(({ id }) => id);
    expect(source).toEqual([2, 6, 7, 14, 3]);
    const next = async (target: number[]): Promise<Float32Array> => {
      const { logits } = await session.run({
        input_ids: int64(source),
        attention_mask: ones(source),
        decoder_input_ids: int64([start, ...target]),
      });
      return (logits!.data as Float32Array).slice(-40);
    };
    const expected = await naiveGreedy(next, 23);
    // No longer than the model has positions for.
    expect(result.generated[0]!.tokens.map(({ id }) => id)).toEqual(expected);

    // Words of more than one token, and the end, are not among the tokens that are kept out.
    const [first, second] = [expected[0]!, expected.find((id) => id !== expected[0] && id !== end) ?? 7];
    write({ bad_words_ids: [[first], [second, 9], [end]] });
    const kept = await generate(
      new ModelStore().open(own),
      sessions,
      ask('w1 w2 w9', { length: 64 }),
      context,
    );
    const allowed = await naiveGreedy(
      async (target) => (await next(target)).fill(-Infinity, first, first + 1),
      23,
    );
    expect(allowed).not.toEqual(expected);
    expect(kept.generated[0]!.tokens.map(({ id }) => id)).toEqual(allowed);

    // What is about generation may stand in a file of its own, which comes before config.json.
    write({ num_beams: 2, eos_token_id: 99 });
    const generation = { ...ids, num_beams: 3, max_new_tokens: 5, bad_words_ids: [[first]] };
    writeFileSync(path.join(own, 'generation_config.json'), JSON.stringify(generation));
    const asSaid = { model: '', text: 'w1 w2 w9', topK: 5 };
    const said = await generate(store.open(own), sessions, asSaid, context);
    const asked = await generate(store.open(own), sessions, { ...asSaid, beams: 3, length: 5 }, context);
    expect(said).toMatchObject({ beams: 3 });
    expect(said.generated).toEqual(asked.generated);
    const [one] = (await generate(store.open(own), sessions, { ...asSaid, beams: 1 }, context)).generated;
    expect(one!.tokens.map(({ id }) => id)).toEqual(allowed.slice(0, 5));
  });
});

describe('numbers that are out of range', () => {
  it.each([{ beams: 0 }, { beams: 9 }, { beams: 1.5 }, { length: 0 }, { length: 513 }])(
    '%o',
    async (options) => {
      const asked = generate(decoder, sessions, ask('a cat', options), context);
      await expect(asked).rejects.toMatchObject({ code: 'WrongUsage' });
    },
  );
});

describe('a model that does not generate', () => {
  it('says so', async () => {
    const model = store.open(embedded);
    expect(model.facts.answers).not.toContain('generation');
    await expect(generate(model, sessions, ask('a cat'), context)).rejects.toMatchObject({ code: 'NoHead' });
    expect(decoder.facts.answers).toContain('generation');
    expect(translator.facts.answers).toContain('generation');
  });
});
