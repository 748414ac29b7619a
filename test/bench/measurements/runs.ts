import { pointsToDraw } from '../../../src/core/decimate';
import { nextMessage, startChild } from '../childProcess';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { eventFile, sparseTable, trainerState, type RunLog } from '../runLogs';

/** How a log is read: by Headlight, into memory once, or by a plain loader. */
export type LogWay = 'headlight' | 'read' | 'plain';

export interface LogSample {
  milliseconds: number;
  /** By how much resident memory, looked at after each part of the file, passed what was there before. */
  grownBytes: number;
  points: number;
}

/** Training logs of the sizes that there are, each read by a fresh process. */
export const runs: Measurement = {
  name: 'runs',
  async measure() {
    return [
      ...(await reading(eventFile(1e6), { time: 8, memory: null })),
      ...(await reading(eventFile(1e7), { time: 8, memory: 1.15 })),
      ...(await reading(trainerState(), { time: null, memory: null })),
      ...(await reading(sparseTable(), { time: null, memory: null })),
      await drawing(1e6, 1200),
    ];
  },
};

/** Aims: at most how many times what reading the file's bytes takes, and what three float64 a point take. */
interface Aims {
  time: number | null;
  memory: number | null;
}

async function reading(log: RunLog, aims: Aims): Promise<Row[]> {
  const sample = async (way: LogWay): Promise<LogSample> => {
    const child = startChild('runs', [way, log.file]);
    try {
      const read = await nextMessage<LogSample>(child);
      if (way !== 'read' && read.points !== log.points)
        throw new Error(`${read.points} points were read of ${log.points} in ${log.what}.`);
      return read;
    } finally {
      child.kill();
    }
  };
  const rounds = await takeTurns(5, {
    headlight: () => sample('headlight'),
    read: () => sample('read'),
    plain: () => sample('plain'),
  });
  const time = (over: string, way: LogWay, atMost: number | null): Row => ({
    what: `reading ${log.what}`,
    over,
    unit: 'ms',
    pairs: rounds.map((round) => ({
      value: round.headlight.milliseconds,
      baseline: round[way].milliseconds,
    })),
    aim: aim(atMost),
  });
  const rows = [time('reading its bytes', 'read', aims.time), time('a plain loader', 'plain', null)];
  if (aims.memory !== null)
    rows.push({
      what: `${log.what}: resident memory at its peak`,
      over: 'three float64 a point',
      unit: 'MB',
      pairs: rounds.map(({ headlight }) => ({
        value: headlight.grownBytes / 1e6,
        baseline: (log.points * 24) / 1e6,
      })),
      aim: aim(aims.memory),
    });
  return rows;
}

/** What is drawn of a curve of so many points, over one look at each of them. */
async function drawing(points: number, columns: number): Promise<Row> {
  const x = Float64Array.from({ length: points }, (_, index) => index);
  const values = x.map((at) => 2 / Math.sqrt(1 + at / 1000) + Math.sin(at * 12.9898) / 8);
  const range = { min: 0, max: points - 1, columns, log: false };
  const rounds = await takeTurns(9, {
    value: () => timed(() => pointsToDraw(x, values, range)),
    baseline: () => timed(() => values.reduce((most, value) => Math.max(most, value), -Infinity)),
  });
  return {
    what: `what to draw of ${points / 1e6} M points on ${columns} pixels`,
    over: 'their greatest value',
    unit: 'ms',
    pairs: rounds,
    aim: { of: 'value', atMost: 100 },
  };
}

const aim = (atMost: number | null): Row['aim'] => (atMost === null ? null : { of: 'ratio', atMost });
