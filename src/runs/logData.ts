import type { Histograms, HyperparameterValue, Images, RunProblem, RunText, Series } from '../protocol/runs';
import { GrowingSeries } from './growingSeries';

/** What one log file has told so far. */
export class LogData {
  readonly hyperparameters: Record<string, HyperparameterValue> = {};
  readonly texts: RunText[] = [];
  readonly problems: RunProblem[] = [];
  best: { step: number; value: number | null } | null = null;
  /** How much of the log is read, from 0 to 1, where its length is known. */
  share = 0;
  private readonly byTag = new Map<string, GrowingSeries>();
  private readonly histogramsByTag = new Map<string, Histograms>();
  private readonly imagesByTag = new Map<string, Images>();

  /** Adds a point. @param wallTime seconds since 1970, NaN when the log has none. */
  point(tag: string, step: number, value: number, wallTime = NaN): void {
    if (!Number.isFinite(step)) return; // It has no place among the others.
    this.seriesOf(tag).push(step, value, wallTime);
  }

  /** The series of a tag, to which points may be added; a new one without. */
  seriesOf(tag: string): GrowingSeries {
    let series = this.byTag.get(tag);
    if (!series) this.byTag.set(tag, (series = new GrowingSeries(tag, this)));
    return series;
  }

  /** Adds a distribution. @param buckets left, right and count of each, one after the other. */
  histogram(tag: string, step: number, wallTime: number, buckets: Float64Array): void {
    let histograms = this.histogramsByTag.get(tag);
    if (!histograms) this.histogramsByTag.set(tag, (histograms = { tag, points: [] }));
    histograms.points.push({ step, wallTime, buckets });
  }

  /** Notes that there is an image; images are not kept. */
  image(tag: string, step: number): void {
    let images = this.imagesByTag.get(tag);
    if (!images) this.imagesByTag.set(tag, (images = { tag, steps: [] }));
    images.steps.push(step);
  }

  get series(): Series[] {
    return [...this.byTag.values()].map(({ series }) => series);
  }

  get histograms(): Histograms[] {
    return [...this.histogramsByTag.values()];
  }

  get images(): Images[] {
    return [...this.imagesByTag.values()];
  }
}

/** A value of a log as a number: numbers, and what loggers write for numbers that JSON does not know; null for others. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (text === '') return null;
  const number = Number(text);
  // Numbers of other bases are none of a log.
  if (!Number.isNaN(number)) return text[0] === '0' && /^0[xob]/i.test(text) ? null : number;
  const special = /^([+-])?(nan|inf|infinity)$/i.exec(text);
  if (!special) return null;
  return special[2]!.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
}
