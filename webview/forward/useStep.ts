import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import { mostProductsOfCard } from '../../src/core/forward/cardBudget';
import type { ForwardStepResult } from '../../src/protocol/forward';
import type { ForwardHost } from './ForwardView';

/** A step that arrived, why it did not, or neither while it is on its way. */
export interface LoadedStep {
  step: number;
  result: ForwardStepResult | null;
  problem: string | null;
  /** The newest question is not answered yet. */
  isLoading: boolean;
}

/** A step of a trace for one token. The one before stays while the same step for another token is on its way. */
export function useStep(host: ForwardHost, trace: string, step: number, token: number): LoadedStep {
  const nothing = { step, result: null, problem: null, isLoading: true };
  const [loaded, setLoaded] = useState<LoadedStep & { trace: string }>({ ...nothing, trace });
  useEffect(() => {
    let isCurrent = true;
    const isSame = (before: LoadedStep & { trace: string }): boolean =>
      before.step === step && before.trace === trace;
    setLoaded((before) => ({ ...(isSame(before) ? before : nothing), trace, isLoading: true }));
    host.request('step', { trace, step, token, mostProducts: mostProductsOfCard }).then(
      (result) => {
        if (isCurrent) setLoaded({ trace, step, result, problem: null, isLoading: false });
      },
      (thrown: unknown) => {
        const problem = toHeadlightError(thrown).message;
        if (isCurrent) setLoaded({ trace, step, result: null, problem, isLoading: false });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [trace, step, token]);
  return loaded.step === step && loaded.trace === trace ? loaded : nothing;
}
