import path from 'node:path';
import { Tokenizer } from 'tokenizers';
import { askTokens } from '../../../src/client/tokens';
import { repositoryRoot } from '../../support/paths';
import { feedsOf, startEngine } from '../engine';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { SessionProcess } from '../sessionProcess';

const embedded = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');
const sentence = 'The old man went to the house by the river and read a book about the war. ';

/** Each token of a sentence masked in turn, over as many bare runs of the unchanged file one by one. */
async function pseudoLogLikelihood(): Promise<Row> {
  const engine = startEngine();
  const bare = await SessionProcess.start('bare', embedded);
  try {
    const question = { model: embedded, text: sentence };
    const { scores, words } = await engine.request('score', question);
    const masked = scores.filter((score) => score !== null).length;
    if (words.length !== masked) throw new Error('The sentence has words of several pieces.');
    const feeds = await feedsOf(engine, embedded, sentence);
    const pairs = await takeTurns(20, {
      value: () => timed(() => engine.request('score', question)),
      baseline: async () => {
        let sum = 0;
        for (let token = 0; token < masked; token++) sum += await bare.run(feeds);
        return sum;
      },
    });
    const what = `pseudo-log-likelihood end to end, ${masked} tokens, the embedded model`;
    return { what, over: 'bare runs one by one', unit: 'ms', pairs, aim: { of: 'ratio', atMost: 1 } };
  } finally {
    bare.stop();
    await engine.dispose();
  }
}

/** Tokens with their places in the text, counts and notes, over the reference library alone in this process. */
async function tokens(): Promise<Row> {
  const engine = startEngine();
  try {
    const text = sentence.repeat(500);
    const native = Tokenizer.fromFile(path.join(embedded, 'tokenizer.json'));
    const pairs = await takeTurns(10, {
      value: () => timed(() => askTokens(engine, { model: embedded, text })),
      baseline: () => timed(async () => (await native.encode(text)).getOffsets()),
    });
    const what = `tokens with ranges end to end, ${text.length} characters`;
    return { what, over: 'the reference library', unit: 'ms', pairs, aim: null };
  } finally {
    await engine.dispose();
  }
}

/** What a hover over a word asks, of an engine that has to start first, over one that has answered before. */
async function hover(): Promise<Row> {
  const question = { model: embedded, text: sentence, offset: 4, topK: 5 };
  const warm = startEngine();
  try {
    const pairs = await takeTurns(5, {
      value: async () => {
        const cold = startEngine();
        try {
          return await timed(() => cold.request('word', question));
        } finally {
          await cold.dispose();
        }
      },
      baseline: () => timed(() => warm.request('word', question)),
    });
    const what = 'hover over a word, the engine not yet started';
    return { what, over: 'an engine that runs', unit: 'ms', pairs, aim: null };
  } finally {
    await warm.dispose();
  }
}

/** What the model makes of words: their scores, their tokens, a hover over one. */
export const words: Measurement = {
  name: 'words',
  measure: async () => [await pseudoLogLikelihood(), await tokens(), await hover()],
};
