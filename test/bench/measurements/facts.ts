import { nextMessage, startChild } from '../childProcess';
import { takeTurns, type Measurement, type Row } from '../measurement';

/** One look at a model. */
export interface FactsSample {
  milliseconds: number;
  /** By how much the peak of resident memory passed what was there before. */
  grownBytes: number;
}

/** What a model can do and which insides it has, over reading its file into memory once; a fresh process each. */
export const facts: Measurement = {
  name: 'facts',
  async measure({ folder }) {
    const sample = async (way: 'facts' | 'read'): Promise<FactsSample> => {
      const child = startChild('facts', [way, folder]);
      try {
        return await nextMessage<FactsSample>(child);
      } finally {
        child.kill();
      }
    };
    const rounds = await takeTurns(7, { value: () => sample('facts'), baseline: () => sample('read') });
    const row = (
      what: string,
      unit: Row['unit'],
      read: (sample: FactsSample) => number,
      aim: Row['aim'],
    ): Row => ({
      what: `facts of a model: ${what}`,
      over: 'reading its file once',
      unit,
      pairs: rounds.map(({ value, baseline }) => ({ value: read(value), baseline: read(baseline) })),
      aim,
    });
    return [
      row('time', 'ms', ({ milliseconds }) => milliseconds, { of: 'ratio', atMost: 0.5 }),
      row('resident memory at its peak', 'MB', ({ grownBytes }) => grownBytes / 1e6, {
        of: 'value',
        atMost: 100,
      }),
    ];
  },
};
