import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { distinctNames } from '../../../src/core/runNames';
import { modelOf } from '../../../src/client/runModel';
import { placeLabels } from '../../../webview/runs/markLabels';
import { centredRange, pannedRange, zoomedRange } from '../../../webview/runs/range';
import { pointAt, pointText, readoutTable } from '../../../webview/runs/readout';
import type { Curve } from '../../../webview/runs/charts';

describe('names of runs', () => {
  const run = (path: string, name: string, format: 'csv' | 'jsonl' = 'csv') =>
    ({ path, name, format }) as const;

  it('are longer where two are the same, until they differ', () => {
    expect(distinctNames([run('/x/a/bert', 'bert'), run('/x/b/bert', 'bert'), run('/x/c', 'c')])).toEqual([
      ...['a/bert', 'b/bert', 'c'],
    ]);
    expect(distinctNames([run('/a/x/logs/r', 'logs/r'), run('/b/x/logs/r', 'logs/r')])).toEqual([
      ...['/a/x/logs/r', '/b/x/logs/r'].map((name) => name.slice(1)),
    ]);
  });

  it('tell the format where the path is the same, too', () => {
    expect(distinctNames([run('/a', 'a'), run('/a', 'a', 'jsonl')])).toEqual(['a (csv)', 'a (jsonl)']);
  });
});

describe('the model of a run', () => {
  const make = (...files: string[]): string => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-run-'));
    for (const file of files) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), '');
    }
    return folder;
  };

  it('is in its folder, in its latest checkpoint, or where its logs are', () => {
    const own = make('model.onnx', 'checkpoint-5/model.onnx');
    expect(modelOf(own)).toBe(own);
    const latest = make('checkpoint-900/onnx/model.onnx', 'checkpoint-1000/onnx/model_quantized.onnx');
    expect(modelOf(latest)).toBe(path.join(latest, 'checkpoint-1000/onnx'));
    const logged = make('model.onnx', 'runs/Jan01_host/events.out.tfevents.1');
    expect(modelOf(path.join(logged, 'runs/Jan01_host'))).toBe(logged);
    const beside = make('model.onnx', 'logs/events.out.tfevents.1', 'log.jsonl', 'else/log.jsonl');
    expect(modelOf(path.join(beside, 'logs'))).toBe(beside);
    expect(modelOf(path.join(beside, 'log.jsonl'))).toBe(beside);
    // A model that only happens to lie above a run is not its own.
    expect(modelOf(path.join(beside, 'else'))).toBeNull();
    expect(modelOf(make('runs/a/events.out.tfevents.1'))).toBeNull();
  });
});

describe('labels of marks', () => {
  it('never overlap, and stay inside', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 200; round++) {
      const labels = Array.from({ length: 1 + random(12) }, () => ({
        at: random(600),
        width: 10 + random(90),
      }));
      const places = placeLabels(labels, 600, 3);
      places.forEach((place, index) => {
        expect(place.left + labels[index]!.width).toBeLessThanOrEqual(600);
        places.slice(0, index).forEach((other, before) => {
          const isApart =
            place.left >= other.left + labels[before]!.width ||
            other.left >= place.left + labels[index]!.width;
          expect(place.row !== other.row || isApart).toBe(true);
        });
      });
    }
  });

  it('share a row where there is room', () => {
    const labels = [0, 100, 200].map((at) => ({ at, width: 50 }));
    expect(placeLabels(labels, 600, 3).map(({ row }) => row)).toEqual([0, 0, 0]);
  });
});

describe('the part of the axis on show', () => {
  const full = { min: 0, max: 100 };

  it('is zoomed around a place, which stays where it is', () => {
    expect(zoomedRange(full, full, 0.5, 20, false)).toEqual({ min: 10, max: 60 });
    expect(zoomedRange({ min: 10, max: 60 }, full, 4, 20, false)).toBeNull();
    // By logarithms, 10 lies in the middle of 1 to 100.
    const zoomed = zoomedRange({ min: 1, max: 100 }, { min: 1, max: 100 }, 0.5, 10, true)!;
    expect(zoomed.min).toBeCloseTo(Math.sqrt(10), 12);
    expect(zoomed.max).toBeCloseTo(10 * Math.sqrt(10), 12);
  });

  it('is panned up to the ends', () => {
    expect(pannedRange({ min: 20, max: 40 }, full, 0.5, false)).toEqual({ min: 30, max: 50 });
    expect(pannedRange({ min: 20, max: 40 }, full, -5, false)).toEqual({ min: 0, max: 20 });
    expect(pannedRange({ min: 20, max: 40 }, full, 50, false)).toEqual({ min: 80, max: 100 });
  });

  it('is moved to a place that is out of sight, as the axis measures', () => {
    expect(centredRange({ min: 20, max: 40 }, full, 60, false)).toEqual({ min: 50, max: 70 });
    const moved = centredRange({ min: 1, max: 100 }, { min: 1, max: 1e6 }, 1000, true);
    expect(moved.min).toBeCloseTo(100, 9);
    expect(moved.max / 1e4).toBeCloseTo(1, 9);
  });

  it('is not divided further than numbers can be', () => {
    let range = { min: 1e6, max: 1e6 + 1 };
    for (let round = 0; round < 200; round++) range = zoomedRange(range, full, 0.5, 1e6, false) ?? full;
    expect(range.max).toBeGreaterThan(range.min);
  });
});

describe('the values at a place', () => {
  const curve = (label: string, x: number[], raw: number[], smoothed: number[] | null = null): Curve => ({
    ...{ key: label, label, tag: label, part: label, run: 0, split: 'train', deviation: null },
    ...{ x: Float64Array.from(x), raw: Float64Array.from(raw), notFinite: new Float64Array() },
    smoothed: smoothed && Float64Array.from(smoothed),
  });

  it('are those that were logged there, or the nearest, which say where they are', () => {
    const sparse = curve('eval', [100, 200], [0.5, Math.fround(0.1)]);
    expect(pointText(pointAt(sparse, 100)!, 100, 'step')).toBe('0.5');
    // As many digits as tell a float32.
    expect(pointText(pointAt(sparse, 160)!, 160, 'step')).toBe('0.1 at 200');
    // Of two as near the earlier; of two at one place the last.
    expect(pointAt(sparse, 150)!.x).toBe(100);
    expect(pointAt(curve('twice', [1, 1, 3], [5, 6, 7]), 2)).toMatchObject({ x: 1, value: 6 });
    expect(pointAt(curve('none', [], []), 1)).toBeNull();
  });

  it('are found without a look at each point', () => {
    const x = Float64Array.from({ length: 100_000 }, (_, index) => 2 * Math.floor(index / 3));
    let looks = 0;
    const counting = new Proxy(x, {
      get(target, key) {
        looks++;
        return Reflect.get(target, key, target) as unknown;
      },
    });
    const long = { ...curve('long', [], []), x: counting, raw: Float64Array.from(x.keys()) };
    for (const [place, index] of [
      [-5, 2],
      [0, 2],
      [5, 8],
      [5.1, 11],
      [2e6, 99_999],
    ] as const)
      expect(pointAt(long, place)!.value).toBe(index);
    expect(looks).toBeLessThan(1000);
  });

  it('are copied with names that stay in their cells and are no formulas', () => {
    expect(readoutTable([curve('=a\tb\r\nc', [1], [2])], 1, 'Step', 'step')).toBe(
      "Curve\tStep\tValue\n'=a b c\t1\t2",
    );
  });

  it('are copied as a table with all digits', () => {
    const curves = [curve('loss', [1, 2], [0.1 + 0.2, NaN], [0.25, 0.3]), curve('eval', [2], [4])];
    expect(readoutTable(curves, 1, 'Step', 'step')).toBe(
      'Curve\tStep\tValue\tSmoothed\nloss\t1\t0.30000000000000004\t0.25\neval\t2\t4\t',
    );
  });
});
