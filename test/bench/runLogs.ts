/** The training logs that are measured: made once by a fixed recipe, and kept. */
import { existsSync, closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { maskedCrc32c } from '../../src/runs/formats/crc32c';
import { resultsFolder } from '../support/paths';

export interface RunLog {
  what: string;
  file: string;
  points: number;
}

/** The recipe's number: files of another are not used. */
const recipe = 1;

/** Event files of so many points, 54 bytes each, of the four tags that the Trainer logs at each step. */
export function eventFile(points: number): RunLog {
  const file = made(`events-${points}/events.out.tfevents.1.bench`, () => events(points));
  return { what: `an event file of ${points / 1e6} M points`, file, points };
}

/** A `trainer_state.json` of 17 MB, indented as the Trainer does. */
export function trainerState(): RunLog {
  const rows = 100_000;
  return {
    what: 'trainer_state.json of 17 MB',
    file: made('state/trainer_state.json', () => trainerRows(rows)),
    // The loss and what is logged with it, the evaluations, and their epochs.
    points: rows * 4 + (rows / 100 - 1) * 2,
  };
}

/** A `metrics.csv` of Lightning of 34 MB: 60 columns, of which each row has four. */
export function sparseTable(): RunLog {
  const rows = 275_000;
  return {
    what: 'a sparse CSV of 34 MB',
    file: made('table/metrics.csv', () => tableRows(rows)),
    points: rows * 4,
  };
}

/** Writes beside the final place and renames at the end: a file of the final name is complete. */
function made(name: string, parts: () => Iterable<Uint8Array | string>): string {
  const file = path.join(resultsFolder, `bench/logs-${recipe}`, name);
  if (existsSync(file)) return file;
  console.error(`Writing ${file} …`);
  mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.partial`;
  const descriptor = openSync(partial, 'w');
  for (const part of parts()) writeSync(descriptor, typeof part === 'string' ? Buffer.from(part) : part);
  closeSync(descriptor);
  renameSync(partial, file);
  return file;
}

/** Values that neither repeat nor run away. */
const valueAt = (index: number): number => 2 / Math.sqrt(1 + index / 1000) + Math.sin(index * 12.9898) / 8;

function* events(points: number): Generator<Uint8Array> {
  const tags = ['train/loss', 'train/epoch', 'train/gradnorm', 'train/lr'].map((tag) =>
    Buffer.from(tag.padEnd(14, '_')),
  );
  const chunk = Buffer.alloc(2 ** 22);
  let at = 0;
  for (let index = 0; index < points; index++) {
    if (at + 128 > chunk.length) {
      yield chunk.subarray(0, at);
      at = 0;
    }
    at = writeScalar(chunk, at, tags[index % tags.length]!, Math.floor(index / tags.length), index);
  }
  yield chunk.subarray(0, at);
}

/** Writes a record with an `Event` of one `simple_value`. @returns where it ends. */
function writeScalar(chunk: Buffer, start: number, tag: Buffer, step: number, index: number): number {
  const from = start + 12;
  let at = from;
  chunk[at++] = 0x09;
  at = chunk.writeDoubleLE(1.7e9 + index / 64, at);
  chunk[at++] = 0x10;
  for (let left = step; ; left >>>= 7) {
    chunk[at++] = left > 127 ? (left & 127) | 128 : left;
    if (left <= 127) break;
  }
  const value = 2 + tag.length + 5;
  for (const byte of [0x2a, value + 2, 0x0a, value, 0x0a, tag.length]) chunk[at++] = byte;
  at += tag.copy(chunk, at);
  chunk[at++] = 0x15;
  at = chunk.writeFloatLE(valueAt(index), at);
  chunk.writeBigUInt64LE(BigInt(at - from), start);
  chunk.writeUInt32LE(maskedCrc32c(chunk, start, start + 8), start + 8);
  return chunk.writeUInt32LE(maskedCrc32c(chunk, from, at), at);
}

function* trainerRows(rows: number): Generator<string> {
  yield '{\n  "best_metric": null,\n  "global_step": 100000,\n  "max_steps": 100000,\n  "log_history": [\n';
  for (let step = 1; step <= rows; step++) {
    const epoch = step / 10_000;
    const row = {
      epoch,
      grad_norm: 1 + valueAt(step),
      learning_rate: 5e-5 * (1 - step / rows),
      loss: valueAt(step),
      step,
    };
    yield indented(row, step === rows);
    if (step % 100 === 0 && step < rows)
      yield indented({ epoch, eval_loss: valueAt(step) * 1.1, step }, false);
  }
  yield '  ]\n}\n';
}

function indented(row: object, isLast: boolean): string {
  const lines = JSON.stringify(row, null, 2).replaceAll('\n', '\n    ');
  return `    ${lines}${isLast ? '' : ','}\n`;
}

function* tableRows(rows: number): Generator<string> {
  const metrics = Array.from({ length: 58 }, (_, index) => `metric_${index}`);
  yield `${['epoch', 'step', ...metrics].join(',')}\r\n`;
  for (let row = 0; row < rows; row++) {
    const cells = metrics.map(() => '');
    for (const place of [0, 19, 38]) cells[(row % 19) + place] = String(valueAt(row + place));
    yield `${[Math.floor(row / 10_000), row, ...cells].join(',')}\r\n`;
  }
}
