import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';

/** The model that answered; a click chooses another. */
export function ModelButton({ model, onClick }: { model: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="link" title={l10n.t('Select another model')} onClick={onClick}>
      {l10n.t('Model: {0}', model)}
    </button>
  );
}
