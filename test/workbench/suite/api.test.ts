import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { activate, embeddedModel } from './support';

describe('the public API', () => {
  it('gives tokens with their ranges in the text', async () => {
    const text = 'Naïve 猫 😀';
    const { tokens, model } = await (await activate()).tokens(text);
    assert.equal(model, 'bert-tiny-en-zh');
    const words = tokens.filter(({ special }) => !special).map(({ start, end }) => text.slice(start!, end!));
    assert.deepEqual([words.join(''), words.at(-1)], ['Naïve猫😀', '😀']);
  });

  it('aligns the tokens of two models on the text', async () => {
    const other = mkdtempSync(path.join(tmpdir(), 'headlight-compared-'));
    writeFileSync(path.join(other, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\n[SEP]\nte\n##a\n.');
    const { groups, ...both } = await (await activate()).compareTokens('tea.', other);
    assert.deepEqual([both.one.model, both.other.model], ['bert-tiny-en-zh', path.basename(other)]);
    assert.deepEqual(
      groups.map(({ start, end, one, other }) => [start, end, one.end - one.start, other.end - other.start]),
      [
        [0, 3, 1, 2],
        [3, 4, 1, 1],
      ],
    );
  });

  it('gives the embeddings that add up to the input', async () => {
    const { parts, difference } = await (await activate()).input('A cup of tea.');
    assert.equal(parts.length, 4);
    assert.ok(difference! < 1e-5);
  });

  it('gives predictions for each mask, in English and Chinese', async () => {
    const { masks } = await (await activate()).fill('Open the [MASK]. 他是一个好学[MASK]。', { topK: 3 });
    assert.deepEqual(
      masks.map(({ predictions }) => predictions.length),
      [3, 3],
    );
  });

  it('gives the attention of every head of every layer', async () => {
    const api = await activate();
    const { tokens, layers, heads, weights, window } = await api.attention('A cup of tea.', {
      pair: '一杯茶。',
    });
    assert.deepEqual([layers, heads, window], [4, 4, null]);
    const head = await weights({ layer: layers - 1, head: heads - 1 });
    assert.equal(head.length, tokens.length ** 2);
    for (let start = 0; start < head.length; start += tokens.length) {
      const row = head.subarray(start, start + tokens.length);
      assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
    }
    await assert.rejects(weights({ layer: layers, head: 0 }), { code: 'WrongUsage' });
  });

  it('asks the heads of the embedded models', async () => {
    const api = await activate();
    const text = 'play some jazz by miles davis';
    const [pair, classes, tags, answers, similarity] = [
      await api.pair('Good.', '好。'),
      await api.classify(text),
      await api.tag(text),
      await api.answer('Which artist?', text, { count: 2 }),
      await api.similarity('one\ntwo'),
    ];
    const generated = await api.generate('I like', { length: 3, topK: 2 });
    assert.deepEqual([generated.model, generated.kind], ['gpt-tiny-en-zh', 'decoder']);
    assert.ok(generated.generated[0]!.tokens.every(({ predictions }) => predictions.length === 2));
    assert.equal(pair.head, 'nextSentence');
    assert.equal(classes.model, 'bert-tiny-intent');
    assert.deepEqual(
      tags.words.map(({ start, end }) => text.slice(start, end)),
      text.split(' '),
    );
    assert.equal(answers.answers.length, 2);
    assert.equal(similarity.matrices.length, 4);
    await assert.rejects(api.pair('a', 'b', { model: path.join(embeddedModel(), '../bert-tiny-slots') }), {
      code: 'NoHead',
    });
  });

  it('tells reasons, compares models, and asks about the rows of a file', async () => {
    const api = await activate();
    const text = 'play some jazz by miles davis';
    const { whole, words } = await api.occlusion(text);
    const { without, ...knocked } = await api.knockOut(text);
    assert.deepEqual(knocked.whole, whole);
    assert.deepEqual([words.length, without.length, without[0]!.length], [6, 4, 4]);
    assert.equal((await api.knockOut('Good.', { pair: 'Fine.' })).model, 'bert-tiny-en-zh');
    const slots = path.join(embeddedModel(), '../bert-tiny-slots');
    const { tags, models } = await api.compareModels(text, [embeddedModel(), slots]);
    assert.deepEqual(models, ['bert-tiny-en-zh', 'bert-tiny-slots']);
    assert.deepEqual(
      tags!.map(({ result }) => result?.words.length),
      [undefined, 6],
    );
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-rows-'));
    const [file, output] = [path.join(folder, 'in.txt'), path.join(folder, 'out.jsonl')];
    writeFileSync(file, `${text}\nwill it rain?`);
    const result = await api.answerFile({ kind: 'classes', file, column: null, output });
    assert.deepEqual(result, { output, rows: 2, resumed: 0 });
    assert.equal(readFileSync(output, 'utf8').trim().split('\n').length, 2);
  });

  it('offers an assistant what it can use', async () => {
    await activate();
    const ask = async (name: string, text: string): Promise<string> => {
      const { content } = await vscode.lm.invokeTool(name, {
        input: { text },
        toolInvocationToken: undefined,
      });
      return content.map((part) => (part as vscode.LanguageModelTextPart).value).join('');
    };
    const tools = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('headlight_'));
    assert.deepEqual(
      tools.sort(),
      ['attention', 'classify', 'fill', 'tokens'].map((name) => `headlight_${name}`),
    );
    assert.match(await ask('headlight_tokens', 'Tea.'), /^bert-tiny-en-zh\n[^]*tea +\d+/);
    assert.equal((await ask('headlight_fill', 'A cup of [MASK].')).match(/%/g)?.length, 5);
    assert.match(await ask('headlight_classify', 'play some jazz'), /^bert-tiny-intent\n/);
    assert.match(
      await ask('headlight_attention', 'A cup of tea. '.repeat(200)),
      /: part 1 of [2-9] was read\.$/m,
    );
    assert.equal((await ask('headlight_attention', 'Tea.')).match(/^\d +\d /gm)?.length, 16);
    await assert.rejects(ask('headlight_fill', 'no mask'), /Write \[MASK\]/);
  });

  it('lists the embedded models, the default first, and their facts', async () => {
    const api = await activate();
    const folders = readdirSync(path.dirname(embeddedModel())).sort();
    const models = api.models();
    assert.equal(models[0]?.name, 'bert-tiny-en-zh');
    assert.deepEqual(models.map(({ name }) => name).sort(), folders);
    assert.ok(models.every(({ origin }) => origin === 'embedded'));
    assert.deepEqual((await api.facts(embeddedModel())).answers, [
      'tokens',
      'maskedWords',
      'attention',
      'pair',
      'similarity',
    ]);
  });

  it('rejects with a code and a message that says what to do', async () => {
    const api = await activate();
    await assert.rejects(api.fill('no mask'), { code: 'NoMask', message: /Write \[MASK\]/ });
    const empty = mkdtempSync(path.join(tmpdir(), 'headlight-empty-'));
    await assert.rejects(api.tokens('text', { model: empty }), { code: 'TokenizerMissing' });
  });

  it('cancels', async () => {
    const controller = new AbortController();
    const answer = (await activate()).fill('a [MASK]', { signal: controller.signal });
    controller.abort();
    await assert.rejects(answer, { code: 'Cancelled' });
  });
});
