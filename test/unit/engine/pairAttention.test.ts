import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { everyToken, oneHead } from '../../../src/core/attention/units';
import { attention } from '../../../src/engine/inspections/attention';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { TraceStore } from '../../../src/engine/traces';
import type { AttentionResult, AttentionStack } from '../../../src/protocol/attention';
import { families } from '../../support/graphs/all';
import { largestDifference } from '../onnx/runtime';
import { embeddedFolders, referencesOf } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
const context = { signal: new AbortController().signal, progress: () => {} };

function ask(model: string, text: string, pair?: string): Promise<AttentionResult> {
  const question = { model, text, pair, budgetBytes: Infinity };
  return attention(store.open(model), sessions, traces, question, context);
}

/** The weights of all heads of a layer, `[head][query][key]`. */
async function layerOf(result: AttentionResult, stack: AttentionStack, layer: number): Promise<Float32Array> {
  const { heads } = result.stacks.find((each) => each.stack === stack)!;
  const traced = traces.stack({ trace: result.trace, stack });
  const parts = Array.from({ length: heads }, (_, head) =>
    traced.weights({ source: oneHead({ layer, head }), shape: everyToken }, context.signal),
  );
  return Float32Array.from((await Promise.all(parts)).flatMap((part) => [...part]));
}

const translators = embeddedFolders.filter((folder) => path.basename(folder).startsWith('transformer-'));

describe.each(translators)('the encoder and the decoder of %s', (folder) => {
  const references = referencesOf(folder).filter(({ pair }) => pair !== null);

  it('give the three attentions of PyTorch within 1e-5, over a source and a target', async () => {
    expect(references.length).toBeGreaterThan(3);
    for (const { text, pair, inputs, layers } of references) {
      const result = await ask(folder, text, pair!);
      const target = inputs['decoder_input_ids']!;
      expect(result.tokens.map(({ id }) => id)).toEqual(inputs['input_ids']);
      // A reference may be of what was translated so far.
      if (result.target!.length !== target.length) continue;
      expect(result.target!.map(({ id }) => id)).toEqual(target);
      expect(result.stacks.map(({ stack }) => stack)).toEqual(['encoder', 'decoder', 'cross']);
      for (const { stack } of result.stacks) {
        const expected = layers(stack);
        for (const [layer, values] of expected.entries()) {
          expect(largestDifference(await layerOf(result, stack, layer), values)).toBeLessThan(1e-5);
        }
      }
    }
  });

  it('tell what each target token stands for in the second text', async () => {
    const { target } = await ask(folder, 'I am a student.', '我是学生。');
    const [start, first] = target!;
    expect(start).toMatchObject({ special: true, sequence: null, start: null });
    expect(first).toMatchObject({ sequence: 1, start: 0, end: 1, positionId: 1 });
  });

  it('tell how a target token comes to its weights over the source', async () => {
    const { trace, tokens } = await ask(folder, 'I am a student.', '我是学生。');
    const question = { trace, stack: 'cross' as const, layer: 1, head: 2, query: 3 };
    const found = await traces.stack(question).scores(question, context.signal);
    expect(found.weights).toHaveLength(tokens.length);
    const scores = [...found.products].map(
      (product, key) => found.scale * product + (found.added?.[key] ?? 0),
    );
    const exponentials = scores.map(Math.exp);
    const sum = exponentials.reduce((total, each) => total + each, 0);
    expect(
      largestDifference(
        found.weights,
        exponentials.map((each) => each / sum),
      ),
    ).toBeLessThan(1e-5);
  });

  it('are read without a target as an encoder alone', async () => {
    const result = await ask(folder, 'I am a student.');
    expect(result.target).toBeNull();
    expect(result.lacksTarget).toBe(true);
    expect(result.stacks.map(({ stack }) => stack)).toEqual(['encoder']);
  });

  it('refuse a target that is too long', async () => {
    await expect(ask(folder, 'A cup of tea.', '很'.repeat(300))).rejects.toMatchObject({
      code: 'TextTooLong',
      message: expect.stringMatching(/^The target has 301 tokens, .* reads at most 256/),
    });
  });
});

/** As many as the graphs have. */
const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmno'];

function folderOf(name: string, config: object): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-model-'));
  const { family } = families.find((example) => example.name === name)!;
  writeFileSync(path.join(folder, 'model.onnx'), family.writer.bytes());
  writeFileSync(path.join(folder, 'vocab.txt'), vocabulary.join('\n'));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

describe('an encoder and a decoder in one graph', () => {
  const folder = folderOf('the vanilla Transformer', { decoder_start_token_id: 2 });

  it('have three attentions, the decoder’s up to each token', async () => {
    const result = await ask(folder, 'a b c', 'd e f');
    expect(result.stacks.map(({ stack }) => stack).sort()).toEqual(['cross', 'decoder', 'encoder']);
    const [rows, columns] = [result.target!.length, result.tokens.length];
    const cross = await layerOf(result, 'cross', 0);
    expect(cross.length % (rows * columns)).toBe(0);
    const decoder = await layerOf(result, 'decoder', 0);
    for (let query = 0; query < rows; query++) {
      for (let key = query + 1; key < rows; key++) expect(decoder[query * rows + key]).toBe(0);
    }
  });

  it('ask for a target where there is none', async () => {
    await expect(ask(folder, 'a b c')).rejects.toMatchObject({
      code: 'NoTokens',
      message: expect.stringContaining('reads two texts, a source and a target'),
    });
  });

  it('ask for the token that a target begins with', async () => {
    await expect(ask(folderOf('BART', {}), 'a b', 'c')).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining('decoder_start_token_id'),
    });
  });
});

describe('a decoder alone', () => {
  it('attends to nothing after each token', async () => {
    const folder = folderOf('GPT-2 of Conv1D layers', { model_type: 'gpt2' });
    const result = await ask(folder, 'a b c d');
    expect(result.stacks.map(({ stack }) => stack)).toEqual(['decoder']);
    const count = result.tokens.length;
    const weights = await layerOf(result, 'decoder', 1);
    for (let at = 0; at < weights.length; at++) {
      const [query, key] = [Math.floor(at / count) % count, at % count];
      if (key > query) expect(weights[at]).toBe(0);
    }
    const statistics = await traces.stack({ trace: result.trace, stack: 'decoder' }).measure(context.signal);
    expect(statistics.nextToken[0]).toBeNaN();
  });
});
