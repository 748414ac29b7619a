import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ForwardTrace, type Run } from '../../../../src/engine/forward/trace';
import { forward } from '../../../../src/engine/inspections/forward';
import { generate } from '../../../../src/engine/inspections/generate';
import { forwardStep } from '../../../../src/engine/inspections/forwardStep';
import { ModelStore } from '../../../../src/engine/models/store';
import { SessionCache } from '../../../../src/engine/sessions';
import { TraceStore } from '../../../../src/engine/traces';
import type { ForwardResult, ForwardStepResult } from '../../../../src/protocol/forward';
import { embedded, embeddedFolders } from '../references';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
traces.configure(2 ** 32);
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'She went to school by bus. 我今天很高兴。';

function run(
  model: string,
  question: { text: string; pair?: string; written?: number } = { text },
): Promise<ForwardResult> {
  return forward(store.open(model), sessions, traces, { model, ...question }, context);
}

function stepOf(
  { trace }: ForwardResult,
  step: number,
  token = 0,
  mostProducts = Infinity,
): Promise<ForwardStepResult> {
  return forwardStep(traces.forward(trace), { trace, step, token, mostProducts });
}

const named = embeddedFolders.map((folder) => [path.basename(folder), folder] as const);

describe.each(named)('the forward pass of %s', (_, folder) => {
  it('agrees with its formulas in every layer and head', async () => {
    const isPair = path.basename(folder).startsWith('transformer-');
    const result = await run(folder, { text, ...(isPair && { pair: '她坐公共汽车去上学。' }) });
    const { layers, heads } = store.open(folder).facts;
    const found = result.steps.filter(({ role }) => /Probabilities$/.test(role));
    // Of an encoder and its decoder to itself and to the encoder.
    expect(found).toHaveLength(isPair ? 3 * layers! : layers!);
    for (const [at, step] of result.steps.entries()) {
      const { check, rows, heads: own } = await stepOf(result, at);
      const name = `${step.role} ${step.layer}`;
      expect(step.formula, name).not.toBeNull();
      expect(check, name).toMatchObject({ rows, mismatched: 0 });
      for (const each of [check!, ...check!.heads]) expect(each.relative, name).toBeLessThan(1e-5);
      if (step.role.endsWith('Probabilities')) expect([own, check!.heads.length]).toEqual([heads, heads]);
    }
  });
});

describe.each([
  ['transformer-tiny-en-zh', 'decoder', { text: 'She went to school by bus.', pair: '她坐公共汽车去上学。' }],
  ['gpt-tiny-en-zh', 'decoder', { text }],
] as const)('a decoder, %s, one token at a time', (name, stack, question) => {
  const folder = embeddedFolders.find((each) => path.basename(each) === name)!;

  it('gives each token the row that it has among all of them', async () => {
    const whole = await run(folder, question);
    const { tokens } = whole.writing!;
    expect(whole.writing).toEqual({ written: tokens, tokens, next: null });
    const all = whole.target ?? whole.tokens;
    const isCompared = (role: string): boolean =>
      /^attention(Key|Value|Context)$|Norm$|^nextToken/.test(role);
    for (const written of [1, 3, tokens - 1]) {
      const part = await run(folder, { ...question, written });
      expect(part.writing).toEqual({ written, tokens, next: all[written]!.token });
      expect(part.target ?? part.tokens).toEqual(all.slice(0, written));
      for (const [at, step] of part.steps.entries()) {
        if (step.stack === 'encoder' || !isCompared(step.role)) continue;
        const [one, other] = [await stepOf(part, at, written - 1), await stepOf(whole, at, written - 1)];
        expect(one.rows, step.role).toBe(written);
        const apart = one.row.map((number, place) => Math.abs(number - other.row[place]!));
        expect(Math.max(...apart), step.role).toBeLessThan(1e-3);
      }
    }
    expect(whole.steps.some((step) => step.stack === stack && isCompared(step.role))).toBe(true);
  });

  it('chooses next what the model generates', async () => {
    const asked = { model: folder, text: question.text, beams: 1, length: 3, topK: 1 };
    const { generated } = await generate(store.open(folder), sessions, asked, context);
    const [first] = generated[0]!.tokens;
    const part = await run(folder, { ...question, ...('pair' in question && { written: 1 }) });
    const head = part.steps.findIndex(({ role }) => role === 'nextTokenLogits');
    const { rows } = await stepOf(part, head);
    const { details } = await stepOf(part, head, rows - 1);
    expect(details).toContainEqual(expect.objectContaining({ kind: 'choices' }));
    const choices = details.find((each) => each.kind === 'choices')!;
    expect(choices.choices[0]!.label).toBe(first!.token);
  });
});

describe('a step of the forward pass', () => {
  it('shows how a query comes to its weights, and what the input adds up', async () => {
    const folder = embeddedFolders.find((each) => path.basename(each) === 'gpt-tiny-en-zh')!;
    const result = await run(folder);
    const detailsOf = async (role: string, token = 4) =>
      (
        await stepOf(
          result,
          result.steps.findIndex((step) => step.role === role),
          token,
        )
      ).details;
    const scores = (await detailsOf('attentionScores')).find((each) => each.kind === 'scores')!;
    const { heads } = store.open(folder).facts;
    expect(scores.heads).toHaveLength(heads!);
    for (const { query, keys, products, scale, added, weights, scores: own } of scores.heads) {
      expect(scale).toBeCloseTo(1 / Math.sqrt(query.length), 6);
      const powers = own.map(Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [key, weight] of weights.entries()) {
        const product = query.reduce(
          (total, number, at) => total + number * keys[key * query.length + at]!,
          0,
        );
        expect(products[key]).toBeCloseTo(product, 4);
        // The causal mask.
        // Adding 0 takes the sign of -0 away.
        expect(added![key]! + 0).toBe(key > 4 ? -Infinity : 0);
        expect(own[key]).toBeCloseTo(scale * product + added![key]!, 4);
        expect(weight).toBeCloseTo(powers[key]! / sum, 5);
      }
    }
    const { parts } = (await detailsOf('embeddingSum')).find((each) => each.kind === 'input')!;
    const byStep = result.steps.filter(({ role }) => /Embedding$|^embeddingSum$/.test(role));
    expect(new Set(parts.map(({ role }) => role))).toEqual(new Set(byStep.map(({ role }) => role)));
    expect(parts.at(-1)!.role).toBe('embeddingSum');
  });

  it('gives the row of a token, and recomputes as many rows as it may', async () => {
    const result = await run(embedded);
    const at = result.steps.findIndex(({ role, layer }) => role === 'feedForwardInner' && layer === 2);
    const whole = await stepOf(result, at, 3);
    expect(whole.row).toHaveLength(whole.columns);
    expect(whole.check!.rows).toBe(result.tokens.length);
    const norm = Math.sqrt(whole.row.reduce((sum, number) => sum + number ** 2, 0));
    expect(norm).toBeCloseTo(whole.norms[3]!, 4);
    const one = await stepOf(result, at, 3, 1);
    expect(one.check!.rows).toBe(1);
    expect(one.recomputed).toEqual(whole.recomputed);
    const some = await stepOf(result, at, 3, 5 * 160 * 640);
    expect(some.check!.rows).toBe(5);
  });

  it('names what it is computed from, and the weights by their names in the file', async () => {
    const { steps } = await run(embedded);
    const at = steps.findIndex(({ role, layer }) => role === 'attentionQuery' && layer === 1);
    const { formula, inputs, weights } = steps[at]!;
    expect(formula).toBe('Q = x·W_Q + b_Q');
    expect(inputs.map((input) => steps[input])).toMatchObject([{ role: 'feedForwardNorm', layer: 0 }]);
    expect(steps[inputs[0]!]!.alsoAt).toContainEqual({ role: 'hiddenState', stack: 'encoder', layer: 0 });
    expect(weights).toMatchObject([
      { symbol: 'W_Q', name: expect.stringContaining('layer.1.attention.self.query.weight') as string },
      { symbol: 'b_Q', shape: [160] },
    ]);
    expect(steps.find(({ role }) => role === 'maskedWordLogits')!.formula).toBe(
      'y = LayerNorm(GELU(x·W_1 + b_1))·W_2 + b_2',
    );
  });

  it('is had again layer by layer where not all of them fit', async () => {
    const small = new TraceStore();
    small.configure(2 ** 20);
    const result = await forward(store.open(embedded), sessions, small, { model: embedded, text }, context);
    const trace = small.forward(result.trace);
    const whole = await run(embedded);
    for (const step of [60, 5, 30]) {
      const question = { trace: result.trace, step, token: 1, mostProducts: Infinity };
      const { row, check } = await forwardStep(trace, question);
      expect(row).toEqual((await stepOf(whole, step, 1)).row);
      expect(check!.relative).toBeLessThan(1e-5);
    }
    expect(trace.bytes).toBeLessThan(traces.forward(whole.trace).bytes / 1.5);
  });

  it('is had with the layers after it, as many as there is room for', async () => {
    const whole = traces.forward((await run(embedded)).trace);
    const { model, pass, input, bytes } = whole;
    const { layers } = store.open(embedded).facts;
    let runs = 0;
    const begun = async (mostBytes: number): Promise<ForwardTrace> => {
      const again: Run = (_, sources) => {
        runs++;
        return Promise.all(
          sources.map(async (source) => {
            const { matrix } = await whole.tensor(pass.steps.findIndex((step) => step.source === source));
            return { dims: [matrix.rows, matrix.columns], values: matrix.values };
          }),
        );
      };
      const trace = new ForwardTrace(model, pass, input, again, bytes, mostBytes);
      await trace.begin();
      return trace;
    };
    const narrow = (await begun(0)).bytes;
    const trace = await begun(narrow + (2.2 * bytes) / layers!);
    expect(trace.bytes).toBe(narrow);
    runs = 0;
    for (let layer = 0; layer < layers!; layer++) {
      const scores = pass.indexOf({ role: 'attentionScores', stack: 'encoder', layer });
      expect((await trace.tensor(scores)).matrix.values).toEqual((await whole.tensor(scores)).matrix.values);
    }
    expect(runs).toBeLessThan(layers!);
  });

  it('is gone with its trace, and is none that does not exist', async () => {
    const result = await run(embedded);
    expect(() => traces.forward('no such trace')).toThrow(
      expect.objectContaining({ code: 'TraceGone' }) as Error,
    );
    await expect(stepOf(result, 1000)).rejects.toMatchObject({ code: 'WrongUsage' });
  });
});
