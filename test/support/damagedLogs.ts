/** Training logs of every format, damaged at random, and what has to hold when they are read. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HeadlightError } from '../../src/core/errors';
import { RunStore } from '../../src/runs/store';
import { bytes, double, event, float, int, scalar } from '../unit/runs/eventFile';
import type { Below } from './damagedFolder';
import { repositoryRoot } from './paths';

/** The files of one log, by their paths in its folder; the first is the one that it is known by. */
type Log = [name: string, content: Buffer][];

/** A sound log of each kind. */
export const soundLogs: Readonly<Record<string, Log>> = {
  events: [['events.out.tfevents.1.a', realEvents()]],
  everyEvent: [['events.out.tfevents.1.b', everyEvent()]],
  trainerState: [
    [
      'trainer_state.json',
      readFileSync(path.join(repositoryRoot, 'media/runs/intent-overfit/trainer_state.json')),
    ],
    ['eval_results.json', Buffer.from('{"eval_f1": NaN, "epoch": 3.0}')],
  ],
  lightning: [
    ['metrics.csv', Buffer.from('epoch,step,loss,val_loss\r\n0,1,2.5,\r\n0,2,nan,\r\n0,2,,"1,5"\r\n')],
    ['hparams.yaml', Buffer.from('lr: 1e-3\nmodel: &m {a: 1}\nother: *m\nx: !!python/object:a.B\n  y: 2\n')],
  ],
  csv: [['training.csv', Buffer.from('epoch;loss;val_loss\n0;1;NA\n1;0.5;2\n')]],
  jsonl: [
    [
      'log.jsonl',
      Buffer.from(
        '{"step": 1, "loss": NaN}\n{"step": 2, "loss": 1e-3, "note": "a"}\n{"step": 3, "loss": "inf"}\n',
      ),
    ],
  ],
  mlflow: [
    ['meta.yaml', Buffer.from('run_id: abc\n')],
    ['metrics/val/loss', Buffer.from('1500 0.5 3\n2500 nan 4\n')],
    ['params/lr', Buffer.from('0.001')],
  ],
  visualdl: [['vdlrecords.1.log', records()]],
  trackio: ['project.db', 'project.db-wal'].map((name) => [
    name,
    readFileSync(path.join(repositoryRoot, 'test/fixtures/runs/trackio', name)),
  ]),
};

function realEvents(): Buffer {
  const folder = path.join(repositoryRoot, 'media/runs/intent-overfit/runs');
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.includes('tfevents'),
  )!;
  return readFileSync(path.join(folder, file));
}

/** What the sample's trainer does not write: tensors of numbers and texts, histograms and images. */
function everyEvent(): Buffer {
  const tensor = (...fields: Buffer[]): Buffer => bytes(8, Buffer.concat(fields));
  const doubles = Buffer.concat([1, 2, 3].map((number) => double(0, number).subarray(1)));
  const shape = bytes(2, Buffer.concat([bytes(2, int(1, 1)), bytes(2, int(1, 3))]));
  const plugin = (name: string): Buffer => bytes(9, bytes(1, bytes(1, name)));
  return Buffer.concat([
    scalar(1, 1, 'loss', 0.5),
    event(2, 1, 'double', tensor(int(1, 2), double(6, 0.25))),
    event(2, 1, 'long', tensor(int(1, 9), bytes(10, Buffer.from([0xac, 2, 1])))),
    event(2, 1, 'half', tensor(int(1, 19), bytes(4, Buffer.from([0, 0x3c])))),
    event(3, 1, 'args/text_summary', tensor(int(1, 7), bytes(8, '{"lr": 1e-3}'))),
    event(
      4,
      1,
      'weights',
      bytes(5, Buffer.concat([double(1, 0), double(2, 3), bytes(6, doubles), bytes(7, doubles)])),
    ),
    event(5, 1, 'w', Buffer.concat([tensor(int(1, 2), shape, bytes(4, doubles)), plugin('histograms')])),
    event(6, 1, 'i', bytes(4, bytes(4, Buffer.alloc(50)))),
  ]);
}

function records(): Buffer {
  return Buffer.concat(
    [1, 2, 3].map((step) => {
      const content = bytes(1, Buffer.concat([int(1, step), bytes(2, 'loss'), int(3, 4500), float(4, 0.25)]));
      const length = Buffer.alloc(8);
      length.writeUInt32LE(content.length);
      return Buffer.concat([length, content]);
    }),
  );
}

/** What readers have stumbled over before: lengths, numbers, quotes, breaks, encodings, YAML's references. */
const pieces = [
  '\xff\xff\xff\xff\xff\xff\xff\xff',
  '\0\0\0\0\0\0\0\0',
  '\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80',
]
  .map((piece) => Buffer.from(piece, 'latin1'))
  .concat(
    [
      'NaN',
      '-Infinity',
      '1e999',
      '9'.repeat(400),
      '"',
      '{',
      '[[[[',
      '\n',
      '\r',
      ';',
      ',',
      '\ufeff',
      '\u0000',
      '&a *a',
      '\ud800',
    ].map((piece) => Buffer.from(piece)),
    [Buffer.from([0xff, 0xfe]), Buffer.from([0xc0, 0x80])],
  );

function damaged(content: Buffer, below: Below): Buffer {
  let own = Buffer.from(content);
  for (let count = 1 + below(6); count > 0 && own.length > 0; count--) {
    const [at, length] = [below(own.length), 1 + below(40)];
    const [before, after] = [own.subarray(0, at), own.subarray(at)];
    switch (below(6)) {
      case 0:
        own[at] = below(256);
        break;
      case 1:
        own[at]! ^= 1 << below(8);
        break;
      case 2:
        own = Buffer.concat([before, pieces[below(pieces.length)]!, after]);
        break;
      case 3:
        own = Buffer.concat([before, after.subarray(length)]);
        break;
      case 4:
        own = Buffer.concat([before, after.subarray(0, length), after]);
        break;
      default:
        if (below(3) === 0) own = Buffer.from(before);
    }
  }
  return own;
}

/** A damaged log, written into a folder that is emptied for it, and what has to hold when it is read. */
export function damagedLog(folder: string, below: Below): { input: string; check: () => Promise<string> } {
  const names = Object.keys(soundLogs);
  const log = soundLogs[names[below(names.length)]!]!;
  const which = below(3) > 0 ? 0 : below(log.length);
  rmSync(folder, { recursive: true, force: true });
  let size = 0;
  log.forEach(([name, content], index) => {
    const file = path.join(folder, name);
    const own = index === which ? damaged(content, below) : content;
    size += own.length;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, own);
  });
  return { input: folder, check: () => readDamaged(folder, size) };
}

/** Reads what can be read. @returns how it ended. @throws what escapes, and where more is kept than the log can hold. */
async function readDamaged(folder: string, size: number): Promise<string> {
  const context = { signal: new AbortController().signal, progress: () => {} };
  try {
    const { runs } = await new RunStore({ checkData: size % 2 === 0 }).read([folder], context);
    const numbers = runs.reduce((sum, { series, histograms }) => {
      const points = series.reduce((all, { values }) => all + values.length, 0);
      return histograms.reduce(
        (all, each) => each.points.reduce((most, { buckets }) => most + buckets.length, all),
        sum + points,
      );
    }, 0);
    // No format tells a number in less than a byte; epochs that are steps are told twice.
    if (numbers > 2 * size) throw new Error(`${numbers} numbers of ${size} bytes.`);
    return runs.some(({ problems }) => problems.length > 0) ? 'read with problems' : 'read';
  } catch (error) {
    if (error instanceof HeadlightError && error.code === 'NoRuns') return 'no log';
    throw error;
  }
}
