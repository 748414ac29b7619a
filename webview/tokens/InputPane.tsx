import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import type { TokensResult } from '../../src/protocol/inspections';
import type { InputResult } from '../../src/protocol/tensor';
import type { SourceRange } from '../../src/protocol/views';
import { shortNumber } from '../shared/heatStrip/cells';
import { InputFigure, partName } from '../shared/inputFigure/InputFigure';
import { rangeOf } from '../shared/linking';

interface InputPaneProps {
  /** The tokens on show: when they change, the model is asked again. */
  result: TokensResult;
  ask: (signal: AbortSignal) => Promise<InputResult>;
  onPoint: (range: SourceRange | null) => void;
  onReveal: (range: SourceRange | null, focus: boolean) => void;
}

/** The embeddings of the text on show, and whether they add up to what the first layer reads. */
export function InputPane({ result, ask, onPoint, onReveal }: InputPaneProps): JSX.Element {
  const { input, problem } = useInput(result, ask);
  const [pointed, setPointed] = useState<number | null>(null);
  if (problem !== null) {
    return (
      <p class="problem" role="alert">
        {problem}
      </p>
    );
  }
  if (!input) return <p role="status">{l10n.t('Running the model…')}</p>;
  const { tokens, parts, missing, difference, window, tokenCount } = input;
  return (
    <section class="input">
      {window && (
        <p class="faint">
          {l10n.t('The text has {0} tokens; the model reads {1} at once.', tokenCount, tokens.length)}{' '}
          {l10n.t('Window {0} of {1}: characters {2}–{3}', 1, window.count, window.start, window.end)}
        </p>
      )}
      {parts.length > 0 && (
        <InputFigure
          {...{ tokens, parts, pointed }}
          onPoint={(token) => {
            setPointed(token);
            onPoint(token === null ? null : rangeOf(tokens[token]));
          }}
          onReveal={(token, focus) => onReveal(rangeOf(tokens[token]), focus)}
        />
      )}
      <p class="faint">
        {l10n.t('The number below each strip is the Euclidean norm of its vector.')}{' '}
        {difference !== null &&
          l10n.t('The parts add up to the model’s own input within {0}.', shortNumber(difference))}
      </p>
      {missing.length > 0 && (
        <ul class="faint">
          {missing.map(({ role, reason }) => (
            <li key={role}>
              {partName(role)}: {reason}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function useInput(
  result: TokensResult,
  ask: InputPaneProps['ask'],
): { input: InputResult | null; problem: string | null } {
  const [loaded, setLoaded] = useState<{
    of: TokensResult | null;
    input: InputResult | null;
    problem: string | null;
  }>({ of: null, input: null, problem: null });
  useEffect(() => {
    const run = new AbortController();
    ask(run.signal).then(
      (input) => {
        if (!run.signal.aborted) setLoaded({ of: result, input, problem: null });
      },
      (thrown: unknown) => {
        const problem = toHeadlightError(thrown).message;
        if (!run.signal.aborted) setLoaded({ of: result, input: null, problem });
      },
    );
    return () => run.abort();
  }, [result]);
  return loaded.of === result ? loaded : { input: null, problem: null };
}
