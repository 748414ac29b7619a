import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../../src/runs/formats/crc32c';
import { bytes, double, event, float, int, record, scalar } from './eventFile';
import { context, points, read, store, write } from './logFolder';

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
