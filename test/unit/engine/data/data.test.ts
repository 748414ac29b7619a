import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { applyMapping } from '../../../../src/engine/data/applyMapping';
import { linesOf, writeWhole } from '../../../../src/engine/data/files';
import { makeMapping } from '../../../../src/engine/data/makeMapping';
import { maskFile } from '../../../../src/engine/data/maskFile';
import { lossesOf } from '../../../../src/engine/inspections/masking';
import { ModelStore } from '../../../../src/engine/models/store';
import { SessionCache } from '../../../../src/engine/sessions';
import { encode } from '../../../../src/engine/tokenizers/encode';
import type { MaskFileQuestion } from '../../../../src/protocol/masking';
import { embedded, referencesOf } from '../references';

const store = new ModelStore();
const model = store.open(embedded);
const context = { signal: new AbortController().signal, progress: () => {} };

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'headlight-data-'))));
const at = (name: string): string => path.join(folder, name);
const hash = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(at(name)))
    .digest('hex');

it('the loss of a pattern is the cross-entropy of the PyTorch model', async () => {
  const session = await new SessionCache().open(model, 'none');
  for (const reference of referencesOf(embedded)) {
    if (!reference.text.includes('[MASK]')) continue;
    const tokens = await encode(model.tokenizer, reference.text, reference.pair ?? undefined, 0);
    const ids = reference.inputs['input_ids']!;
    const { values, shape } = reference.tensor('prediction_logits');
    // The reference has logits where it read the mask; let the original text have had these words there.
    const positions = tokens.flatMap(({ mask }, position) => (mask ? [position] : []));
    const originals = tokens.map((token, position) =>
      token.mask ? { ...token, id: 200 + position } : token,
    );
    const masked = positions.map((position) => ({ position, action: 'mask' as const, id: ids[position]! }));
    const width = shape.at(-1)!;
    const losses = positions.map((position, row) => {
      const logits = Array.from(values.subarray(row * width, (row + 1) * width));
      return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[200 + position]!;
    });
    const expected = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const none = { masked: [], spans: [] };
    const [loss, nothing] = await lossesOf(
      model,
      session,
      originals,
      [{ masked, spans: [] }, none],
      context.signal,
    );
    expect(loss).toBeCloseTo(expected, 3);
    expect(nothing).toBeNull();
  }
});

describe('training data of a file', () => {
  const question: Omit<MaskFileQuestion, 'source' | 'output'> = {
    ...{ model: embedded, policy: 'word', rate: 0.15, seed: 3, epochs: 2 },
    entities: { words: [] },
  };
  const documents = Array.from({ length: 60 }, (_, document) =>
    Array.from({ length: 5 }, (_, line) => `The house of ${document} has ${line} rooms, 我们喜欢北京。`).join(
      '\r\n',
    ),
  ).join('\r\n\r\n');
  const run = async (
    changes: Partial<MaskFileQuestion>,
    output = 'out.jsonl',
  ): ReturnType<typeof maskFile> => {
    writeFileSync(at('in.txt'), documents);
    const asked = { ...question, source: { file: at('in.txt') }, output: at(output), ...changes };
    return maskFile(model, asked, context, () => Promise.resolve([]));
  };
  const read = (output = 'out.jsonl'): Record<string, number[] & number>[] =>
    readFileSync(at(output), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number[] & number>);

  it('restores every text from its labels', async () => {
    const result = await run({});
    const examples = read();
    expect(examples).toHaveLength(600);
    expect(result.examples).toBe(600);
    const lines = documents.split('\r\n').filter(Boolean);
    let masked = 0;
    for (const [index, example] of examples.entries()) {
      const encoded = await encode(model.tokenizer, lines[index % 300]!, undefined, 0);
      const { input_ids: ids, labels } = example;
      expect(labels!.map((label, place) => (label === -100 ? ids![place] : label))).toEqual(
        encoded.map(({ id }) => id),
      );
      expect(example['attention_mask']).toEqual(encoded.map(() => 1));
      expect(example['token_type_ids']).toEqual(encoded.map(() => 0));
      masked += labels!.filter((label) => label !== -100).length;
    }
    expect(result.masked).toBe(masked);
    // Every epoch has patterns of its own.
    expect(examples.slice(0, 300)).not.toEqual(examples.slice(300));
  });

  it('has the same bytes for the same seed', async () => {
    for (const pairs of [undefined, 'nextSentence', 'sentenceOrder'] as const) {
      await run({ pairs }, 'a');
      await run({ pairs }, 'b');
      await run({ pairs, seed: 4 }, 'c');
      expect(hash('a')).toBe(hash('b'));
      expect(hash('a')).not.toBe(hash('c'));
    }
  });

  it.each(['nextSentence', 'sentenceOrder'] as const)('has as many %s pairs of both kinds', async (pairs) => {
    const result = await run({ pairs, rate: 1e-9 });
    expect(result.pairs).toEqual({ positive: 240, negative: 240 });
    const label = pairs === 'nextSentence' ? 'next_sentence_label' : 'sentence_order_label';
    const numbers = read().map((example) => {
      const text = example['input_ids']!.map((id) => model.tokenizer.native.idToToken(id)).join(' ');
      const found = [...text.matchAll(/house of ([\d# ]+?) has (\d)/g)];
      return {
        found: found.map(([, of, line]) => [of!.replace(/[# ]/g, ''), Number(line)]),
        label: example[label],
      };
    });
    for (const { found, label: kind } of numbers) {
      const [[document, line], [other, next]] = found as [[string, number], [string, number]];
      if (kind === 0) expect([other, next]).toEqual([document, line + 1]);
      else if (pairs === 'sentenceOrder') expect([other, next]).toEqual([document, line - 1]);
      else expect(other).not.toBe(document);
    }
  });

  it('draws next sentences that do not follow from all of the other documents', async () => {
    // Half of all draws land in a document's own half of the pool: they must not all end at the same sentence.
    const text = ['tea', 'house']
      .map((word) => Array.from({ length: 200 }, (_, line) => `${word} ${line}`).join('\n'))
      .join('\n\n');
    await run({ source: { text }, pairs: 'nextSentence', rate: 1e-9, epochs: 4 });
    const strangers = new Map<string, number>();
    for (const example of read()) {
      if (example['next_sentence_label'] !== 1) continue;
      const second = example['input_ids']!.filter((_, place) => example['token_type_ids']![place] === 1).join(
        ' ',
      );
      strangers.set(second, (strangers.get(second) ?? 0) + 1);
    }
    const drawn = [...strangers.values()].reduce((sum, count) => sum + count, 0);
    expect(drawn).toBe(796);
    // About two for each of 400 sentences: 16 of one have a chance below 10^-6 in the whole run (Poisson).
    expect(Math.max(...strangers.values())).toBeLessThan(16);
  });

  it.runIf(process.platform === 'linux')('says so when a file cannot be read to its end', async () => {
    // A file of the system's that is there and fails at the first byte.
    const failing = run({ source: { file: '/proc/self/mem' } });
    await expect(failing).rejects.toMatchObject({
      code: 'FileUnusable',
      message: expect.stringMatching(/^\/proc\/self\/mem cannot be read: /),
    });
  });

  it('cuts pairs to what the model reads', async () => {
    const long = `${'tea '.repeat(900)}\n${'house '.repeat(100)}`;
    await run({ source: { text: long }, pairs: 'sentenceOrder', epochs: 1 });
    expect(read()[0]!['input_ids']).toHaveLength(512);
  });

  it('says what is wrong with a file, and leaves nothing behind', async () => {
    await expect(run({ source: { file: at('none') } })).rejects.toMatchObject({ code: 'FileUnusable' });
    await expect(run({ source: { text: ' \n' } })).rejects.toMatchObject({ code: 'FileUnusable' });
    await expect(run({ source: { text: 'a\nb' }, pairs: 'nextSentence' })).rejects.toThrow(/two documents/);
    await expect(run({ output: at('in.txt') })).rejects.toThrow(/is what is read/);
    writeFileSync(at('latin'), Buffer.from('caf\xe9 au lait', 'latin1'));
    await expect(run({ source: { file: at('latin') } })).rejects.toThrow(/UTF-8/);
    expect(readdirSync(folder).sort()).toEqual(['in.txt', 'latin']);
    expect(readFileSync(at('in.txt'), 'utf8')).toBe(documents);
  });
});

/** The words of a small vocabulary, by their ids. */
const vocabulary = ['the', 'tea', 'house', '我', 'lamp', 'boat'];
/** The same as SentencePiece has them: with the space before a word as a part of it. */
const sentencePiece = {
  ...{ version: '1.0', truncation: null, padding: null, normalizer: null, post_processor: null },
  added_tokens: [],
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: {
    ...{ type: 'Unigram', unk_id: 0, byte_fallback: false },
    vocab: ['<unk>', ...vocabulary.map((word) => `▁${word}`), ...vocabulary, '▁', 's', 'z', ','].map(
      (token, id) => [token, -1 - id / 10],
    ),
  },
};

/** The characters that a byte-level vocabulary has for bytes (Radford et al. 2019, section 2.2, and their code). */
const byteCharacters = ((): string[] => {
  const isOwn = (byte: number): boolean =>
    (byte > 32 && byte < 127) || (byte > 160 && byte < 256 && byte !== 173);
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isOwn(byte) ? byte : 256 + others++));
})();
const spelled = (word: string): string[] => [...Buffer.from(word)].map((byte) => byteCharacters[byte]!);
const merges = [
  ...vocabulary.flatMap((word) =>
    spelled(word)
      .slice(1)
      .map((next, at) => [
        spelled(word)
          .slice(0, at + 1)
          .join(''),
        next,
      ]),
  ),
  ...vocabulary.map((word) => ['Ġ', spelled(word).join('')]),
];
/** The same as GPT-2 has them: a word at the start of a text, or of a piece of a word, has no space before it. */
const byteLevel = {
  ...{ version: '1.0', truncation: null, padding: null, normalizer: null, post_processor: null },
  added_tokens: [],
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(
      [...new Set([...byteCharacters, ...merges.map((pair) => pair.join(''))])].map((token, id) => [
        token,
        id,
      ]),
    ),
    merges,
  },
};

describe('a mapping of codes', () => {
  const text = '\ufeff12 7\t7,7\r\nhouse|,|12 300\n\n_house 7 9\r';
  const make = (method: Parameters<typeof makeMapping>[1]['method']): ReturnType<typeof makeMapping> =>
    makeMapping(model, { model: embedded, input: at('codes'), output: at('map.json'), method }, context);
  const pairs = (): [string, string][] =>
    (JSON.parse(readFileSync(at('map.json'), 'utf8')) as { pairs: [string, string][] }).pairs;
  const change = (input: string, output: string, reverse: boolean): ReturnType<typeof applyMapping> =>
    applyMapping({ mapping: at('map.json'), input: at(input), output: at(output), reverse }, context);

  it('is reversed byte for byte, with codes that it does not have', async () => {
    writeFileSync(at('codes'), text);
    await make({ by: 'random', seed: 5 });
    const words = pairs().map(([, word]) => word);
    writeFileSync(at('other'), `${text} 4711 ${words.join(' _')} __${words[0]!}`);
    const applied = await change('other', 'applied', false);
    expect(applied).toMatchObject({ occurrences: 18, mapped: 10, distinct: 14, distinctMapped: 6 });
    expect(applied.marked).toBe(words.length + 1);
    await change('applied', 'back', true);
    expect(hash('back')).toBe(hash('other'));
    expect(readFileSync(at('applied'), 'utf8')).not.toMatch(/\b(12|300)\b/);
  });

  it('is reversed for any text, wherever its pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[\d\s,|é中_]{0,9}$/u), { minLength: 1 }),
        async (parts) => {
          // Longer than what is read at once.
          const long = `1 ${parts.join(' ').repeat(2 ** 18)}`.slice(0, 2 ** 21);
          writeFileSync(at('codes'), long);
          await make({ by: 'random', seed: 1 });
          await change('codes', 'applied', false);
          await change('applied', 'back', true);
          expect(hash('back')).toBe(hash('codes'));
        },
      ),
      { numRuns: 5 },
    );
  });

  it('matches ranks of frequency as a direct computation does', async () => {
    writeFileSync(at('codes'), '5 5 5 8 8 1 9');
    writeFileSync(at('corpus'), 'tea tea tea house the the the the\nHouse 我 teas');
    await make({ by: 'frequency', corpus: at('corpus') });
    expect(pairs()).toEqual([
      ['5', 'the'],
      ['8', 'tea'],
      ['1', 'house'],
      ['9', '我'],
    ]);
  });

  describe.each([
    [
      'WordPiece',
      { 'vocab.txt': ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...vocabulary, '##s', ','].join('\n') },
    ],
    ['SentencePiece', { 'tokenizer.json': JSON.stringify(sentencePiece) }],
    ['byte-level BPE', { 'tokenizer.json': JSON.stringify(byteLevel) }],
  ])('by frequency, with a vocabulary of %s', (_, files) => {
    it('is that of a direct computation on any corpus: with ties, with more codes than words, and with fewer', async () => {
      for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
      const small = store.open(folder);
      const [word, code] = [
        fc.constantFrom(...vocabulary, 'teas', 'seatea', 'zz'),
        fc.constantFrom(...'0123456789', 'tea', '中'),
      ];
      const end = fc.constantFrom(' ', ', ', '\n', '\r\n', ',\n');
      const kinds = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(word, end), { maxLength: 40 }),
          fc.array(fc.tuple(code, end), { minLength: 1, maxLength: 25 }),
          async (corpus, codes) => {
            writeFileSync(at('corpus'), corpus.flat().join(''));
            writeFileSync(at('codes'), codes.flat().join(''));
            const question = { model: folder, input: at('codes'), output: at('map.json') };
            const method = { by: 'frequency', corpus: at('corpus') } as const;
            const made = await makeMapping(small, { ...question, method }, context);
            const times = (of: [string, string][], wanted: string): number =>
              of.filter(([each]) => each === wanted).length;
            const given = [...new Set(codes.map(([each]) => each))].sort(
              (a, b) => times(codes, b) - times(codes, a) || (a < b ? -1 : 1),
            );
            const words = vocabulary
              .filter((each) => !given.includes(each))
              .sort((a, b) => times(corpus, b) - times(corpus, a));
            expect(pairs()).toEqual(given.slice(0, words.length).map((each, rank) => [each, words[rank]]));
            expect(made.words).toBe(words.length);
            kinds.add(given.length > words.length ? 'more' : 'fewer');
          },
        ),
        { numRuns: 60 },
      );
      expect(kinds).toEqual(new Set(['more', 'fewer']));
    });
  });

  it('is not made of a vocabulary without whole words', async () => {
    writeFileSync(at('codes'), '1 2 3');
    writeFileSync(at('vocab.txt'), ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '##a', ','].join('\n'));
    const question = {
      model: folder,
      input: at('codes'),
      output: at('map.json'),
      method: { by: 'random', seed: 1 },
    } as const;
    await expect(makeMapping(store.open(folder), question, context)).rejects.toThrow(
      /no words that could stand for codes/,
    );
    expect(existsSync(at('map.json'))).toBe(false);
  });

  it('gives each code a word of its own that the tokenizer reads as one token', async () => {
    writeFileSync(at('codes'), Array.from({ length: 9000 }, (_, code) => `c${code}`).join(' '));
    const made = await make({ by: 'random', seed: 2 });
    const words = pairs().map(([, word]) => word);
    expect(new Set(words).size).toBe(words.length);
    expect(made).toMatchObject({ distinct: 9000, distinctMapped: words.length, words: words.length });
    for (const word of words.slice(0, 200)) {
      expect(await encode(model.tokenizer, word, undefined, 0)).toHaveLength(3);
    }
  });

  it('says what is wrong with a mapping', async () => {
    writeFileSync(at('codes'), '1');
    for (const [content, reason] of [
      ['{', /JSON/],
      ['{"version":2}', /version/],
      ['\ufeff{"version":2}', /version/],
      ['{"version":1,"pairs":[["1"]]}', /no pair/],
      ['{"version":1,"pairs":[["1","a"],["2","a"]]}', /two pairs/],
      ['{"version":1,"pairs":[["1","a b"]]}', /letters and digits/],
    ] as const) {
      writeFileSync(at('map.json'), content);
      await expect(change('codes', 'out', false)).rejects.toThrow(reason);
    }
    expect(existsSync(at('out'))).toBe(false);
    writeFileSync(at('map.json'), '\ufeff{"version":1,"pairs":[["1","tea"]]}');
    await change('codes', 'out', false);
    expect(readFileSync(at('out'), 'utf8')).toBe('tea');
  });

  it('says which file it cannot read or write, and what to do', async () => {
    writeFileSync(at('codes'), '1');
    await make({ by: 'random', seed: 1 });
    mkdirSync(at('folder'));
    const ask = (changes: Partial<Parameters<typeof applyMapping>[0]>): ReturnType<typeof applyMapping> => {
      const question = { mapping: at('map.json'), input: at('codes'), output: at('out'), reverse: false };
      return applyMapping({ ...question, ...changes }, context);
    };
    const none = at('none');
    for (const [changes, message] of [
      [{ input: none }, `${none} is not there. Choose another file.`],
      [{ mapping: none }, `${none} is not there. Choose another file.`],
      [{ input: at('folder') }, `${at('folder')} is no file. Choose a text file.`],
      [{ mapping: at('folder') }, `${at('folder')} is no file. Choose a text file.`],
      [{ output: at('folder') }, `${at('folder')} is a folder. Choose another name.`],
      [{ output: at('none/out') }, `The folder of ${at('none/out')} is not there. Choose another name.`],
    ] as const) {
      await expect(ask(changes)).rejects.toMatchObject({ code: 'FileUnusable', message });
    }
    expect(readdirSync(folder).sort()).toEqual(['codes', 'folder', 'map.json']);
  });

  it('is cancelled without a trace, and what was there before stays', async () => {
    writeFileSync(at('codes'), '12 7 '.repeat(2 ** 20));
    await make({ by: 'random', seed: 5 });
    writeFileSync(at('out'), 'before');
    const run = new AbortController();
    const cancelling = { signal: run.signal, progress: () => run.abort() };
    const question = { mapping: at('map.json'), input: at('codes'), output: at('out'), reverse: false };
    await expect(applyMapping(question, cancelling)).rejects.toMatchObject({ code: 'Cancelled' });
    // As late as when all is written and only its name is to be given.
    const late = new AbortController();
    const whole = writeWhole({ output: at('out'), inputs: [] }, late.signal, async (emit) => {
      await emit('after');
      late.abort();
    });
    await expect(whole).rejects.toMatchObject({ code: 'Cancelled' });
    expect(readFileSync(at('out'), 'utf8')).toBe('before');
    expect(readdirSync(folder).sort()).toEqual(['codes', 'map.json', 'out']);
  });
});

it('lines are the same wherever the pieces of a text end', async () => {
  const text = '\ufeffone\r\ntwo\n\nthree\rfour\r\n';
  for (let cut = 0; cut <= text.length; cut++) {
    const lines: string[] = [];
    for await (const line of linesOf([text.slice(0, cut), text.slice(cut)])) lines.push(line);
    expect(lines).toEqual(['one', 'two', '', 'three', 'four']);
  }
});
