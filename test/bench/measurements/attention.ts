import { feedsFor, startEngine } from '../engine';
import { takeTurns, type Measurement, type Row } from '../measurement';
import { SessionProcess } from '../sessionProcess';

/**
 * The run that an attention question takes over the bare run of the unchanged file; and the price of the taps
 * alone, where the graph is otherwise the file's: the engine's own session saves the head at all positions but one.
 */
export const attention: Measurement = {
  name: 'attention',
  async measure(model) {
    const engine = startEngine();
    const sessions = {
      bare: await SessionProcess.start('bare', model.folder),
      engines: await SessionProcess.start('attention', model.folder),
      tapped: await SessionProcess.start('attentionAndLogits', model.folder),
    };
    try {
      const rows: Row[] = [];
      for (const length of [128, 512]) {
        const feeds = await feedsFor(engine, model, length);
        const rounds = await takeTurns(10, {
          bare: () => sessions.bare.run(feeds),
          engines: () => sessions.engines.run(feeds),
          tapped: () => sessions.tapped.run(feeds),
        });
        const row = (what: string, way: 'engines' | 'tapped'): Row => ({
          what: `${what}, ${length} tokens`,
          over: 'bare run of the file',
          unit: 'ms',
          pairs: rounds.map((round) => ({ value: round[way], baseline: round.bare })),
          aim: {
            of: 'ratio',
            atMost: 1.15,
            // 12 layers of 12 x 512 x 512 float32.
            why: 'each run hands over 151 MB that the bare run keeps to itself',
          },
        });
        rows.push(row('all attention', 'engines'), row('all attention and the whole head', 'tapped'));
      }
      return rows;
    } finally {
      for (const session of Object.values(sessions)) session.stop();
      await engine.dispose();
    }
  },
};
