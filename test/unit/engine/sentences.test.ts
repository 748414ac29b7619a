import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { answers } from '../../../src/engine/inspections/answers';
import { classes } from '../../../src/engine/inspections/classes';
import { pair } from '../../../src/engine/inspections/pair';
import { similarity } from '../../../src/engine/inspections/similarity';
import { tags } from '../../../src/engine/inspections/tags';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { embedded, referencesOf } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };
const folder = (name: string): string => path.join(path.dirname(embedded), name);
const open = (name: string) => store.open(folder(name));

const logitsById = (scores: { id: number; logit: number }[]): number[] =>
  [...scores].sort((a, b) => a.id - b.id).map(({ logit }) => logit);

function expectClose(actual: readonly number[], expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-5));
}

describe("the embedded heads give PyTorch's numbers", () => {
  it.each([
    ['bert-tiny-en-zh', 'seq_relationship_logits', 'nextSentence'],
    ['bert-tiny-translation-pair', 'logits', 'class'],
  ])('pairs, %s', async (name, tensor, head) => {
    const references = referencesOf(folder(name)).filter((reference) => reference.pair !== null);
    expect(references.length).toBeGreaterThan(1);
    for (const reference of references) {
      const texts = { model: name, text: reference.text, pair: reference.pair! };
      const result = await pair(open(name), sessions, texts, context);
      expect(result.head).toBe(head);
      expectClose(logitsById(result.scores), reference.tensor(tensor).values);
      const turned = { ...texts, text: texts.pair, pair: texts.text };
      const other = await pair(open(name), sessions, turned, context);
      expectClose(logitsById(result.swapped), logitsById(other.scores));
    }
  });

  it('classes, one by one and as lines of one text in batches', async () => {
    const references = referencesOf(folder('bert-tiny-intent'));
    const model = open('bert-tiny-intent');
    for (const reference of references) {
      const result = await classes(model, sessions, { model: '', text: reference.text }, context);
      expectClose(logitsById(result.rows[0]!.scores), reference.tensor('logits').values);
    }
    const text = references.map((each) => `  ${each.text}\r\n\r\n`).join('');
    const result = await classes(model, sessions, { model: '', text, byLine: true }, context);
    expect(result.rows.map(({ start, end }) => text.slice(start, end))).toEqual(
      references.map((each) => each.text),
    );
    result.rows.forEach(({ scores }, index) =>
      expectClose(logitsById(scores), references[index]!.tensor('logits').values),
    );
    const total = result.rows[0]!.scores.reduce((sum, { probability }) => sum + probability!, 0);
    expect(total).toBeCloseTo(1, 9);
  });

  it('tags: the best label at the first token of each word', async () => {
    const model = open('bert-tiny-slots');
    const { labels } = model.config;
    for (const reference of referencesOf(folder('bert-tiny-slots'))) {
      const { text } = reference;
      const { words } = await tags(model, sessions, { model: '', text }, context);
      const { values } = reference.tensor('logits');
      const row = (token: number): number[] => [...values.subarray(token * 79, (token + 1) * 79)];
      expect(words.length).toBeGreaterThan(0);
      expect(labels).toHaveLength(79);
      const first = row(1);
      const largest = Math.max(...first);
      expect(words[0]!.tag).toBe(labels[first.indexOf(largest)]);
      const sum = first.reduce((all, logit) => all + Math.exp(logit - largest), 0);
      expect(words[0]!.probability).toBeCloseTo(1 / sum, 4);
    }
  });

  it('answers: the span with the largest sum of logits', async () => {
    const model = open('bert-tiny-answer');
    for (const reference of referencesOf(folder('bert-tiny-answer'))) {
      const [question, text] = [reference.text, reference.pair!];
      const result = await answers(model, sessions, { model: '', question, text, count: 3 }, context);
      const [starts, ends] = ['start_logits', 'end_logits'].map((name) => reference.tensor(name).values);
      const segments = reference.inputs['token_type_ids']!;
      let best = -Infinity;
      // The text's tokens have segment 1, and so has the [SEP] at the end.
      for (let first = segments.indexOf(1); first < segments.length - 1; first++)
        for (let last = first; last < segments.length - 1; last++)
          best = Math.max(best, starts![first]! + ends![last]!);
      expect(Math.abs(result.answers[0]!.score - best)).toBeLessThan(1e-5);
      expect(Math.abs(result.noAnswerScore - starts![0]! - ends![0]!)).toBeLessThan(1e-5);
      for (const { text: found, start, end } of result.answers) expect(found).toBe(text.slice(start, end));
    }
  });
});

describe('long texts', () => {
  it('tags all of a text, window by window, each word once', async () => {
    const text = 'play some jazz by miles davis. '.repeat(120);
    const { words, spans } = await tags(open('bert-tiny-slots'), sessions, { model: '', text }, context);
    expect(words.at(-1)!.end).toBe(text.trimEnd().length);
    words.slice(1).forEach(({ start }, index) => expect(start).toBeGreaterThanOrEqual(words[index]!.end));
    expect(spans.length).toBeGreaterThan(120);
  });

  it('looks for answers in all of a text, window by window', async () => {
    const text = `${'the weather is nice today. '.repeat(150)}play some jazz by miles davis`;
    const asked = { model: '', question: 'Which artist?', text, count: 20 };
    const result = await answers(open('bert-tiny-answer'), sessions, asked, context);
    expect(result.windows).toBeGreaterThan(2);
    expect(result.answers.length).toBeGreaterThan(1);
    // What only the last window reads is among them.
    expect(result.answers.some(({ start }) => start > text.length - 40)).toBe(true);
    for (const { text: found, start, end } of result.answers) expect(found).toBe(text.slice(start, end));
  });

  it('says that only the beginning was classified', async () => {
    const text = 'will it rain? '.repeat(300);
    const result = await classes(open('bert-tiny-intent'), sessions, { model: '', text }, context);
    expect(result.rows[0]!.cut).toBe(true);
  });
});

describe('similarity', () => {
  it('compares each two lines by four vectors; the same text is the same, whatever stands around it', async () => {
    const text = 'I like tea.\n\n我喜欢喝茶。\r\nI like tea.';
    const { lines, matrices, lexical } = await similarity(
      open('bert-tiny-en-zh'),
      sessions,
      { model: '', text },
      context,
    );
    expect(lines.map(({ start, end }) => text.slice(start, end))).toEqual([
      'I like tea.',
      '我喜欢喝茶。',
      'I like tea.',
    ]);
    expect(matrices.map(({ pooling }) => pooling)).toEqual(['cls', 'mean', 'max', 'embeddings']);
    for (const { values } of [...matrices, { values: lexical }]) {
      expect(values).toHaveLength(9);
      expect(values[2]).toBeCloseTo(1, 5);
      expect(values[1]).toBeCloseTo(values[3]!, 12);
      expect(values[1]).toBeLessThan(0.999);
    }
  });
});

describe('questions that cannot be answered', () => {
  const text = 'a b';
  it('says which head is missing', async () => {
    const asked = { model: '', text, pair: 'c' };
    await expect(tags(open('bert-tiny-intent'), sessions, asked, context)).rejects.toMatchObject({
      code: 'NoHead',
    });
    await expect(pair(open('bert-tiny-slots'), sessions, asked, context)).rejects.toMatchObject({
      code: 'NoHead',
    });
    await expect(classes(open('bert-tiny-answer'), sessions, asked, context)).rejects.toMatchObject({
      code: 'NoHead',
    });
  });

  it('says that a text, a pair or a line is missing', async () => {
    await expect(pair(open('bert-tiny-en-zh'), sessions, { model: '', text }, context)).rejects.toMatchObject(
      {
        code: 'NoPair',
      },
    );
    await expect(
      tags(open('bert-tiny-slots'), sessions, { model: '', text: ' \n' }, context),
    ).rejects.toMatchObject({ code: 'NoTokens' });
    const blank = { model: '', text: ' \r\n ', byLine: true };
    await expect(classes(open('bert-tiny-intent'), sessions, blank, context)).rejects.toMatchObject({
      code: 'NoTokens',
    });
    const nothing = { model: '', question: ' ', text, count: 1 };
    await expect(answers(open('bert-tiny-answer'), sessions, nothing, context)).rejects.toMatchObject({
      code: 'NoTokens',
    });
  });
});
