import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/core/rpc';
import type { Run } from '../../../src/protocol/runs';
import { crc32c, maskedCrc32c } from '../../../src/runs/formats/crc32c';
import { RunStore } from '../../../src/runs/store';
import { bytes, double, event, float, int, record, scalar } from './eventFile';

const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
let folder: string;
let store: RunStore;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headlight-runs-'));
  store = new RunStore();
});

function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function read(where = folder): Promise<Run> {
  const { runs } = await store.read([where], context);
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

function points(run: Run, tag: string): [number, number][] {
  const series = run.series.find((each) => each.tag === tag);
  return series ? Array.from(series.steps, (step, index) => [step, series.values[index]!]) : [];
}

describe('checksums', () => {
  it('agree with the published vectors', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    const text = Buffer.concat([Buffer.from([0x1a, 0x11]), Buffer.from('CRC test, one two')]);
    expect(maskedCrc32c(text)).toBe(0x5794d08a);
  });
});

describe('event files', () => {
  const name = 'events.out.tfevents.1.host';

  it('give every numeric type, texts and wall times', async () => {
    const content = Buffer.alloc(8);
    content.writeDoubleLE(0.1);
    const tensor = (...fields: Buffer[]): Buffer => bytes(8, Buffer.concat(fields));
    write(
      name,
      Buffer.concat([
        record(Buffer.concat([double(1, 1), bytes(3, 'brain.Event:2')])),
        scalar(10.5, 1, 'simple', 0.25),
        event(11, -1, 'float', tensor(int(1, 1), float(5, 1.5))),
        event(11, 2, 'double', tensor(int(1, 2), double(6, 0.1))),
        event(11, 2, 'content', tensor(int(1, 2), bytes(4, content))),
        event(11, 2, 'long', tensor(int(1, 9), int(10, -7))),
        event(11, 2, 'packed', tensor(int(1, 3), bytes(7, Buffer.from([0xac, 0x02])))),
        event(
          11,
          0,
          'args/text_summary',
          tensor(int(1, 7), bytes(8, '{"learning_rate": 0.001, "fp16": false}')),
        ),
        scalar(12, 2, 'simple', NaN),
      ]),
    );
    const run = await read();
    expect(run.format).toBe('tensorboard');
    expect(points(run, 'simple')).toEqual([
      [1, 0.25],
      [2, NaN],
    ]);
    expect([...run.series[0]!.wallTimes]).toEqual([10.5, 12]);
    expect(points(run, 'float')).toEqual([[-1, 1.5]]);
    expect(points(run, 'double')).toEqual([[2, 0.1]]);
    expect(points(run, 'content')).toEqual([[2, 0.1]]);
    expect(points(run, 'long')).toEqual([[2, -7]]);
    expect(points(run, 'packed')).toEqual([[2, 300]]);
    expect(run.hyperparameters).toEqual({ learning_rate: 0.001, fp16: false });
  });

  it('keep apart tags that look alike, and steps and names of any length', async () => {
    const long = 'long/'.repeat(60);
    const steps = [0, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 40];
    write(
      name,
      Buffer.concat([
        ...steps.map((step, index) => scalar(1, step, 'loss_a/x', index)),
        ...steps.map((step, index) => scalar(1, step, 'loss_b/x', -index)),
        scalar(1, 5, long, 3),
      ]),
    );
    const run = await read();
    expect(points(run, 'loss_a/x')).toEqual(steps.map((step, index) => [step, index]));
    expect(points(run, 'loss_b/x')).toEqual(steps.map((step, index) => [step, -index]));
    expect(points(run, long)).toEqual([[5, 3]]);
  });

  it('of the parts of a training are one run, several files one after the other', async () => {
    write(`train/${name}`, scalar(1, 0, 'epoch_loss', 1));
    write(`train/events.out.tfevents.2.host`, scalar(2, 1, 'epoch_loss', 0.5));
    write(`validation/${name}`, scalar(1, 0, 'epoch_loss', 2));
    const run = await read();
    expect(points(run, 'train/epoch_loss')).toEqual([
      [0, 1],
      [1, 0.5],
    ]);
    expect(points(run, 'validation/epoch_loss')).toEqual([[0, 2]]);
  });

  it('are read on from where they ended, whatever part of a record is there', async () => {
    const second = scalar(2, 2, 'loss', 0.5);
    const file = write(name, scalar(1, 1, 'loss', 1));
    await read();
    for (const byte of second) {
      expect(points(await read(), 'loss')).toEqual([[1, 1]]);
      appendFileSync(file, Buffer.from([byte]));
    }
    expect(points(await read(), 'loss')).toEqual([
      [1, 1],
      [2, 0.5],
    ]);
    truncateSync(file, 3);
    expect((await read()).series).toEqual([]);
  });

  it('keep what comes before a wrong length or checksum, and say so', async () => {
    const broken = scalar(2, 2, 'loss', 0.5);
    broken.fill(0xff, 0, 8);
    write(name, Buffer.concat([scalar(1, 1, 'loss', 1), broken]));
    const run = await read();
    expect(points(run, 'loss')).toEqual([[1, 1]]);
    expect(run.problems).toMatchObject([{ message: expect.stringContaining('checksum') as string }]);
  });
});

describe('a log that changes otherwise than by what is added', () => {
  it('is read anew when another is written into its file, however long', async () => {
    const file = write('log.jsonl', '{"step": 100, "loss": 2}\n{"step": 200, "loss": 1}\n');
    await read();
    writeFileSync(file, [1, 2, 3, 4].map((step) => `{"step": ${step}, "loss": 9}\n`).join(''));
    expect(points(await read(), 'loss')).toEqual([1, 2, 3, 4].map((step) => [step, 9]));
  });

  it('is read anew after it was broken', async () => {
    const all = Buffer.concat([1, 2, 3].map((step) => scalar(step, step, 'loss', step)));
    const zeros = Buffer.from(all).fill(0, all.length / 3);
    const file = write('events.out.tfevents.1.host', zeros);
    const broken = await read();
    expect(points(broken, 'loss')).toEqual([[1, 1]]);
    expect(broken.problems).toHaveLength(1);
    writeFileSync(file, all);
    utimesSync(file, 1000, 1000);
    const mended = await read();
    expect(points(mended, 'loss')).toEqual([1, 2, 3].map((step) => [step, step]));
    expect(mended.problems).toEqual([]);
  });
});

describe('trainer states', () => {
  const state = (rows: object[], more: object = {}): string =>
    JSON.stringify({ global_step: 1, log_history: rows, ...more });

  it('are merged with those of the checkpoints, each step once', async () => {
    write(
      'trainer_state.json',
      state([
        { step: 1, loss: 3 },
        { step: 2, loss: 2 },
      ]),
    );
    write('checkpoint-1/trainer_state.json', state([{ step: 1, loss: 3 }]));
    write(
      'checkpoint-3/trainer_state.json',
      state([
        { step: 2, loss: 2 },
        { step: 3, loss: 1, eval_f1: 0.5 },
      ]),
    );
    write('eval_results.json', '{"eval_f1": 0.75, "eval_samples": 8}');
    const run = await read();
    expect(points(run, 'loss')).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
    expect(points(run, 'eval_samples')).toEqual([[2, 8]]);
  });

  it('may hold what JSON does not know', async () => {
    write(
      'trainer_state.json',
      '{"trial_name": "NaN Infinity", "best_metric": 0.5, "best_global_step": 2, "log_history": [{"step": 1, "loss": NaN}, {"step": 2, "loss": -Infinity}]}',
    );
    const run = await read();
    expect(points(run, 'loss')).toEqual([
      [1, NaN],
      [2, -Infinity],
    ]);
    expect(run.hyperparameters).toEqual({ trial_name: 'NaN Infinity' });
    expect(run.best).toEqual({ step: 2, value: 0.5 });
  });

  it('stay as they were while they are written anew', async () => {
    const file = write('trainer_state.json', state([{ step: 1, loss: 3 }]));
    await read();
    writeFileSync(file, '{"log_history": [{"step": 1, "lo');
    const half = await read();
    expect(points(half, 'loss')).toEqual([[1, 3]]);
    expect(half.problems).toHaveLength(1);
    writeFileSync(
      file,
      state([
        { step: 1, loss: 3 },
        { step: 2, loss: 2 },
      ]),
    );
    const whole = await read();
    expect(points(whole, 'loss')).toHaveLength(2);
    expect(whole.problems).toEqual([]);
  });

  it('have results that come after them', async () => {
    write('trainer_state.json', state([{ step: 1, loss: 3 }]));
    await read();
    write('eval_results.json', '{"eval_f1": 0.75}');
    expect(points(await read(), 'eval_f1')).toEqual([[1, 0.75]]);
  });

  it('of the sample runs agree with a plain reading, and with the event files of the same training', async () => {
    const sample = path.resolve('media/runs/intent-overfit');
    const { runs } = await store.read([sample], context);
    const [ofState, ofEvents] = [
      runs.find((run) => run.format === 'trainerState')!,
      runs.find((run) => run.format === 'tensorboard')!,
    ];
    const plain = JSON.parse(readFileSync(path.join(sample, 'trainer_state.json'), 'utf8')) as {
      log_history: Record<string, number>[];
    };
    const rows = plain.log_history.filter((row) => 'loss' in row);
    expect(points(ofState, 'loss')).toEqual(rows.map(({ step, loss }) => [step, loss]));
    const written = points(ofEvents, 'train/loss');
    expect(written.map(([step]) => step)).toEqual(rows.map(({ step }) => step));
    // The one is rounded to six digits, the other to float32.
    written.forEach(([, loss], index) => expect(loss / rows[index]!.loss!).toBeCloseTo(1, 4));
  });
});

describe('tables', () => {
  it('of Lightning are sparse, with settings beside them', async () => {
    write('metrics.csv', 'epoch,step,train_loss,val_loss\r\n0,9,1.5,\r\n0,9,,2.5\r\n1,19,nan,\r\n1,29,0.');
    write('hparams.yaml', 'lr: 5.0e-06\nmodel: !!python/object:x.Y\n  a: 1\n');
    const run = await read();
    expect(points(run, 'train_loss')).toEqual([
      [9, 1.5],
      [19, NaN],
    ]);
    expect(points(run, 'val_loss')).toEqual([[9, 2.5]]);
    expect(run.hyperparameters.lr).toBe(5e-6);
  });

  it('of Keras have epochs for steps, any separator and NA', async () => {
    write('training.csv', 'epoch;loss;val_loss\n0;1;NA\n1;0.5;2\n');
    const run = await read();
    expect(points(run, 'loss')).toEqual([
      [0, 1],
      [1, 0.5],
    ]);
    expect(points(run, 'val_loss')).toEqual([[1, 2]]);
  });

  it('have their last line without a line break, too, once nobody is in the midst of writing it', async () => {
    const file = write('training.csv', 'epoch,loss\n0,2\n1,1.5');
    expect(points(await read(), 'loss')).toEqual([[0, 2]]);
    const before = new Date(Date.now() - 120_000);
    utimesSync(file, before, before);
    expect(points(await read(), 'loss')).toEqual([
      [0, 2],
      [1, 1.5],
    ]);
  });

  it('have settings that come after them', async () => {
    write('metrics.csv', 'epoch,step,loss\n0,9,1.5\n');
    expect((await read()).hyperparameters).toEqual({});
    write('hparams.yaml', 'lr: 0.5\n');
    expect((await read()).hyperparameters).toEqual({ lr: 0.5 });
  });

  it('without steps are no logs', async () => {
    write('people.csv', 'name,age\nAnn,3\n');
    await expect(read()).rejects.toMatchObject({ code: 'NoRuns' });
  });
});

describe('other logs', () => {
  it('are JSON lines of either kind', async () => {
    const file = write(
      'log.jsonl',
      '{"current_steps": 5, "total_steps": 9, "loss": 2.5, "lr": 1e-3}\n{"current_steps": 6, "loss": NaN}\n{"curr',
    );
    expect(points(await read(), 'loss')).toEqual([
      [5, 2.5],
      [6, NaN],
    ]);
    appendFileSync(file, 'ent_steps": 7, "loss": 1}\nnot json\n');
    const run = await read();
    expect(points(run, 'loss').at(-1)).toEqual([7, 1]);
    expect(run.problems).toHaveLength(1);
    rmSync(file);
    write(
      'named.jsonl',
      '{"name": "acc", "data": {"epoch": 1, "step": 4, "timestamp": 9.5, "value": 0.5}}\n',
    );
    const named = await read();
    expect(points(named, 'acc')).toEqual([[4, 0.5]]);
    expect([...named.series[0]!.wallTimes]).toEqual([9.5]);
  });

  it('are JSON lines whose last has no line break yet', async () => {
    const file = write('log.jsonl', '{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}');
    const both = [
      [1, 2],
      [2, 1],
    ];
    expect(points(await read(), 'loss')).toEqual(both);
    appendFileSync(file, '\n{"step": 3, "more": {"a": 1}');
    expect(points(await read(), 'loss')).toEqual(both);
    appendFileSync(file, ', "loss": 0.5}\n');
    const run = await read();
    expect(points(run, 'loss')).toEqual([...both, [3, 0.5]]);
    expect(run.problems).toEqual([]);
  });

  it('are JSON lines of any length', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, layer) => [`layer_${layer}_norm`, layer]),
    );
    write('log.jsonl', `${JSON.stringify({ step: 1, ...many })}\n`);
    expect(points(await read(), 'layer_299_norm')).toEqual([[1, 299]]);
  });

  it('have no points at steps that are no numbers', async () => {
    const steps = ['1', 'NaN', 'Infinity', '3'];
    write('log.jsonl', steps.map((step) => `{"step": ${step}, "loss": 2}\n`).join(''));
    expect(points(await read(), 'loss')).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });

  it('are MLflow stores of parameters alone, and what is logged to them later', async () => {
    write('abc/meta.yaml', 'run_id: abc\n');
    write('abc/params/lr', '0.001');
    expect((await read()).hyperparameters).toEqual({ lr: 0.001 });
    write('abc/params/model/name', 'bert');
    expect((await read()).hyperparameters).toEqual({ lr: 0.001, 'model/name': 'bert' });
  });

  it('are MLflow stores, as old as what was last logged', async () => {
    const meta = write('abc/meta.yaml', 'run_id: abc\n');
    const metric = write('abc/metrics/loss', '1500 0.5 3\n');
    utimesSync(meta, 1000, 1000);
    utimesSync(metric, 2000, 2000);
    expect((await read()).modified).toBe(2_000_000);
    const [found] = store.find([folder]);
    expect(found!.modified).toBe(2_000_000);
    expect(await store.summarise(found!.path, found!.format, context)).toMatchObject({ modified: 2_000_000 });
  });

  it('are MLflow stores, whose keys may hold slashes', async () => {
    write('7/abc/meta.yaml', 'run_id: abc\n');
    write('7/abc/metrics/val/loss', '1500 0.5 3\n2500 nan 4\n');
    write('7/abc/params/lr', '0.001');
    const run = await read();
    expect(points(run, 'val/loss')).toEqual([
      [3, 0.5],
      [4, NaN],
    ]);
    expect([...run.series[0]!.wallTimes]).toEqual([1.5, 2.5]);
    expect(run.hyperparameters).toEqual({ lr: 0.001 });
  });

  it('are VisualDL records', async () => {
    const value = Buffer.concat([int(1, 3), bytes(2, 'loss'), int(3, 4500), float(4, 0.25)]);
    const content = bytes(1, value);
    const length = Buffer.alloc(8);
    length.writeUInt32LE(content.length);
    write('vdlrecords.1.log', Buffer.concat([length, content]));
    const run = await read();
    expect(points(run, 'loss')).toEqual([[3, 0.25]]);
    expect([...run.series[0]!.wallTimes]).toEqual([4.5]);
  });
});
