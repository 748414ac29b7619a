/** What a benchmark is made of: measurements, each of which gives rows of the table. */
import type { BenchModel } from './benchModel';
import type { Pair } from './statistics';

export interface Aim {
  of: 'ratio' | 'value' | 'exponent';
  atMost: number;
  /** Why it may be missed, where that is known: the table says so beside a miss. */
  why?: string;
}

/** One line of the table. */
export interface Row {
  what: string;
  /** What it is compared with. */
  over: string;
  unit: 'ms' | 'MB';
  pairs: Pair[];
  /** Of a row that tells how work grows: the power of the size that its time goes with. */
  exponent?: number;
  /** null where the figure is there to understand the others. */
  aim: Aim | null;
}

export interface Measurement {
  /** As `--only` takes it. */
  name: string;
  measure(model: BenchModel): Promise<Row[]>;
}

/** Milliseconds that some work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

type Sampled<Ways> = { [Way in keyof Ways]: Ways[Way] extends () => Promise<infer Sample> ? Sample : never };

/** Takes a sample each way, one after the other, round by round; the first round warms up and is not kept. */
export async function takeTurns<Ways extends Record<string, () => Promise<unknown>>>(
  rounds: number,
  ways: Ways,
): Promise<Sampled<Ways>[]> {
  const kept: Sampled<Ways>[] = [];
  for (let round = 0; round <= rounds; round++) {
    const samples: Record<string, unknown> = {};
    for (const [name, sample] of Object.entries(ways)) samples[name] = await sample();
    if (round > 0) kept.push(samples as Sampled<Ways>);
  }
  return kept;
}
