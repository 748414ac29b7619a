import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareModels } from '../../../src/client/compareModels';
import { EngineClient } from '../../../src/client/engineClient';
import { askTokens } from '../../../src/client/tokens';
import { compareLabels, compareMasks, compareSpans, type ComparedRow } from '../../../src/core/comparison';
import { comparisonText } from '../../../src/core/comparisonText';
import { BertGraph, tinyVocabulary, type BertOptions } from '../../support/bertGraph';

const modelAt = (name: string): string => path.resolve('media/models', name);
const engine = new EngineClient({
  entry: path.resolve('dist/engine.js'),
  settings: { threads: 0, memoryLimitBytes: 2 ** 33 },
  limits: { idleSeconds: 60, requestSeconds: 120 },
  log: () => {},
});
afterAll(() => engine.dispose());

describe('two models on one text', () => {
  it('say what each says alone, and why one cannot', async () => {
    const [base, tuned] = [modelAt('bert-tiny-en-zh'), modelAt('bert-tiny-intent')] as const;
    const text = 'play some [MASK] by miles davis';
    const result = await compareModels(engine, [base, tuned], { text }, {});
    expect(result.models).toEqual(['bert-tiny-en-zh', 'bert-tiny-intent']);
    expect(result.tokens.map(({ result: each }) => each?.tokens.map(({ id }) => id))).toEqual(
      await Promise.all(
        [base, tuned].map(async (model) =>
          (await askTokens(engine, { model, text })).tokens.map(({ id }) => id),
        ),
      ),
    );
    const [masked, none] = result.masked!;
    expect(masked.result).toEqual(await engine.request('fill', { model: base, text, topK: 10 }));
    expect(none).toMatchObject({
      result: null,
      problem: expect.stringContaining('masked-language-model head'),
    });
    const [noClasses, classes] = result.classes!;
    expect(noClasses.problem).toContain('classification head');
    expect(classes.result).toEqual(await engine.request('classes', { model: tuned, text }));
    expect([result.tags, result.pair]).toEqual([null, null]);
    const written = comparisonText(result, text);
    expect(written).toContain('0 of 8 stretches cut differently');
    expect(written).toContain('classification head');
    const labels = compareLabels(null, classes.result!.rows[0]!.scores);
    expect(labels).toHaveLength(7);
    for (const { sides, differs, difference } of labels) {
      expect(sides[0]).toBeNull();
      expect([differs, difference]).toEqual([false, null]);
    }
    expect(compareMasks(masked.result, null)).toEqual([expect.objectContaining({ length: 10 })]);
  });

  it('judge a pair by their own labels', async () => {
    const both = [modelAt('bert-tiny-en-zh'), modelAt('albert-tiny-en-zh')] as const;
    const { pair, classes } = await compareModels(engine, both, { text: 'One.', pair: 'Two.' }, {});
    expect(classes).toBeNull();
    const rows = compareLabels(pair![0].result!.scores, pair![1].result!.scores);
    expect(rows.map(({ name }) => name).toSorted()).toEqual(['inOrder', 'next', 'random', 'swapped']);
  });
});

describe('a model and its int8 variant', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-variants-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const variant = (name: string, options: Partial<BertOptions>): string => {
    const at = path.join(folder, name);
    mkdirSync(at);
    writeFileSync(path.join(at, 'vocab.txt'), tinyVocabulary.join('\n'));
    writeFileSync(path.join(at, 'model.onnx'), new BertGraph({ opset: 17, fused: true, ...options }).bytes());
    return at;
  };
  const compare = async (other: string, stored: string): Promise<ComparedRow[]> => {
    const { masked, tokens } = await compareModels(engine, [other, stored], { text: 'af [MASK] bg ch' }, {});
    expect(tokens[0].result!.tokens).toEqual(tokens[1].result!.tokens);
    return compareMasks(masked![0].result, masked![1].result)[0]!;
  };

  it('differ by what rounding does to the predictions', async () => {
    const rows = await compare(variant('float32', {}), variant('dynamic int8', { quantised: true }));
    const known = rows.filter(({ difference }) => difference !== null);
    expect(known.length).toBeGreaterThan(0);
    for (const { difference } of known) {
      expect(difference).not.toBe(0);
      expect(Math.abs(difference!)).toBeLessThan(0.05);
    }
  });

  it('do not differ where the other has the rounded numbers as float32', async () => {
    const rounded = variant('rounded', { storage: 'int8', unpacked: true });
    for (const { difference, differs } of await compare(rounded, variant('int8', { storage: 'int8' }))) {
      expect(Math.abs(difference!)).toBeLessThan(1e-6);
      expect(differs).toBe(false);
    }
  });
});

describe('differences', () => {
  const score = (label: string, probability: number) => ({
    ...{ id: 0, label, logit: Math.log(probability), probability },
  });

  it('of labels are joined by their names, and marked where the surest is another', () => {
    const [one, other] = [
      [score('a', 0.7), score('b', 0.2), score('c', 0.1)],
      [score('b', 0.6), score('a', 0.4)],
    ];
    const marked = { areProbabilities: true, differs: true };
    expect(compareLabels(one, other)).toEqual([
      { name: 'a', sides: ['70.0 %', '40.0 %'], difference: expect.closeTo(-0.3, 10), ...marked },
      { name: 'b', sides: ['20.0 %', '60.0 %'], difference: expect.closeTo(0.4, 10), ...marked },
      { name: 'c', sides: ['10.0 %', null], difference: null, areProbabilities: true, differs: false },
    ]);
    expect(compareLabels(one, one).some(({ differs }) => differs)).toBe(false);
    // A number of a head's own is none that a probability could be taken from.
    const plain = { ...score('a', 0.7), probability: null };
    expect(compareLabels([plain], [score('a', 0.4)])[0]!.difference).toBeNull();
  });

  it('of tags are those of the same place with another label, and those of one model alone', () => {
    const text = 'play jazz by miles';
    const span = (label: string, start: number, end: number) => ({ label, start, end, probability: 0.5 });
    const rows = compareSpans(
      text,
      [span('genre', 5, 9), span('artist', 13, 18)],
      [span('album', 5, 9), span('artist', 13, 18), span('verb', 0, 4)],
    );
    expect(rows.map(({ name, sides, differs }) => [name, ...sides, differs])).toEqual([
      ['play', null, 'verb 50.0 %', true],
      ['jazz', 'genre 50.0 %', 'album 50.0 %', true],
      ['miles', 'artist 50.0 %', 'artist 50.0 %', false],
    ]);
  });
});
