/** What a soak is told, and what memory did meanwhile. */
import { quantile } from '../bench/statistics';

/** What test/soak/host is told, as JSON in the environment variable `HEADLIGHT_SOAK_TASK`. */
export interface SoakTask {
  inspections: number;
  /** How often memory is looked at. */
  samples: number;
  resultFile: string;
}

/** What it answers, as JSON in the result file. */
export type SoakResult = { samples: MemorySample[] } | { error: string };

/** Memory after so many inspections. */
export interface MemorySample {
  inspections: number;
  /** Objects and buffers that the extension host still holds after its garbage was collected. */
  hostBytes: number;
  /** Resident memory of the engine's process. */
  engineBytes: number;
}

export interface MemoryChange {
  /** Median of the second quarter of the samples: what is loaded and kept once is there by then. */
  beforeBytes: number;
  /** Median of the last quarter. */
  afterBytes: number;
  /** By what share the second is more than the first. */
  growth: number;
}

/** The share by which memory may differ and still count as flat: what allocators round and keep. */
export const flat = 0.05;

/** @param samples at least eight, in their order. */
export function memoryChange(
  samples: readonly MemorySample[],
  of: 'hostBytes' | 'engineBytes',
): MemoryChange {
  if (samples.length < 8) throw new Error(`${samples.length} samples are too few to tell growth.`);
  const median = (from: number, to: number): number => {
    const [start, end] = [from, to].map((share) => Math.round(share * samples.length));
    return quantile(
      samples.slice(start, end).map((sample) => sample[of]),
      0.5,
    );
  };
  const [beforeBytes, afterBytes] = [median(0.25, 0.5), median(0.75, 1)];
  return { beforeBytes, afterBytes, growth: afterBytes / beforeBytes - 1 };
}
