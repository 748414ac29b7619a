import { everyToken, oneHead } from '../../../src/core/attention/units';
import type { TraceStore } from '../../../src/engine/traces';
import type { AttentionResult } from '../../../src/protocol/attention';

/** All weights of the first stack of a trace, `[query][key]` for each head of each layer. */
export function headsOf(traces: TraceStore, { trace, stacks }: AttentionResult): Promise<Float32Array[]> {
  const [{ stack, layers, heads }] = stacks as [AttentionResult['stacks'][number]];
  const { signal } = new AbortController();
  return Promise.all(
    Array.from({ length: layers * heads }, (_, at) => {
      const source = oneHead({ layer: Math.floor(at / heads), head: at % heads });
      return traces.stack({ trace, stack }).weights({ source, shape: everyToken }, signal);
    }),
  );
}
