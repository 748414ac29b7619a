import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Papa from 'papaparse';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallContext } from '../../../../src/core/rpc';
import { answerFile } from '../../../../src/engine/files/answerFile';
import { lastBlockOf, PartFile, partFileOf } from '../../../../src/engine/files/partFile';
import { ResultRows } from '../../../../src/engine/files/resultRows';
import { columnsOf, sourceRows, type SourceRow } from '../../../../src/engine/files/sourceRows';
import { classes } from '../../../../src/engine/inspections/classes';
import { fill } from '../../../../src/engine/inspections/fill';
import { score } from '../../../../src/engine/inspections/score';
import { tags } from '../../../../src/engine/inspections/tags';
import { ModelStore } from '../../../../src/engine/models/store';
import { SessionCache } from '../../../../src/engine/sessions';
import type { FileQuestion, FileRow, RowQuestion } from '../../../../src/protocol/files';
import { embedded } from '../references';

const store = new ModelStore();
const sessions = new SessionCache();
const modelAt = (name: string): string => path.join(path.dirname(embedded), name);
const { signal } = new AbortController();
const context: CallContext = { signal, progress: () => {} };
const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => work();

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'headlight-files-'))));
const at = (name: string): string => path.join(folder, name);

function questionOf(
  kind: RowQuestion,
  model: string,
  text: string,
  file = 'in.txt',
  column?: string,
): FileQuestion {
  writeFileSync(at(file), text);
  return { model: modelAt(model), kind, file: at(file), column: column ?? null, output: at('out.jsonl') };
}

const ask = (question: FileQuestion, own = context): ReturnType<typeof answerFile> =>
  answerFile(store.open(question.model), sessions, question, own, inTurn);

const rowsOf = (file = 'out.jsonl'): FileRow[] =>
  readFileSync(at(file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FileRow);

const commands = [
  'play some jazz by miles davis',
  '',
  'will it rain in boston tomorrow?',
  '今天天气怎么样？',
  'book a table for two at a pub in Texas',
];

describe('each row of a file', () => {
  it('has the class that the text has alone', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', commands.join('\r\n'));
    expect(await ask(question)).toEqual({ output: at('out.jsonl'), rows: 5, resumed: 0 });
    const rows = rowsOf();
    expect(rows.map(({ row, text }) => [row, text])).toEqual(
      commands.map((text, index) => [index + 1, text]),
    );
    for (const { text, result, score: probability, problem } of rows) {
      if (text === '') {
        expect(problem).toMatch(/no tokens/);
        continue;
      }
      const { rows: alone } = await classes(
        store.open(question.model),
        sessions,
        { model: '', text },
        context,
      );
      expect(result).toBe(alone[0]!.scores[0]!.label);
      expect(probability).toBeCloseTo(alone[0]!.scores[0]!.probability!, 5);
    }
    expect(readdirSync(folder).toSorted()).toEqual(['in.txt', 'out.jsonl']);
  });

  it('has the tags that the text has alone', async () => {
    const question = questionOf('tags', 'bert-tiny-slots', commands.join('\n'));
    await ask(question);
    for (const { text, spans } of rowsOf()) {
      if (text === '') continue;
      const alone = await tags(store.open(question.model), sessions, { model: '', text }, context);
      expect(spans!.map(({ label, start, end }) => [label, start, end])).toEqual(
        alone.spans.map(({ label, start, end }) => [label, start, end]),
      );
      spans!.forEach(({ probability }, index) =>
        expect(probability).toBeCloseTo(alone.spans[index]!.probability, 5),
      );
    }
  });

  it('has the words of its masks, and says where there is none', async () => {
    const texts = [
      'He sat on the [MASK] and read a [MASK].',
      'No mask.',
      '我今天很[MASK]。',
      'I drink [MASK].',
    ];
    const question = questionOf('fill', 'bert-tiny-en-zh', texts.join('\n'));
    await ask(question);
    for (const { text, masks, result, problem } of rowsOf()) {
      if (!text.includes('[MASK]')) {
        expect(problem).toMatch(/no \[MASK\]/);
        continue;
      }
      const alone = await fill(store.open(question.model), sessions, { model: '', text, topK: 5 }, context);
      expect(masks!.map(({ start, end }) => [start, end])).toEqual(
        alone.masks.map(({ start, end }) => [start, end]),
      );
      expect(result).toBe(alone.masks.map(({ predictions }) => predictions[0]!.text).join(', '));
      masks!.forEach(({ predictions }, index) =>
        expect(predictions[0]!.probability).toBeCloseTo(alone.masks[index]!.predictions[0]!.probability, 5),
      );
    }
  });

  it('has the pseudo-log-likelihood that the text has alone', async () => {
    const texts = ['An unquestionably electroencephalographic tea.', 'I drink a cup of tea.', '他喝茶。'];
    const question = questionOf('score', 'bert-tiny-en-zh', texts.join('\n'));
    await ask(question);
    for (const row of rowsOf()) {
      const alone = await score(store.open(question.model), sessions, { model: '', text: row.text }, context);
      expect(row.score).toBeCloseTo(alone.logLikelihood, 3);
      expect(row.pseudoPerplexity! / alone.pseudoPerplexity).toBeCloseTo(1, 4);
      expect(row.tokens).toBe(alone.scores.filter((each) => each !== null).length);
    }
  });
});

it('a row that takes long tells of its progress', async () => {
  const question = questionOf('score', 'bert-tiny-en-zh', 'I drink a cup of tea. '.repeat(20));
  const told: string[] = [];
  const progress: CallContext['progress'] = ({ message }) => told.push(message);
  await ask(question, { signal, progress });
  const [{ tokens }] = rowsOf() as [FileRow];
  expect(tokens).toBeGreaterThan(100);
  // Whoever says nothing for long counts as stuck: it is told during the row, not only after it.
  expect(told.filter((message) => message === '0 of 1 rows…').length).toBeGreaterThan(1);
});

describe('tables', () => {
  it('are read by their column, with quotes, commas and lines inside of cells', async () => {
    const texts = ['play "jazz", please', 'two\nlines', '天气', ' spaces '];
    const table = `\ufeff${Papa.unparse([['id', 'text'], ...texts.map((text, id) => [String(id), text])])}`;
    const question = questionOf('classes', 'bert-tiny-intent', table, 'in.csv', 'text');
    expect(await columnsOf(question.file, signal)).toEqual(['id', 'text']);
    await ask(question);
    expect(rowsOf().map(({ text }) => text)).toEqual(texts);
    const unknown = { ...question, column: 'x' };
    await expect(ask(unknown)).rejects.toMatchObject({ code: 'FileUnusable', message: /id, text/ });
    await expect(ask({ ...question, column: null })).rejects.toMatchObject({ message: /id, text/ });
  });

  it('are objects on lines as well; what is no text has a problem', async () => {
    const lines = ['{"t": "play jazz", "n": 1}', '{"t": 5}', 'no json', '{"t": "will it rain"}'];
    const question = questionOf('classes', 'bert-tiny-intent', lines.join('\n'), 'in.jsonl', 't');
    expect(await columnsOf(question.file, signal)).toEqual(['t']);
    await ask(question);
    expect(rowsOf().map(({ text, problem }) => [text, problem !== undefined])).toEqual([
      ['play jazz', false],
      ['', true],
      ['', true],
      ['will it rain', false],
    ]);
  });

  it.each([
    ['commas', 'in.tsv', 'text\nI came, I saw, I won\nred, green, blue', 'text'],
    ['semicolons', 'in.csv', 'text\nbread; milk; eggs', 'text'],
    [
      'bars, below a heading of two columns',
      'in.csv',
      '\ufeff\r\nid;text\r\n1;a|b|c, d\r\n2;e|f|g, h',
      'text',
    ],
  ])('are not cut at %s of their texts', async (_, name, table, column) => {
    writeFileSync(at(name), table);
    const texts: SourceRow[] = [];
    for await (const row of sourceRows(at(name), column, signal)) texts.push(row);
    const lines = table
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .slice(1);
    expect(texts).toEqual(lines.map((line) => ({ text: line.replace(/^\d;/, '') })));
  });

  it('of objects may have lines of any length, and empty ones', async () => {
    const long = 'play jazz '.repeat(50_000);
    writeFileSync(at('in.jsonl'), `${JSON.stringify({ long })}\n\n \r\n{"long":"next"}\n\n`);
    const rows: SourceRow[] = [];
    for await (const row of sourceRows(at('in.jsonl'), 'long', signal)) rows.push(row);
    expect(rows).toEqual([{ text: long }, { text: 'next' }]);
  });

  it('of a hundred thousand rows are read as they are asked for', async () => {
    const line = 'a cell, "quoted", of some length; '.repeat(5);
    const rows = 100_000;
    const table = Papa.unparse([['text'], ...Array.from({ length: rows }, () => [line])]);
    writeFileSync(at('big.csv'), table);
    let [count, bytes] = [0, 0];
    for await (const row of sourceRows(at('big.csv'), 'text', signal, (more) => (bytes += more))) {
      if (++count === 1) {
        expect(row).toEqual({ text: line });
        expect(bytes).toBeLessThan(table.length / 2);
      }
    }
    expect([count, bytes]).toEqual([rows, table.length]);
  });
});

describe('a run that is cancelled', () => {
  const many = Array.from({ length: 300 }, (_, index) => `play song number ${index}`);

  /** Cancels when so many rows are written. */
  async function cancelAfter(question: FileQuestion, rows: number): Promise<void> {
    const run = new AbortController();
    const own: CallContext = {
      signal: run.signal,
      progress: ({ fraction = 0 }) => {
        if (fraction * many.length >= rows) run.abort();
      },
    };
    await expect(ask(question, own)).rejects.toMatchObject({ code: 'Cancelled' });
  }

  it('leaves no half file under the name, and goes on where it ended, to the same bytes', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', many.join('\n'));
    await ask(question);
    const whole = readFileSync(at('out.jsonl'), 'utf8');
    const other = { ...question, output: at('other.jsonl') };
    await cancelAfter(other, 100);
    const part = partFileOf(other, store.open(other.model));
    expect(readdirSync(folder).toSorted()).toEqual([path.basename(part), 'in.txt', 'out.jsonl'].toSorted());
    // What was written by half when the machine went down is written again.
    const written = readFileSync(part, 'utf8').trimEnd().split('\n').length;
    writeFileSync(part, `{"row": ${written + 1}, "te`, { flag: 'a' });
    expect(await ask(other)).toEqual({ output: other.output, rows: 300, resumed: written });
    expect(readFileSync(other.output, 'utf8')).toBe(whole);
    expect(readdirSync(folder).toSorted()).toEqual(['in.txt', 'other.jsonl', 'out.jsonl']);
  });

  it('is not gone on with when a file of its model has changed', async () => {
    const folderOfModel = at('model');
    cpSync(modelAt('bert-tiny-intent'), folderOfModel, { recursive: true });
    const question = { ...questionOf('classes', 'bert-tiny-intent', many.join('\n')), model: folderOfModel };
    await cancelAfter(question, 100);
    const config = path.join(folderOfModel, 'config.json');
    const labels = (readFileSync(config, 'utf8').match(/"0": "[^"]*"/g) ?? []).length;
    expect(labels).toBe(1);
    writeFileSync(config, readFileSync(config, 'utf8').replace(/"0": "[^"]*"/, '"0": "renamed"'));
    expect(await ask(question)).toMatchObject({ rows: 300, resumed: 0 });
  });

  it('before its rows are counted has no rows: those of an earlier question are none of its own', async () => {
    const before = questionOf('classes', 'bert-tiny-intent', commands.join('\n'));
    await ask(before);
    const question = questionOf('classes', 'bert-tiny-intent', many.join('\n'), 'more.txt');
    const run = new AbortController();
    const counting = ask(question, { signal: run.signal, progress: () => run.abort() });
    await expect(counting).rejects.toMatchObject({ code: 'Cancelled' });
    const page = { ...question, filter: '', start: 0, count: 10 };
    const part = partFileOf(question, store.open(question.model));
    expect(await new ResultRows().read(page, part, context)).toEqual({
      ...{ total: 0, matching: 0, rows: [], complete: false },
    });
    // The results before stay until there are others.
    expect(rowsOf()).toHaveLength(5);
  });

  it('is waited for by who goes on, one after the other, and by who asks for its rows', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', many.join('\n'));
    const part = partFileOf(question, store.open(question.model));
    const run = new AbortController();
    const first = await PartFile.open(part, question.output, run.signal);
    const impatient = new AbortController();
    const done: string[] = [];
    const rows = (name: string) => async (file: PartFile) => {
      done.push(`${name} ${file.rows}`);
      await file.add([`{"row":${file.rows + 1},"text":"${name}","result":"","score":null}`]);
      await new Promise((resolve) => setImmediate(resolve));
      await file.close();
    };
    const waiting = PartFile.open(part, question.output, impatient.signal);
    const others = ['second', 'third'].map((name) =>
      PartFile.open(part, question.output, signal).then(rows(name)),
    );
    impatient.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled' });
    // Of a run that goes on, rows are on show as they are.
    await lastBlockOf(part);
    run.abort();
    const last = lastBlockOf(part).then(() => done.push('asked'));
    await first.add(['{"row":1,"text":"first","result":"","score":null}']);
    expect(done).toEqual([]);
    await first.close();
    await Promise.all([...others, last]);
    expect(done.filter((each) => each !== 'asked')).toEqual(['second 1', 'third 2']);
    expect(done).toContain('asked');
  });

  it('can be gone on with when its part could not be closed', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', commands.join('\n'));
    const part = partFileOf(question, store.open(question.model));
    const broken = await PartFile.open(part, question.output, signal);
    const handle = broken['handle'];
    vi.spyOn(handle, 'close').mockRejectedValueOnce(new Error('The disk is gone.'));
    await expect(broken.close()).rejects.toThrow('The disk is gone.');
    await handle.close();
    expect(await ask(question)).toMatchObject({ rows: 5 });
  });

  it('leaves alone what another run is writing about the same output', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', commands.join('\n'));
    const other = at(`.out.jsonl.${'0'.repeat(12)}.part`);
    const left = at(`.out.jsonl.${'1'.repeat(12)}.part`);
    writeFileSync(left, '');
    const running = await PartFile.open(other, question.output, signal);
    await ask(question);
    expect([other, left].map((file) => existsSync(file))).toEqual([true, false]);
    await running.close();
  });

  it('is begun anew for another model, question or version of the file', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', many.join('\n'));
    await cancelAfter(question, 100);
    writeFileSync(question.file, `${many.join('\n')}\none more`);
    expect(await ask(question)).toMatchObject({ rows: 301, resumed: 0 });
    expect(readdirSync(folder).toSorted()).toEqual(['in.txt', 'out.jsonl']);
  });
});

describe('rows of results', () => {
  it('are read page by page, filtered, while they are written and after, and saved as CSV', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', commands.join('\n'));
    const part = partFileOf(question, store.open(question.model));
    const rows = new ResultRows();
    const page = { ...question, filter: '', start: 0, count: 10 };
    expect(await rows.read(page, part, context)).toMatchObject({ total: 0, complete: false });
    writeFileSync(part, '{"row":1,"text":"one","result":"a","score":1}\n{"row":2,');
    expect(await rows.read(page, part, context)).toMatchObject({ total: 1, matching: 1, complete: false });
    writeFileSync(part, '"text":"two","result":"b","score":1}\n', { flag: 'a' });
    const second = await rows.read({ ...page, start: 1 }, part, context);
    expect(second).toMatchObject({ total: 2, rows: [{ row: 2, text: 'two' }] });
    writeFileSync(part, '');
    await ask(question);
    const all = await rows.read(page, part, context);
    expect(all).toEqual({ total: 5, matching: 5, rows: rowsOf(), complete: true });
    const rainy = await rows.read({ ...page, filter: 'RAIN' }, part, context);
    expect(rainy).toMatchObject({ total: 5, matching: 1, rows: [{ row: 3 }] });
    const told: string[] = [];
    const telling: CallContext = { signal, progress: ({ message }) => told.push(message) };
    await new ResultRows().saveAsCsv({ ...page, filter: 'a' }, part, at('rows.csv'), telling);
    const table = Papa.parse<Record<string, string>>(
      readFileSync(at('rows.csv'), 'utf8').replace('\ufeff', '').trimEnd(),
      {
        header: true,
      },
    );
    const matching = await rows.read({ ...page, filter: 'a' }, part, context);
    expect(told).toEqual(['Reading rows…', `${matching.matching} of ${matching.matching} rows…`]);
    expect(table.data.map(({ row, text, result }) => [Number(row), text, result])).toEqual(
      matching.rows.map(({ row, text, result }) => [row, text, result]),
    );
  });
});

it('what is no row of results is said', async () => {
  const question = questionOf('classes', 'bert-tiny-intent', 'play jazz');
  const page = { ...question, filter: '', start: 0, count: 10 };
  const part = partFileOf(question, store.open(question.model));
  const wrong = ['null', '[]', '{"row":1,"text":"a"}', '{"row":1,"text":"a","result":"b","score":"c"}'];
  for (const line of [...wrong, '{"row":1,"text":"a","result":"b","score":1,"problem":5}']) {
    writeFileSync(question.output, `${line}\n`);
    for (const filter of ['', 'a']) {
      await expect(new ResultRows().read({ ...page, filter }, part, context)).rejects.toMatchObject({
        code: 'FileUnusable',
        message: /out\.jsonl.* no row, text, result and score\. Choose another name/,
      });
    }
  }
  writeFileSync(question.output, 'prose\n');
  await expect(new ResultRows().read(page, part, context)).rejects.toMatchObject({
    message: /JSON.* Choose another name/,
  });
});

describe('lines', () => {
  it('end in any way, and may be longer than the model reads', async () => {
    const long = 'play jazz '.repeat(400).trim();
    const text = `\ufeffplay jazz\r\nwill it rain\rrate this\n\n${long}\n`;
    const question = questionOf('classes', 'bert-tiny-intent', text);
    await ask(question);
    expect(rowsOf().map((row) => [row.text, row.cut ?? false])).toEqual([
      ['play jazz', false],
      ['will it rain', false],
      ['rate this', false],
      ['', false],
      [long, true],
    ]);
  });
});

describe('what cannot be read', () => {
  it('is said before anything is written', async () => {
    const question = questionOf('classes', 'bert-tiny-intent', 'play jazz');
    const cases: [FileQuestion, string][] = [
      [{ ...question, model: modelAt('bert-tiny-en-zh') }, 'NoHead'],
      [{ ...question, kind: 'score' }, 'NoMlmHead'],
      [{ ...question, file: at('none.txt') }, 'FileUnusable'],
      [{ ...question, file: folder }, 'FileUnusable'],
      [{ ...question, output: question.file }, 'FileUnusable'],
      [{ ...question, output: at('no/such/folder.jsonl') }, 'FileUnusable'],
      [questionOf('classes', 'bert-tiny-intent', '', 'empty.txt'), 'FileUnusable'],
    ];
    for (const [asked, code] of cases) await expect(ask(asked)).rejects.toMatchObject({ code });
    writeFileSync(at('binary.txt'), Uint8Array.from([0xff, 0xfe, 0, 1, 0xd8, 0]));
    await expect(ask({ ...question, file: at('binary.txt') })).rejects.toMatchObject({
      code: 'FileUnusable',
    });
    expect(readdirSync(folder).toSorted()).toEqual(['binary.txt', 'empty.txt', 'in.txt']);
    expect(readFileSync(question.file, 'utf8')).toBe('play jazz');
  });
});
