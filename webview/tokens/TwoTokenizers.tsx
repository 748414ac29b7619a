import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { SourceRange, TokensViewResult } from '../../src/protocol/views';
import { AlignedTokens } from '../shared/AlignedTokens';
import { Button } from '../shared/ui';

interface TwoTokenizersProps {
  result: TokensViewResult;
  texts: string[];
  onChoose: () => void;
  onDrop: () => void;
  onPoint: (range: SourceRange | null) => void;
  onReveal: (range: SourceRange, focus: boolean) => void;
}

/** The tokens of two models over the same text, aligned on it. */
export function TwoTokenizers({
  result,
  texts,
  onChoose,
  onDrop,
  onPoint,
  onReveal,
}: TwoTokenizersProps): JSX.Element {
  const { other, otherProblem } = result;
  return (
    <section class="two">
      <div class="actions">
        <Button onClick={onChoose}>{l10n.t('Compare with Another Tokenizer…')}</Button>
        {(other ?? otherProblem) !== null && (
          <Button secondary onClick={onDrop}>
            {l10n.t('Stop Comparing')}
          </Button>
        )}
      </div>
      {otherProblem !== null && (
        <p class="problem" role="alert">
          {otherProblem}
        </p>
      )}
      {other ? (
        <AlignedTokens {...{ result, other, texts, onPoint, onReveal }} />
      ) : (
        <p class="faint">{l10n.t('Choose a second model to see how its tokenizer cuts the same text.')}</p>
      )}
    </section>
  );
}
