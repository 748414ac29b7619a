import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { WrittenByModel } from '../../src/protocol/views';

interface GeneratedTextProps {
  result: WrittenByModel & { lacksTarget: boolean; canGenerate: boolean; target: EncodedToken[] | null };
  onGenerate: (generates: boolean) => void;
}

/** What the model wrote and read, and the way to let it; nothing for a model that generates no text. */
export function GeneratedText({ result, onGenerate }: GeneratedTextProps): JSX.Element | null {
  const { lacksTarget, canGenerate, generates, generated, generationProblem, target } = result;
  if (!canGenerate && !lacksTarget) return null;
  const hasTarget = target !== null || lacksTarget;
  return (
    <p class="faint notes">
      {lacksTarget &&
        l10n.t(
          'The model has a decoder, too. To see what it attends to, select a second text as its target, or put one after a blank line.',
        )}
      {generated !== null &&
        (hasTarget
          ? l10n.t('The target is generated: “{0}”', generated.trim())
          : l10n.t('Generated after the text: “{0}”', generated.trim()))}
      {canGenerate &&
        generates &&
        generated === null &&
        (generationProblem ?? l10n.t('The model writes nothing here.'))}{' '}
      {canGenerate && (
        <button type="button" class="link" onClick={() => onGenerate(!generates)}>
          {generates
            ? l10n.t('Do Not Generate')
            : hasTarget
              ? l10n.t('Generate the Target')
              : l10n.t('Generate a Continuation')}
        </button>
      )}
    </p>
  );
}
