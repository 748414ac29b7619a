import { appendFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytes, float, int, scalar } from './eventFile';
import { context, folder, points, read, store, write } from './logFolder';

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
