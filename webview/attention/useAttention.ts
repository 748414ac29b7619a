import { useEffect, useRef, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import type { AttentionBytes, AttentionResult, HeadIndex } from '../../src/protocol/attention';
import type { AttentionContent, AttentionViewRequests } from '../../src/protocol/views';
import type { Host } from '../shared/host';

export type AttentionHost = Host<AttentionContent, AttentionViewRequests>;

/** Cells of a tile: more than a tile of a wide panel has pixels. */
const atlasCells = 64;

/** A trace and its pictures, all of one run. */
export interface LoadedAttention {
  result: AttentionResult;
  atlas: AttentionBytes;
  /** One head, and which; the one before for as long as another is on its way. */
  head: AttentionBytes;
  index: HeadIndex;
  /** When the newest of it arrived, in milliseconds of the performance timeline. */
  arrived: number;
}

/**
 * The newest run and its pictures. What is shown changes at once when all of it has arrived.
 * @returns the attention, and why it could not be had.
 */
export function useAttention(
  host: AttentionHost,
  result: AttentionResult,
  { layer, head }: HeadIndex,
): { loaded: LoadedAttention | null; problem: string | null } {
  const [loaded, setLoaded] = useState<LoadedAttention | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    const { trace } = result;
    const isNew = loaded?.result.trace !== trace;
    const load = async (): Promise<void> => {
      const [atlas, weights] = await Promise.all([
        isNew ? host.request('slice', { trace, slice: { kind: 'atlas', cells: atlasCells } }) : loaded.atlas,
        host.request('slice', { trace, slice: { kind: 'head', layer, head } }),
      ]);
      if (!current) return;
      setLoaded({ result, atlas, head: weights, index: { layer, head }, arrived: performance.now() });
      setProblem(null);
    };
    load().catch((thrown: unknown) => {
      const error = toHeadlightError(thrown);
      // The host runs the model again for a trace that is gone.
      if (current && error.code !== 'TraceGone') setProblem(error.message);
    });
    return () => (current = false);
  }, [result.trace, layer, head]);
  return { loaded, problem };
}

/** Exact weights of one query of a head over all keys; null while they are on their way. */
export function useRow(
  host: AttentionHost,
  trace: string | undefined,
  { layer, head }: HeadIndex,
  query: number | null,
): Float32Array | null {
  const rows = useRef(new Map<string, Float32Array>());
  const [, setArrived] = useState(0);
  const name = `${trace} ${layer}.${head} ${query}`;
  useEffect(() => {
    if (trace === undefined || query === null || rows.current.has(name)) return;
    host.request('weights', { trace, layer, head, query }).then(
      (row) => {
        if (rows.current.size >= keptRows) rows.current.clear();
        rows.current.set(name, row);
        setArrived((count) => count + 1);
      },
      () => {}, // The pictures of the same trace say what is wrong.
    );
  }, [name]);
  return rows.current.get(name) ?? null;
}

/** Rows of a few heads at 512 tokens: 4 MB. */
const keptRows = 2048;
