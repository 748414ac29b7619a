import type { HyperparameterValue, RunProblem, RunText, Series } from '../protocol/runs';

/** A series that grows while its log is read. */
class GrowingSeries {
  private length = 0;
  private steps: Float64Array = new Float64Array(16);
  private values: Float64Array = new Float64Array(16);
  private wallTimes: Float64Array | null = null;

  constructor(readonly tag: string) {}

  push(step: number, value: number, wallTime: number): void {
    if (this.length === this.steps.length) this.grow();
    this.steps[this.length] = step;
    this.values[this.length] = value;
    if (!Number.isNaN(wallTime)) this.wallTimes ??= new Float64Array(this.steps.length).fill(NaN);
    if (this.wallTimes) this.wallTimes[this.length] = wallTime;
    this.length++;
  }

  /** The points so far, as views that stay valid: what is pushed later does not change them. */
  get series(): Series {
    const cut = (values: Float64Array | null): Float64Array =>
      values?.subarray(0, this.length) ?? new Float64Array();
    return {
      tag: this.tag,
      steps: cut(this.steps),
      values: cut(this.values),
      wallTimes: cut(this.wallTimes),
    };
  }

  private grow(): void {
    const larger = (values: Float64Array): Float64Array => {
      const grown = new Float64Array(Math.ceil(values.length * 1.5));
      grown.set(values);
      return grown;
    };
    this.steps = larger(this.steps);
    this.values = larger(this.values);
    if (this.wallTimes) this.wallTimes = larger(this.wallTimes);
  }
}

/** What one log file has told so far. */
export class LogData {
  readonly hyperparameters: Record<string, HyperparameterValue> = {};
  readonly texts: RunText[] = [];
  readonly problems: RunProblem[] = [];
  best: { step: number; value: number | null } | null = null;
  private readonly byTag = new Map<string, GrowingSeries>();

  /** Adds a point. @param wallTime seconds since 1970, NaN when the log has none. */
  point(tag: string, step: number, value: number, wallTime = NaN): void {
    let series = this.byTag.get(tag);
    if (!series) this.byTag.set(tag, (series = new GrowingSeries(tag)));
    series.push(step, value, wallTime);
  }

  get series(): Series[] {
    return [...this.byTag.values()].map(({ series }) => series);
  }
}

/** A value of a log as a number: numbers, and what loggers write for numbers that JSON does not know; null for others. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const special = /^([+-])?(nan|inf|infinity)$/i.exec(text);
  if (special) return special[2]!.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
