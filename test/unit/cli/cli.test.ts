import { spawn } from 'node:child_process';
import { mkdtempSync, copyFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Generated, GenerateResult } from '../../../src/protocol/generation';
import type { KnockOutResult, OcclusionResult } from '../../../src/protocol/sentences';

interface Outcome {
  code: number | null;
  output: string;
  errors: string;
}

/** Runs the built terminal front as a person would. */
function headlight(args: string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args]);
    const outcome: Outcome = { code: null, output: '', errors: '' };
    child.stdout.on('data', (chunk) => (outcome.output += String(chunk)));
    child.stderr.on('data', (chunk) => (outcome.errors += String(chunk)));
    child.on('close', (code) => resolve({ ...outcome, code }));
    child.stdin.end(input);
  });
}

describe('headlight', () => {
  it('prints tokens by the contract', async () => {
    const { output, code } = await headlight(['tokens', '--json', '--pair', '好', 'Hi 😀!']);
    expect(code).toBe(0);
    const result = JSON.parse(output) as { model: string; tokens: Record<string, unknown>[] };
    expect(result.model).toBe('bert-tiny-en-zh');
    expect(result.tokens.map(({ start, end }) => [start, end])).toEqual([
      [null, null], // [CLS]
      ...result.tokens.slice(1, -5).map(({ start, end }) => [start, end]),
      [3, 5],
      [5, 6],
      [null, null], // [SEP]
      [0, 1],
      [null, null], // [SEP]
    ]);
    expect(Object.keys(result.tokens[0]!)).toEqual([
      'token',
      'id',
      'segmentId',
      'positionId',
      'attentionMask',
      'special',
      'start',
      'end',
    ]);
    expect(result.tokens.at(-2)).toMatchObject({ token: '好', segmentId: 1, special: false });
    expect(Object.keys(result)).toEqual(['model', 'tokens', 'notes', 'counts']);
  });

  it('prints the windows of a long text by their tokens and characters', async () => {
    const windowsOf = async (...args: string[]): Promise<object[] | undefined> => {
      const { output, code } = await headlight(['tokens', '--json', ...args]);
      expect(code).toBe(0);
      return (JSON.parse(output) as { windows?: object[] }).windows;
    };
    // 600 words of one token each; [CLS] and [SEP] leave room for 510 of them.
    expect(await windowsOf('--stride', '64', 'word '.repeat(600))).toEqual([
      { firstToken: 1, endToken: 511, start: 0, end: 5 * 510 - 1 },
      { firstToken: 447, endToken: 601, start: 5 * 446, end: 5 * 600 - 1 },
    ]);
    expect(await windowsOf('word')).toBeUndefined();
    expect(await windowsOf('--pair', 'word', 'word '.repeat(600))).toBeUndefined();
  });

  it('prints the tokens of two models aligned on the text', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-compared-'));
    writeFileSync(path.join(folder, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\n[SEP]\nte\n##a\n茶\n.');
    const args = ['tokens', '--with', folder, '--pair', '茶', 'tea.'];
    const { output, code } = await headlight([...args, '--json']);
    expect(code).toBe(0);
    interface Tokens {
      model: string;
      tokens: { token: string }[];
    }
    const { other, aligned, ...one } = JSON.parse(output) as Tokens & { other: Tokens; aligned: object[] };
    const namesIn = ({ tokens }: Tokens): string[] => tokens.map(({ token }) => token);
    expect(Object.keys(one)).toEqual(['model', 'tokens', 'notes', 'counts']);
    expect(namesIn(one)).toEqual(['[CLS]', 'tea', '.', '[SEP]', '茶', '[SEP]']);
    expect(namesIn(other)).toEqual(['[CLS]', 'te', '##a', '.', '[SEP]', '茶', '[SEP]']);
    const group = (sequence: number, place: number[], own: number[], others: number[]): object => {
      const range = ([start, end]: number[]): object => ({ start, end });
      return { sequence, ...range(place), one: range(own), other: range(others) };
    };
    expect(aligned).toEqual([
      group(0, [0, 3], [1, 2], [1, 3]),
      group(0, [3, 4], [2, 3], [3, 4]),
      group(1, [0, 1], [4, 5], [5, 6]),
    ]);
    const table = await headlight(args);
    expect(table.output).toMatch(/≠ +tea +tea +te ##a\n/);
    expect(table.output).toContain('1 of 3 stretches of text are cut differently');
    const unknown = await headlight(['tokens', '--with', 'nobody', 'a']);
    expect([unknown.code, unknown.errors]).toEqual([1, expect.stringContaining('no model "nobody"')]);
  });

  it('prints the embeddings of the input by the contract', async () => {
    const { output } = await headlight(['input', '--json', 'A cup of tea.']);
    const { tokens, parts, ...rest } = JSON.parse(output) as {
      tokens: object[];
      parts: { role: string; factor: number; norms: number[] }[];
      missing: object[];
      difference: number;
    };
    expect(Object.keys(rest)).toEqual(['model', 'missing', 'difference']);
    expect(rest.difference).toBeLessThan(1e-5);
    expect(parts.map(({ role, factor }) => [role, factor])).toEqual([
      ['tokenEmbedding', 1],
      ['segmentEmbedding', 1],
      ['positionEmbedding', 1],
      ['embeddingSum', 1],
    ]);
    for (const { norms } of parts) expect([1, tokens.length]).toContain(norms.length);
  });

  it('scores a text, fills masks together, and weighs a word', async () => {
    const score = await headlight(['score', '--json', 'I like tea.']);
    const scored = JSON.parse(score.output) as Record<string, unknown> & { scores: (object | null)[] };
    expect(scored.scores[0]).toBeNull();
    expect(Object.keys(scored.scores[1]!)).toEqual([
      'logProbability',
      'tokenwise',
      'rank',
      'entropy',
      'expected',
    ]);
    expect(scored['pseudoPerplexity']).toBeGreaterThan(1);

    const joint = await headlight(['joint', '--json', '--beams', '3', 'I [MASK] a cup of [MASK].']);
    const fills = JSON.parse(joint.output) as Record<string, unknown> & { beam: object[] };
    expect(fills.beam).toHaveLength(3);
    expect(Object.keys(fills)).toEqual(['model', 'masks', 'independent', 'surestFirst', 'beam']);

    const word = await headlight(['word', '--json', '--at', '7', 'I like tea.']);
    expect(JSON.parse(word.output)).toMatchObject({ start: 7, end: 10 });

    const wrong = await headlight(['joint', '--beams', '0', '[MASK]']);
    expect(wrong).toMatchObject({ code: 2, output: '' });
    expect(wrong.errors).toContain('--beams takes a whole number from 1 to 20.');
  });

  it('generates a text, with the distribution of each step', async () => {
    const translated = await headlight([
      'generate',
      '--json',
      '--beams',
      '2',
      '--top-k',
      '3',
      'Where are you from?',
    ]);
    const { kind, generated } = JSON.parse(translated.output) as GenerateResult;
    expect(kind).toBe('decoder');
    const asked = [
      'generate',
      '--json',
      '--model',
      'transformer-tiny-en-zh',
      '--length',
      '4',
      'Where are you from?',
    ];
    const translation = JSON.parse((await headlight(asked)).output) as GenerateResult;
    expect(translation.kind).toBe('encoderDecoder');
    expect(generated).toHaveLength(2);
    const counts = ({ tokens }: Generated): number[] => tokens.map(({ predictions }) => predictions.length);
    expect(new Set(generated.flatMap(counts))).toEqual(new Set([3]));
    expect(counts(translation.generated[0]!)).toEqual([5, 5, 5, 5]);
    const printed = await headlight(asked.filter((option) => option !== '--json'));
    expect(printed.output).toContain(translation.generated[0]!.text);
    const wrong = await headlight(['generate', '--length', '0', 'a']);
    expect(wrong).toMatchObject({ code: 2, output: '' });
  });

  it('prints what heads say of texts', async () => {
    const run = async (...args: string[]): Promise<unknown> => {
      const { output, code, errors } = await headlight([...args, '--json']);
      expect([code, errors]).toEqual([0, '']);
      return JSON.parse(output) as unknown;
    };
    const command = 'play some jazz by miles davis';
    expect(await run('pair', '--pair', '好。', 'Good.')).toMatchObject({
      head: 'nextSentence',
      scores: [{ label: 'next' }, { label: 'random' }],
      swapped: [{ label: 'next' }, { label: 'random' }],
    });
    expect(await run('classify', '--by-line', `${command}\nwill it rain`)).toMatchObject({
      byLine: true,
      rows: [
        { start: 0, end: 29, cut: false },
        { start: 30, end: 42, cut: false },
      ],
    });
    const why = (await run('why', '--drop', '--label', 'PlayMusic', command)) as OcclusionResult;
    expect(why).toMatchObject({ way: 'drop', whole: { label: 'PlayMusic' }, cut: false });
    expect(why.words.map(({ start, end }) => command.slice(start, end))).toEqual(command.split(' '));
    const ofPair = (await run(
      'why',
      '--heads',
      '--pair',
      'Where is the station?',
      '--label',
      'random',
      command,
    )) as KnockOutResult;
    expect(ofPair).toMatchObject({ whole: { label: 'random' }, stack: 'encoder' });
    expect(ofPair.without.map(({ length }) => length)).toEqual([4, 4, 4, 4]);
    const unknown = await headlight(['why', '--label', 'x', command]);
    expect(unknown).toMatchObject({ code: 2, output: '' });
    expect(
      await run('compare', '--with', 'bert-tiny-slots', '--model', 'bert-tiny-intent', command),
    ).toMatchObject({
      models: ['bert-tiny-intent', 'bert-tiny-slots'],
      classes: [{ problem: null }, { result: null }],
      tags: [{ result: null }, { result: { model: 'bert-tiny-slots' } }],
      masked: null,
    });
    expect(await run('tag', command)).toMatchObject({ words: [{ start: 0, end: 4 }, {}, {}, {}, {}, {}] });
    expect(await run('answer', '--question', 'Which artist?', '--top-k', '2', command)).toMatchObject({
      question: 'Which artist?',
      answers: [{}, {}],
      windows: 1,
    });
    expect(await run('similar', 'one\ntwo')).toMatchObject({
      matrices: ['cls', 'mean', 'max', 'embeddings'].map((pooling) => ({ pooling })),
    });
  });

  it('names a model that can where the given one cannot', async () => {
    const { code, errors } = await headlight(['tag', '--model', 'bert-tiny-intent', 'a']);
    expect(code).toBe(1);
    expect(errors).toContain('has no tagging head');
    expect(errors).toContain('The embedded model "bert-tiny-slots" can.');
    expect((await headlight(['pair', 'a'])).code).toBe(2);
  });

  it('prints a tensor by the contract', async () => {
    const args = ['tensor', '--json', '--role', 'hiddenState', '--layer', '2', 'A cup of tea.'];
    const { output, code } = await headlight(args);
    expect(code).toBe(0);
    const { tokens, shape, statistics, norms, ...place } = JSON.parse(output) as {
      tokens: { token: string }[];
      shape: number[];
      statistics: Record<string, number>;
      norms: number[];
    };
    expect(place).toEqual({ model: 'bert-tiny-en-zh', role: 'hiddenState', stack: 'encoder', layer: 2 });
    expect(shape.slice(0, 2)).toEqual([1, tokens.length]);
    expect(norms).toHaveLength(tokens.length);
    // Mean of squares of all numbers, in two ways.
    const squares = norms.reduce((sum, norm) => sum + norm ** 2, 0) / (tokens.length * shape[2]!);
    expect(squares).toBeCloseTo(statistics['standardDeviation']! ** 2 + statistics['mean']! ** 2, 5);
    const withoutLayer = await headlight(['tensor', '--role', 'hiddenState', 'A cup of tea.']);
    expect([withoutLayer.code, withoutLayer.errors]).toEqual([
      2,
      expect.stringContaining('--layer from 0 to 3'),
    ]);
    const unknown = await headlight(['tensor', '--role', 'soul', 'A cup of tea.']);
    expect([unknown.code, unknown.errors]).toEqual([
      2,
      expect.stringContaining('attentionQuery, attentionKey'),
    ]);
    const missing = await headlight(['tensor', '--role', 'finalNorm', 'A cup of tea.']);
    expect([missing.code, missing.errors]).toEqual([
      1,
      expect.stringContaining('No norm follows the last layer'),
    ]);
  });

  it('prints attention by the contract', async () => {
    interface Output {
      model: string;
      tokens: { token: string }[];
      window?: { index: number; count: number };
      layers: number[];
      heads: number[];
      weights: number[][][][];
    }
    const attention = async (...args: string[]): Promise<Output> => {
      const { output, code } = await headlight(['attention', '--json', ...args]);
      expect(code).toBe(0);
      return JSON.parse(output) as Output;
    };
    const all = await attention('--pair', '一杯茶。', 'A cup of tea.');
    expect(Object.keys(all)).toEqual(['model', 'tokens', 'layers', 'heads', 'weights']);
    expect([all.model, all.layers, all.heads]).toEqual(['bert-tiny-en-zh', [0, 1, 2, 3], [0, 1, 2, 3]]);
    const count = all.tokens.length;
    expect(all.tokens.map(({ token }) => token)).toEqual(expect.arrayContaining(['[CLS]', 'tea', '茶']));
    expect(all.weights.map((layer) => layer.length)).toEqual([4, 4, 4, 4]);
    for (const row of all.weights.flat(2)) {
      expect(row).toHaveLength(count);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
    const one = await attention('--layer', '2', '--head', '3', '--pair', '一杯茶。', 'A cup of tea.');
    expect([one.layers, one.heads]).toEqual([[2], [3]]);
    expect(one.weights).toEqual([[all.weights[2]![3]!]]);
    const long = await attention('--layer', '0', '--head', '0', 'word '.repeat(600));
    expect([long.tokens.length, long.window?.index, long.window?.count]).toEqual([512, 0, 2]);
  });

  it('prints what each token attends to most, for people', async () => {
    const { output } = await headlight(['attention', '--layer', '1', '--head', '0', 'A cup of tea.']);
    const lines = output.trimEnd().split('\n');
    expect(lines[0]).toBe('layer 1, head 0');
    expect(lines).toHaveLength(8);
    expect(lines[5]).toMatch(/^ {2}tea +→( +\S+ \d+\.\d %){3}$/);
  });

  it.each([
    [['--layer', '4'], '--layer takes a whole number from 0 to 3'],
    [['--head', 'x'], '--head takes a whole number from 0 to 3'],
  ])('refuses attention of %j', async (args, message) => {
    const { code, errors } = await headlight(['attention', ...args, 'tea']);
    expect(code).toBe(2);
    expect(errors).toContain(message);
  });

  it('prints the steps of the forward pass by the contract', async () => {
    const args = ['forward', '--json', '--layer', '1', 'A cup of tea.'];
    const { output } = await headlight(args);
    const { steps, ...rest } = JSON.parse(output) as { steps: Record<string, unknown>[] };
    expect(Object.keys(rest)).toEqual(['model', 'tokens']);
    expect(steps).toHaveLength(15);
    expect(steps[0]).toEqual({
      ...{
        step: 21,
        role: 'attentionQuery',
        stack: 'encoder',
        layer: 1,
        formula: 'Q = x·W_Q + b_Q',
        inputs: [20],
      },
      weights: expect.any(Array) as object,
      shape: [1, 4, 7, 40],
      statistics: expect.any(Object) as object,
      check: {
        absolute: expect.any(Number) as number,
        relative: expect.any(Number) as number,
        ...{ mismatched: 0, rows: 7, heads: expect.any(Array) as object },
      },
    });
    const table = await headlight(['forward', 'A cup of tea.']);
    expect(table.output).toContain('S = Q·Kᵀ / √d + M');
    expect(table.output.trimEnd().split('\n')).toHaveLength(70);
    const outside = await headlight(['forward', '--layer', '4', 'tea']);
    expect([outside.code, outside.errors]).toEqual([2, expect.stringContaining('from 0 to 3')]);
  });

  it('prints predictions by the contract', async () => {
    const { output } = await headlight(['fill', '--json', '--top-k', '3', 'I [MASK] [MASK] .']);
    const { masks } = JSON.parse(output) as {
      masks: { position: number; predictions: Record<string, unknown>[] }[];
    };
    expect(masks.map(({ position }) => position)).toEqual([2, 3]);
    for (const { predictions } of masks) {
      expect(predictions).toHaveLength(3);
      expect(Object.keys(predictions[0]!)).toEqual(['token', 'id', 'probability']);
    }
  });

  it('gives five predictions unless told otherwise', async () => {
    const { output } = await headlight(['fill', '--json', 'a [MASK]']);
    expect((JSON.parse(output) as { masks: [{ predictions: object[] }] }).masks[0].predictions).toHaveLength(
      5,
    );
  });

  it('reads standard input as one text, or each of its lines as one', async () => {
    const one = await headlight(['tokens', '--json', '-'], 'a\nb');
    expect((JSON.parse(one.output) as { tokens: object[] }).tokens).toHaveLength(4);
    const lines = await headlight(['fill', '--lines', '-'], 'a [MASK]\nno mask\nb [MASK]\n');
    const rows = lines.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(rows).toMatchObject([
      { masks: [{}] },
      { error: expect.stringContaining('[MASK]') },
      { masks: [{}] },
    ]);
    expect(lines.errors).toContain('line 2');
    expect(lines.code).toBe(1);
  });

  it('shows tokens of a folder with a tokenizer alone', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-tokenizer-'));
    copyFileSync('media/models/bert-tiny-en-zh/vocab.txt', path.join(folder, 'vocab.txt'));
    const { output, code } = await headlight(['tokens', '--json', '--model', folder, 'the cat']);
    expect(code).toBe(0);
    expect((JSON.parse(output) as { model: string }).model).toBe(path.basename(folder));
  });

  it('lists models and tells their facts', async () => {
    const { output } = await headlight(['models', '--json']);
    const { models } = JSON.parse(output) as { models: { model: string; answers: string[] }[] };
    expect(models[0]).toMatchObject({
      model: 'bert-tiny-en-zh',
      answers: ['tokens', 'maskedWords', 'attention', 'pair', 'similarity'],
    });
    const facts = await headlight(['facts', '--json', '--model', 'bert-tiny-en-zh']);
    expect(JSON.parse(facts.output)).toMatchObject({ family: 'bert', maximumLength: 512 });
  });

  it('ends quietly when its reader stops early', async () => {
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'tokens', '--lines', '-']);
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    child.stdin.on('error', () => {});
    child.stdin.end('the cat\n'.repeat(2000));
    child.stdout.once('data', () => child.stdout.destroy());
    await new Promise((resolve) => child.once('close', resolve));
    expect(errors).toBe('');
  });

  it('is readable without --json', async () => {
    const { output } = await headlight(['tokens', 'the 猫']);
    expect(output.split('\n')[0]).toMatch(/^token +id +segment +position +mask +range$/);
    expect(output).toContain('猫');
  });

  it.each([
    ['an unknown model', ['tokens', '--model', 'nobody', 'a'], 1, /no model "nobody"/],
    ['a text without a mask', ['fill', 'a'], 1, /\[MASK\]/],
    ['no command', [], 2, /Usage/],
    ['an unknown command', ['dance'], 2, /no command "dance"/],
    ['an unknown option', ['tokens', '--colour', 'a'], 2, /colour/],
    ['no text', ['tokens'], 2, /TEXT/],
    ['two texts', ['tokens', 'a', 'b'], 2, /TEXT/],
    ['a k out of range, though there is no line', ['fill', '--lines', '--top-k', '0', '-'], 2, /top-k/],
    ['a k out of range', ['fill', '--top-k', '0', 'a [MASK]'], 2, /top-k/],
  ])('ends with a message on %s', async (_, args, code, message) => {
    const outcome = await headlight(args);
    expect(outcome).toMatchObject({ code, output: '', errors: expect.stringMatching(message) });
  });
});
