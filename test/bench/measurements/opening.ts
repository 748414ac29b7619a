import { takeTurns, type Measurement, type Row } from '../measurement';
import { SessionProcess, type Opening, type SessionWay } from '../sessionProcess';

/** What was found when it was profiled. */
const why = 'loading the path itself takes from 635 to 852 MB and as much time more or less, run by run';

/** Opening a model as the engine does, graph reading included, over giving the runtime the path; a fresh process each. */
export const opening: Measurement = {
  name: 'opening',
  async measure({ folder }) {
    const open = async (way: SessionWay): Promise<Opening> => {
      const session = await SessionProcess.start(way, folder);
      session.stop();
      return session.opening;
    };
    const rounds = await takeTurns(7, { value: () => open('attention'), baseline: () => open('bare') });
    const row = (what: string, unit: Row['unit'], read: (opening: Opening) => number): Row => ({
      what: `opening the model: ${what}`,
      over: 'loading the path',
      unit,
      pairs: rounds.map(({ value, baseline }) => ({ value: read(value), baseline: read(baseline) })),
      aim: { of: 'ratio', atMost: 0.7, why },
    });
    return [
      row('time', 'ms', ({ milliseconds }) => milliseconds),
      row('resident memory after', 'MB', ({ residentBytes }) => residentBytes / 1e6),
      row('peak of resident memory', 'MB', ({ peakBytes }) => peakBytes / 1e6),
    ];
  },
};
