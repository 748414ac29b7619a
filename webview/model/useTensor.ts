import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import type { ModelFacts, RolePlace } from '../../src/protocol/models';
import type { TensorResult } from '../../src/protocol/tensor';
import type { ModelHost } from './ModelView';

/** A tensor that arrived, why it did not, or neither while it is on its way. */
export interface LoadedTensor {
  tensor: TensorResult | null;
  problem: string | null;
  /** The newest question is not answered yet. */
  isLoading: boolean;
}

/** Of no text. */
const nothing = { text: '', tensor: null, problem: null, isLoading: false };

/**
 * The tensor in a place, asked for anew whenever the place or the text changes. The one before stays for as long as
 * another of the same text is on its way.
 * @param place null to ask for nothing. @param result the facts that the host gave last: it may have asked anew.
 * @param text what changes with the model and the text.
 */
export function useTensor(
  host: ModelHost,
  place: RolePlace | null,
  result: ModelFacts,
  text: string,
  window: number,
): LoadedTensor {
  const [loaded, setLoaded] = useState<LoadedTensor & { text: string }>(nothing);
  useEffect(() => {
    if (!place) return setLoaded(nothing);
    const run = new AbortController();
    setLoaded((before) => ({ ...(before.text === text ? before : nothing), text, isLoading: true }));
    const { role, stack, layer } = place;
    host.request('tensor', { role, stack, layer, window }, { signal: run.signal }).then(
      (tensor) => {
        if (!run.signal.aborted) setLoaded({ text, tensor, problem: null, isLoading: false });
      },
      (thrown: unknown) => {
        if (run.signal.aborted) return;
        setLoaded({ text, tensor: null, problem: toHeadlightError(thrown).message, isLoading: false });
      },
    );
    return () => run.abort();
  }, [place?.role, place?.stack, place?.layer, text, result, window]);
  return loaded;
}
