import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { feedsOf } from '../../../src/engine/feeds';
import { fillJointly } from '../../../src/engine/inspections/fillJointly';
import { score } from '../../../src/engine/inspections/score';
import { word } from '../../../src/engine/inspections/word';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { encode } from '../../../src/engine/tokenizers/encode';
import type { EncodedToken } from '../../../src/protocol/encoding';
import type { JointFill } from '../../../src/protocol/words';
import { BertGraph, tinySizes, tinyVocabulary, type BertOptions } from '../../support/bertGraph';

const maskId = tinyVocabulary.indexOf('[MASK]');
/** The last ten words are pieces that continue one: `af##1##2` is a word of three. */
const vocabulary = [...tinyVocabulary.slice(0, -10), ...[...'0123456789'].map((digit) => `##${digit}`)];

function folderOf(options: Partial<BertOptions>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-words-'));
  const graph = new BertGraph({ opset: 17, fused: false, ...options });
  writeFileSync(path.join(folder, 'model.onnx'), graph.bytes());
  writeFileSync(path.join(folder, 'vocab.txt'), vocabulary.join('\n'));
  return folder;
}

const folder = folderOf({});
const store = new ModelStore();
const sessions = new SessionCache();
const model = store.open(folder);
const context = { signal: new AbortController().signal, progress: () => {} };

/** The unchanged file, one sequence at a time: log softmax at every position. */
let naive: (ids: number[]) => Promise<number[][]>;
beforeAll(async () => {
  const session = await InferenceSession.create(path.join(folder, 'model.onnx'), { logSeverityLevel: 3 });
  const logits = session.outputNames[0]!;
  naive = async (ids) => {
    const tokens = ids.map((id) => ({ id, attentionMask: 1, segmentId: 0 }) as EncodedToken);
    const output = (await session.run(feedsOf(model.graph.inputs, tokens, 0, '')))[logits]!;
    const all = Array.from(output.data as Float32Array);
    return ids.map((_, at) => {
      const row = all.slice(at * tinySizes.vocabulary, (at + 1) * tinySizes.vocabulary);
      const sum = Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0));
      return row.map((logit) => logit - sum);
    });
  };
});

const idsOf = async (text: string): Promise<number[]> =>
  (await encode(model.tokenizer, text, undefined, 0)).map(({ id }) => id);
const hide = (ids: number[], ...places: number[]): number[] =>
  ids.map((id, at) => (places.includes(at) ? maskId : id));

describe('score', () => {
  // [CLS] af ##1 ##2 bg ch ##3 . [SEP], where the full stop is unknown.
  const text = 'af12 bg ch3.';

  it('is the naive loop: each token masked, and with the later pieces of its word', async () => {
    const result = await score(model, sessions, { model: folder, text }, context);
    const ids = await idsOf(text);
    expect(result.tokens.map(({ token }) => token).slice(1, 7)).toEqual([
      'af',
      '##1',
      '##2',
      'bg',
      'ch',
      '##3',
    ]);
    const later: Record<number, number[]> = { 1: [2, 3], 2: [3], 5: [6] };
    let [wordwise, tokenwise] = [0, 0];
    for (let at = 1; at < ids.length - 1; at++) {
      const alone = (await naive(hide(ids, at)))[at]!;
      const within = (await naive(hide(ids, at, ...(later[at] ?? []))))[at]!;
      const own = result.scores[at]!;
      expect(own.tokenwise).toBeCloseTo(alone[ids[at]!]!, 5);
      expect(own.logProbability).toBeCloseTo(within[ids[at]!]!, 5);
      expect(own.rank).toBe(within.filter((other) => other > within[ids[at]!]!).length + 1);
      const entropy = -within.reduce((sum, log) => sum + Math.exp(log) * log, 0) / Math.LN2;
      expect(own.entropy).toBeCloseTo(entropy, 4);
      expect(own.expected.id).toBe(within.indexOf(Math.max(...within)));
      tokenwise += alone[ids[at]!]!;
      wordwise += within[ids[at]!]!;
    }
    expect(result.scores[0]).toBeNull();
    expect(result.scores.at(-1)).toBeNull();
    expect(result.logLikelihood).toBeCloseTo(wordwise, 4);
    expect(result.tokenwise).toBeCloseTo(tokenwise, 4);
    expect(result.pseudoPerplexity).toBeCloseTo(Math.exp(-wordwise / (ids.length - 2)), 3);
  });

  it('sums the pieces of a word, and names its range', async () => {
    const { words, scores } = await score(model, sessions, { model: folder, text }, context);
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual(['af12', 'bg', 'ch3', '.']);
    const sum = scores.slice(1, 4).reduce((total, each) => total + each!.logProbability, 0);
    expect(words[0]!.logProbability).toBeCloseTo(sum, 12);
  });

  it.each<[string, Partial<BertOptions>]>([
    ['in batches', {}],
    ['one by one where ranges are found over a batch', { quantised: true, quantisedLayers: 'all' }],
  ])('gives the numbers of single runs %s', async (_, options) => {
    const place = folderOf(options);
    const other = store.open(place);
    const long = 'af bg ch di ej '.repeat(5);
    const whole = await score(other, sessions, { model: place, text: long }, context);
    const session = await sessions.open(other, 'none');
    for (const at of [1, 7, 25]) {
      const tokens = whole.tokens.map((token, index) => (index === at ? { ...token, id: maskId } : token));
      const [row] = await session.logits(feedsOf(other.graph.inputs, tokens, 0, ''), [at]);
      const sum = Math.log(row!.reduce((total, logit) => total + Math.exp(logit), 0));
      expect(whole.scores[at]!.tokenwise).toBeCloseTo(row![whole.tokens[at]!.id]! - sum, 5);
    }
  });

  it('reads a long text a window at a time, and does not score masks', async () => {
    const long = `[MASK] ${'af bg ch di ej '.repeat(20)}`;
    const first = await score(model, sessions, { model: folder, text: long }, context);
    expect(first.window).toMatchObject({ index: 0 });
    expect(first.scores.slice(0, 2)).toEqual([null, null]);
    const last = await score(model, sessions, { model: folder, text: long, window: 99 }, context);
    expect(last.window).toMatchObject({ index: first.window!.count - 1, end: long.trimEnd().length });
  });

  it('stops between two batches when it is cancelled, and tells how far it is', async () => {
    const run = new AbortController();
    const seen: number[] = [];
    const progress = ({ fraction }: { fraction?: number }): void => {
      if (fraction === undefined) return;
      seen.push(fraction);
      run.abort();
    };
    // More runs than one batch takes.
    const question = { model: folder, text: 'af12 '.repeat(20) };
    const running = score(model, sessions, question, { signal: run.signal, progress });
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' });
    expect(seen.length).toBeGreaterThan(0);
    expect(Math.max(...seen)).toBeLessThanOrEqual(1);
  });

  it.each(['', ' \r\n ', '\ud800'])('says that there is nothing to score in %j', async (nothing) => {
    const running = score(model, sessions, { model: folder, text: nothing }, context);
    await expect(running).rejects.toMatchObject({ code: 'NoTokens' });
  });

  it('has no words, and no surprise, where there are only masks', async () => {
    const result = await score(model, sessions, { model: folder, text: '[MASK] [MASK]' }, context);
    expect(result.words).toEqual([]);
    expect(result.pseudoPerplexity).toBe(1);
  });
});

describe('word', () => {
  it('gives probability, rank and entropy of a word of one piece', async () => {
    const text = 'af bg ch';
    const result = await word(model, sessions, { model: folder, text, offset: 4, topK: 60 }, context);
    const ids = await idsOf(text);
    const row = (await naive(hide(ids, 2)))[2]!;
    expect([result.start, result.end]).toEqual([3, 5]);
    expect(result.logProbability).toBeCloseTo(row[ids[2]!]!, 5);
    expect(result.pieces[0]!.rank).toBe(row.filter((other) => other > row[ids[2]!]!).length + 1);
    for (const { id, probability } of result.predictions)
      expect(Math.abs(probability - Math.exp(row[id]!))).toBeLessThan(1e-5);
    expect(result.predictions).toHaveLength(60);
  });

  it('gives a word of three pieces, each with those before it, and expects one token in its place', async () => {
    const text = 'bg af12 ch';
    const result = await word(model, sessions, { model: folder, text, offset: 6, topK: 3 }, context);
    expect(text.slice(result.start, result.end)).toBe('af12');
    const ids = await idsOf(text);
    const logs = [
      (await naive(hide(ids, 2, 3, 4)))[2]![ids[2]!]!,
      (await naive(hide(ids, 3, 4)))[3]![ids[3]!]!,
      (await naive(hide(ids, 4)))[4]![ids[4]!]!,
    ];
    result.pieces.forEach((piece, index) => expect(piece.logProbability).toBeCloseTo(logs[index]!, 5));
    expect(result.logProbability).toBeCloseTo(logs[0]! + logs[1]! + logs[2]!, 5);
    const single = (await naive([...ids.slice(0, 2), maskId, ...ids.slice(5)]))[2]!;
    expect(result.predictions[0]!.id).toBe(single.indexOf(Math.max(...single)));
  });

  it('reads the window around a word of a long text', async () => {
    const text = `${'af bg '.repeat(50)}ch12 ${'di ej '.repeat(50)}`;
    const result = await word(model, sessions, { model: folder, text, offset: 301, topK: 1 }, context);
    expect(text.slice(result.start, result.end)).toBe('ch12');
    expect(result.window!.start).toBeLessThan(result.start);
    expect(result.window!.end).toBeGreaterThan(result.end);
  });

  it('says that no word stands between words, or where there is a mask', async () => {
    for (const [text, offset] of [
      ['af bg', 2],
      ['', 0],
      ['[MASK]', 2],
      ['af', 99],
    ] as const) {
      const question = { model: folder, text, offset, topK: 1 };
      await expect(word(model, sessions, question, context)).rejects.toMatchObject({ code: 'NoTokens' });
    }
  });
});

describe('fillJointly', () => {
  const text = 'af [MASK] bg [MASK] ch';
  const [left, right] = [2, 4];

  /** The score of every fill of two masks, by the definition: the surest mask first, then the other given it. */
  async function bruteForce(): Promise<{ ids: [number, number]; joint: number; independent: number }[]> {
    const ids = hide(await idsOf(text), left, right);
    const hidden = await naive(ids);
    const first = Math.max(...hidden[left]!) >= Math.max(...hidden[right]!) ? left : right;
    const second = first === left ? right : left;
    const fills: { ids: [number, number]; joint: number; independent: number }[] = [];
    for (let one = 0; one < tinySizes.vocabulary; one++) {
      const given = await naive(ids.map((id, at) => (at === first ? one : id)));
      for (let two = 0; two < tinySizes.vocabulary; two++) {
        fills.push({
          ids: first === left ? [one, two] : [two, one],
          joint: hidden[first]![one]! + given[second]![two]!,
          independent: hidden[first]![one]! + hidden[second]![two]!,
        });
      }
    }
    return fills;
  }

  const idsIn = ({ words }: JointFill): number[] => words.map(({ id }) => id);

  it('finds what trying every fill finds, with the same scores', async () => {
    const fills = await bruteForce();
    const total = fills.reduce((sum, { joint }) => sum + Math.exp(joint), 0);
    expect(total).toBeCloseTo(1, 4);
    const question = { model: folder, text, beams: tinySizes.vocabulary };
    const result = await fillJointly(model, sessions, question, context);
    const byJoint = [...fills].sort((a, b) => b.joint - a.joint);
    result.beam.forEach((fill, rank) => {
      expect(idsIn(fill)).toEqual(byJoint[rank]!.ids);
      expect(fill.joint).toBeCloseTo(byJoint[rank]!.joint, 4);
      expect(fill.independent).toBeCloseTo(byJoint[rank]!.independent, 4);
    });
    const best = fills.reduce((one, other) => (other.independent > one.independent ? other : one));
    expect(idsIn(result.independent)).toEqual(best.ids);
    expect(result.independent.joint).toBeCloseTo(best.joint, 4);
    expect(result.independent.independent).toBeCloseTo(best.independent, 4);
  });

  it('takes the surest word at each step with one hypothesis', async () => {
    const result = await fillJointly(model, sessions, { model: folder, text, beams: 3 }, context);
    let ids = hide(await idsOf(text), left, right);
    let joint = 0;
    for (const mask of result.surestFirst.order) {
      const rows = await naive(ids);
      const opened = [left, right].filter((at) => ids[at] === maskId);
      const place = [left, right][mask]!;
      const sure = opened.map((at) => Math.max(...rows[at]!));
      expect(Math.max(...rows[place]!)).toBe(Math.max(...sure));
      joint += Math.max(...rows[place]!);
      const surest = rows[place]!.indexOf(Math.max(...rows[place]!));
      expect(result.surestFirst.words[mask]!.id).toBe(surest);
      ids = ids.map((id, at) => (at === place ? surest : id));
    }
    expect(result.surestFirst.joint).toBeCloseTo(joint, 4);
    expect(result.beam[0]!.joint).toBeGreaterThanOrEqual(result.surestFirst.joint - 1e-9);
  });

  it('keeps places in a pair, and is the plain prediction for a single mask', async () => {
    const question = { model: folder, text: 'af', pair: 'bg [MASK]', beams: 4 };
    const result = await fillJointly(model, sessions, question, context);
    expect(result.masks).toMatchObject([{ sequence: 1, start: 3, end: 9 }]);
    expect(result.beam).toHaveLength(4);
    expect(idsIn(result.independent)).toEqual(idsIn(result.surestFirst));
    expect(result.surestFirst.joint).toBeCloseTo(result.surestFirst.independent, 9);
  });

  it('stops between two masks when it is cancelled, and tells how far it is', async () => {
    const run = new AbortController();
    const told: (number | undefined)[] = [];
    const progress = ({ fraction }: { fraction?: number }): void => {
      told.push(fraction);
      if (fraction === 0.5) run.abort();
    };
    const question = { model: folder, text: '[MASK] af [MASK] bg [MASK] ch [MASK]', beams: 2 };
    const running = fillJointly(model, sessions, question, { signal: run.signal, progress });
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' });
    // The model is opened, and two of four masks are filled.
    expect(told).toEqual([undefined, 0.25, 0.5]);
    const again = await fillJointly(model, sessions, question, context);
    expect(again.beam).toHaveLength(2);
  });

  it.each([0, 1.5, 1001, 1e308])('refuses to search with %d hypotheses', async (beams) => {
    await expect(
      fillJointly(model, sessions, { model: folder, text: '[MASK]', beams }, context),
    ).rejects.toMatchObject({ code: 'WrongUsage', message: expect.stringContaining('from 1 to 1000') });
  });

  it('refuses masks that no window holds together, and texts without', async () => {
    const far = `[MASK] ${'af '.repeat(100)}[MASK]`;
    await expect(
      fillJointly(model, sessions, { model: folder, text: far, beams: 2 }, context),
    ).rejects.toMatchObject({ code: 'TextTooLong' });
    await expect(
      fillJointly(model, sessions, { model: folder, text: 'af', beams: 2 }, context),
    ).rejects.toMatchObject({ code: 'NoMask' });
  });
});
