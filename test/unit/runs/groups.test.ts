import { describe, expect, it } from 'vitest';
import type { HyperparameterValue } from '../../../src/protocol/runs';
import type { ShownRun } from '../../../src/protocol/views';
import { chartsOf, csvOf } from '../../../webview/runs/charts';
import { groupsOf } from '../../../webview/runs/groups';
import { placeFrom, type Place } from '../../../webview/runs/place';

function run(
  name: string,
  hyperparameters: Record<string, HyperparameterValue>,
  points: [step: number, value: number][] = [],
): ShownRun {
  const loss = {
    tag: 'loss',
    steps: Float64Array.from(points, ([step]) => step),
    values: Float64Array.from(points, ([, value]) => value),
    wallTimes: new Float64Array(),
  };
  return {
    ...{ name, path: `/${name}`, format: 'csv', hyperparameters, series: [loss], texts: [], best: null },
    ...{ modified: 0, problems: [], model: null, histograms: [], images: [] },
  };
}
const indexed = (runs: ShownRun[]): { run: ShownRun; index: number }[] =>
  runs.map((each, index) => ({ run: each, index }));
const place = (changes: Partial<Place>): Place => ({ ...placeFrom(null), ...changes });

describe('runs that differ in their seed only', () => {
  const members = (...runs: ShownRun[]): number[][] =>
    groupsOf(indexed(runs), place({ mean: 'seed' })).map((group) => group.members);

  it('have the same settings, but for seeds and where they were written', () => {
    const a = run('a', { seed: 1, lr: 0.1, output_dir: 'out/a' });
    const b = run('b', { seed: 2, lr: 0.1, output_dir: 'out/b' });
    const other = run('c', { seed: 3, lr: 0.2, output_dir: 'out/c' });
    expect(members(a, other, b)).toEqual([[0, 2]]);
  });

  it('are apart where they differ in a model, a task or data', () => {
    const alike = { seed: 1, task_name: 'mrpc', dataset_id: 'glue', train_file: 'a.json' };
    const of = (more: Record<string, HyperparameterValue>): ShownRun => run('a', { ...alike, ...more });
    expect(members(of({ model_name: 'bert' }), of({ seed: 2, model_name: 'roberta' }))).toEqual([]);
    expect(members(of({}), of({ task_name: 'rte' }))).toEqual([]);
    expect(members(of({}), of({ dataset_id: 'clue' }))).toEqual([]);
    expect(members(of({}), of({ train_file: 'b.json' }))).toEqual([]);
    const where = { run_name: 'b', 'args/logging_dir': 'x', hostname: 'c', timestamp: 5, id: 9 };
    const here = { run_name: 'a', 'args/logging_dir': 'y', hostname: 'd', timestamp: 6, id: 8 };
    expect(members(of(where), of(here))).toEqual([[0, 1]]);
  });

  it('or names that are the same without it, where the log tells no seed', () => {
    const runs = ['x-seed1', 'x-seed2', 'y-seed1', 'x'].map((name) => run(name, { lr: 0.1 }));
    expect(members(...runs)).toEqual([[0, 1]]);
  });

  it('are none when nothing tells of a seed', () => {
    expect(members(run('a', { lr: 1 }), run('b', { lr: 1 }))).toEqual([]);
  });
});

describe('runs named alike', () => {
  it('are those whose names are the same without what does not count', () => {
    const runs = ['bert-1', 'bert-2', 'albert-1', 'bert'].map((name) => run(name, {}));
    const members = (meanPattern: string): number[][] =>
      groupsOf(indexed(runs), place({ mean: 'name', meanPattern })).map((group) => group.members);
    expect(members('-\\d+$')).toEqual([[0, 1]]);
    expect(members('^(al)?bert-')).toEqual([[0, 2]]);
    // Still being typed.
    expect(members('(')).toEqual([]);
    expect(members('')).toEqual([]);
  });
});

describe('the mean of runs', () => {
  const runs = [
    run('a-1', {}, [
      [1, 2],
      [2, 5],
      [3, NaN],
      [4, 7],
    ]),
    run('a-2', {}, [
      [1, 4],
      [2, 6],
      [3, 1],
      [5, 9],
    ]),
    run('a-3', {}, [
      [1, 9],
      [3, 4],
    ]),
  ];
  const curve = (changes: Partial<Place>): ReturnType<typeof chartsOf>[number]['curves'][number] => {
    const [chart] = chartsOf(indexed(runs), place({ mean: 'name', ...changes }));
    expect(chart!.curves).toHaveLength(1);
    return chart!.curves[0]!;
  };

  it('and its sample deviation are of the finite points at one step, where there are two', () => {
    const { x, raw, deviation, notFinite, smoothed } = curve({});
    expect([...x]).toEqual([1, 2, 3]);
    expect([...raw]).toEqual([5, 5.5, 2.5]);
    // By hand: the squares from 5 are 9, 1 and 16, over 2; from 5.5 twice 0.25, over 1; from 2.5 twice 2.25.
    [Math.sqrt(13), Math.sqrt(0.5), Math.sqrt(4.5)].forEach((expected, index) =>
      expect(deviation![index]).toBeCloseTo(expected, 12),
    );
    expect([...notFinite]).toEqual([3]);
    expect(smoothed).toBeNull();
  });

  it('is of the smoothed curves where they are smoothed, with that of what was written beside it', () => {
    const { raw, smoothed, deviation } = curve({ smoothing: 0.5 });
    expect([...raw]).toEqual([5, 5.5, 2.5]);
    // Debiased, the second point of weight 1/2 is (first + 2 second) / 3.
    const [a, b] = [(2 + 2 * 5) / 3, (4 + 2 * 6) / 3];
    expect(smoothed![1]).toBeCloseTo((a + b) / 2, 12);
    expect(deviation![1]).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
  });

  it('is drawn of no run that shares no step', () => {
    const alone = [
      run('b-1', {}, [
        [1, 1],
        [2, 2],
      ]),
      run('b-2', {}, [
        [3, 1],
        [4, 2],
      ]),
    ];
    const [chart] = chartsOf(indexed(alone), place({ mean: 'name' }));
    expect(chart!.curves.map(({ label }) => label)).toEqual(['b-1: loss', 'b-2: loss']);
  });
});

describe('the table of points', () => {
  it('has nothing that a spreadsheet would run', () => {
    const own = run('-a', {}, [[1, -2]]);
    own.series[0]!.tag = '=1+1';
    expect([...csvOf([own], [])].join('')).toBe("run,tag,step,wall_time,value\n'-a,'=1+1,1,,-2\n");
  });

  it('has all that are shown, with all digits, and leaves out hidden series', () => {
    const runs = [
      run('a, "b"', {}, [
        [1, 0.1 + 0.2],
        [2, NaN],
      ]),
      run('c', {}, [
        [1, 1],
        [2, -Infinity],
      ]),
    ];
    const [chart] = chartsOf(indexed(runs), place({}));
    expect([...csvOf(runs, [])].join('')).toBe(
      'run,tag,step,wall_time,value\n' +
        '"a, ""b""",loss,1,,0.30000000000000004\n"a, ""b""",loss,2,,NaN\nc,loss,1,,1\nc,loss,2,,-Infinity\n',
    );
    expect([...csvOf(runs, [chart!.curves[0]!.key])].join('')).toBe(
      'run,tag,step,wall_time,value\nc,loss,1,,1\nc,loss,2,,-Infinity\n',
    );
  });
});
