import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rowQuestions } from '../../../src/engine/files/rowAnswers';
import { mostBatchTexts, planBatches } from '../../../src/engine/inspections/heads';
import { repositoryRoot } from '../../support/paths';
import type { BenchModel } from '../benchModel';
import { feedsFor, feedsOf, startEngine } from '../engine';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { SessionProcess, type Feeds } from '../sessionProcess';

const classifier = path.join(repositoryRoot, 'media/models/bert-tiny-intent');

const commands = [
  'play some jazz by miles davis',
  'will it rain in boston tomorrow?',
  'book a table for two at a pub in Texas with my sister at seven in the evening',
  'rate this book five stars',
  '今天北京天气怎么样？',
];

const { blockRows } = rowQuestions.classes;

/** Classes of the rows of a file, from file to file, over bare runs of the unchanged file on the same batches. */
async function rowsOfFile(): Promise<Row> {
  const engine = startEngine();
  const bare = await SessionProcess.start('bare', classifier);
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-bench-'));
  try {
    const texts = Array.from(
      { length: 8 * blockRows },
      (_, at) => `${commands[at % commands.length]!} ${at}`,
    );
    const file = path.join(folder, 'rows.txt');
    writeFileSync(file, texts.join('\n'));
    const feeds: Feeds[] = [];
    for (const text of texts) feeds.push(await feedsOf(engine, classifier, text));
    const batches = batchesOf(feeds);
    const question = { model: classifier, kind: 'classes', file, column: null } as const;
    let runs = 0;
    const pairs = await takeTurns(10, {
      value: () => {
        const output = path.join(folder, `rows-${runs++}.jsonl`);
        return timed(() => engine.request('answerFile', { ...question, output }));
      },
      baseline: async () => {
        let sum = 0;
        for (const batch of batches) sum += await bare.run(...joined(batch));
        return sum;
      },
    });
    const what = `classes of ${texts.length} rows of a file, the embedded model`;
    return {
      what,
      over: 'bare runs of the same batches',
      unit: 'ms',
      pairs,
      aim: { of: 'ratio', atMost: 1.5 },
    };
  } finally {
    bare.stop();
    await engine.dispose();
    rmSync(folder, { recursive: true });
  }
}

/** The batches that the engine makes, block by block. */
function batchesOf(feeds: Feeds[]): Feeds[][] {
  const blocks = Array.from({ length: feeds.length / blockRows }, (_, at) =>
    feeds.slice(at * blockRows, (at + 1) * blockRows),
  );
  return blocks.flatMap((block) =>
    planBatches(
      block.map((each) => each['input_ids']!),
      mostBatchTexts,
    ).map((indices) => indices.map((index) => block[index]!)),
  );
}

/** Several inputs as one, shorter ones filled up with zeros, which the attention mask tells apart. */
function joined(batch: Feeds[]): [Feeds, number] {
  const longest = Math.max(...batch.map((feeds) => feeds['input_ids']!.length));
  const names = Object.keys(batch[0]!);
  const tables = names.map((name) => {
    const values = new BigInt64Array(batch.length * longest);
    batch.forEach((feeds, row) => values.set(feeds[name]!, row * longest));
    return [name, values];
  });
  return [Object.fromEntries(tables) as Feeds, batch.length];
}

/** So many texts of one length in one run, over as many runs one by one. */
async function batching(folder: string, feeds: Feeds, size: string): Promise<Row[]> {
  const bare = await SessionProcess.start('bare', folder);
  try {
    const rows: Row[] = [];
    for (const count of [4, mostBatchTexts, 4 * mostBatchTexts]) {
      const batch = joined(Array.from({ length: count }, () => feeds));
      const pairs = await takeTurns(5, {
        value: () => bare.run(...batch),
        baseline: async () => {
          let sum = 0;
          for (let at = 0; at < count; at++) sum += await bare.run(feeds);
          return sum;
        },
      });
      const what = `${count} texts of ${feeds['input_ids']!.length} tokens in one run, ${size}`;
      rows.push({ what, over: 'one by one', unit: 'ms', pairs, aim: null });
    }
    return rows;
  } finally {
    bare.stop();
  }
}

/** Each row of a file, and what batches of rows give. */
export const rows: Measurement = {
  name: 'rows',
  async measure(model: BenchModel) {
    const all = [await rowsOfFile()];
    const engine = startEngine();
    try {
      all.push(
        ...(await batching(
          classifier,
          await feedsOf(engine, classifier, commands[0]!),
          'the embedded model',
        )),
        ...(await batching(model.folder, await feedsFor(engine, model, 32), 'bert-base size')),
      );
    } finally {
      await engine.dispose();
    }
    return all;
  },
};
