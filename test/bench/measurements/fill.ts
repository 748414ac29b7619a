import path from 'node:path';
import type { EngineClient } from '../../../src/client/engineClient';
import { repositoryRoot } from '../../support/paths';
import { feedsFor, feedsOf, startEngine } from '../engine';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { SessionProcess } from '../sessionProcess';

const embedded = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');
const sentence = 'I drink a cup of [MASK] every morning.';

async function embeddedModel(engine: EngineClient): Promise<Row> {
  const bare = await SessionProcess.start('bare', embedded);
  try {
    const feeds = await feedsOf(engine, embedded, sentence);
    const pairs = await takeTurns(50, {
      value: () => timed(() => engine.request('fill', { model: embedded, text: sentence, topK: 5 })),
      baseline: () => bare.run(feeds),
    });
    return {
      what: 'fill-mask end to end, a sentence, the embedded model',
      over: 'bare run of the file',
      unit: 'ms',
      pairs,
      aim: { of: 'value', atMost: 10 },
    };
  } finally {
    bare.stop();
  }
}

/**
 * Predicting a masked word end to end, from the text to the list of words in this process, over the bare run of
 * the unchanged file on the same inputs, timed without its way to this process. Engine and bare session each have a
 * process and threads of their own and run by turns.
 */
export const fill: Measurement = {
  name: 'fill',
  async measure(model) {
    const engine = startEngine();
    const bare = await SessionProcess.start('bare', model.folder);
    const rows: Row[] = [await embeddedModel(engine)];
    try {
      for (const length of [128, 512]) {
        const question = { model: model.folder, text: model.text(length), topK: 5 };
        const feeds = await feedsFor(engine, model, length);
        const pairs = await takeTurns(10, {
          value: () => timed(() => engine.request('fill', question)),
          baseline: () => bare.run(feeds),
        });
        rows.push({
          what: `fill-mask end to end, ${length} tokens`,
          over: 'bare run of the file',
          unit: 'ms',
          pairs,
          aim: { of: 'ratio', atMost: 0.85 },
        });
      }
      return rows;
    } finally {
      bare.stop();
      await engine.dispose();
    }
  },
};
