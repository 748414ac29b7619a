import type { Series } from '../protocol/runs';

/** By how much an array grows at least, and how much more than foreseen. */
const growth = 1.5;
const reserve = 1.03;

/**
 * A series that grows while its log is read: three float64 a point, and room that is not touched before it is used. How
 * many points come is foreseen from how much of the log is read, so that little is copied to grow.
 */
export class GrowingSeries {
  private length = 0;
  private steps: Float64Array = new Float64Array(16);
  private values: Float64Array = new Float64Array(16);
  private wallTimes: Float64Array | null = null;

  /** @param log `share`: how much of the log is read, from 0 to 1. */
  constructor(
    readonly tag: string,
    private readonly log: { readonly share: number },
  ) {}

  /** @param wallTime seconds since 1970, NaN when the log has none. */
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
    const foreseen = this.log.share > 0 ? (this.length / this.log.share) * reserve : 0;
    const capacity = Math.ceil(Math.max(this.length * growth, foreseen));
    const larger = (values: Float64Array): Float64Array => {
      const grown = new Float64Array(capacity);
      grown.set(values);
      return grown;
    };
    this.steps = larger(this.steps);
    this.values = larger(this.values);
    if (this.wallTimes) this.wallTimes = larger(this.wallTimes);
  }
}
