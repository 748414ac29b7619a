import { feedsFor, startEngine } from '../engine';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { SessionProcess } from '../sessionProcess';

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
    try {
      const rows: Row[] = [];
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
