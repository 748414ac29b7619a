import { numberOf, type LogData } from '../logData';
import type { LogFormat } from './format';
import { isRecord, parseLooseJson } from './looseJson';
import { appendedLog } from './readers';

const stepKeys = ['step', 'current_steps', 'global_step', '_step', 'iteration', 'iter', 'epoch'];
const timeKeys = ['timestamp', '_timestamp', 'time', 'wall_time'];

/** One JSON object a line: rows of numbers with a step, or `{"name", "data": {"step", "value"}}`. */
export const jsonl: LogFormat = {
  name: 'jsonl',
  mayBe: (name) => /\.(jsonl|ndjson)$/i.test(name),
  begins(head) {
    const text = head.toString('utf8');
    const line = text.split('\n', 1)[0]!;
    // A line that goes on after the head is cut after the last entry that is whole.
    const readings = line === text ? [line.replace(/,[^,]*$/, '}'), line] : [line];
    return readings.some((reading) => {
      try {
        return pointsOf(parseLooseJson(reading)) !== null;
      } catch {
        return false;
      }
    });
  },
  root: (file) => file,
  open: (file) => appendedLog(file, (data) => (bytes) => takeLines(bytes, data, file)),
};

function takeLines(bytes: Buffer, data: LogData, file: string): number {
  const end = bytes.lastIndexOf(10) + 1;
  const take = (line: string): void => {
    const found = pointsOf(parseLooseJson(line));
    for (const [tag, value] of found?.points ?? []) data.point(tag, found!.step, value, found!.wallTime);
  };
  for (const line of bytes.toString('utf8', 0, end).split('\n')) {
    if (!line.trim()) continue;
    try {
      take(line);
    } catch (error) {
      if (data.problems.length < 20)
        data.problems.push({ path: file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const rest = bytes.toString('utf8', end).trimEnd();
  if (!rest.endsWith('}')) return end;
  try {
    // The last line may have no line break: an object that is cut never parses.
    take(rest);
    return bytes.length;
  } catch {
    return end;
  }
}

interface Row {
  step: number;
  wallTime: number;
  points: [string, number][];
}

function pointsOf(row: unknown): Row | null {
  if (!isRecord(row)) return null;
  if (typeof row.name === 'string' && isRecord(row.data)) {
    const value = numberOf(row.data.value);
    const step = numberOf(row.data.step) ?? numberOf(row.data.epoch);
    if (value === null || step === null) return null;
    return { step, wallTime: numberOf(row.data.timestamp) ?? NaN, points: [[row.name, value]] };
  }
  const stepKey = stepKeys.find((key) => numberOf(row[key]) !== null);
  if (stepKey === undefined) return null;
  const timeKey = timeKeys.find((key) => numberOf(row[key]) !== null);
  const points = Object.entries(row).flatMap(([key, value]): [string, number][] => {
    const number = key === stepKey || key === timeKey ? null : numberOf(value);
    return number === null ? [] : [[key, number]];
  });
  return { step: numberOf(row[stepKey])!, wallTime: timeKey ? numberOf(row[timeKey])! : NaN, points };
}
