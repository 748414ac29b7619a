import * as vscode from 'vscode';
import type { Models } from '../../services/models';
import { questionFromEditor } from '../../services/question';

/** What attention is compared with: another model over the same text, or the same model over other texts. */
export interface Other {
  model: string | null;
  texts: string[] | null;
}

/** Lets a person say what to compare with; undefined when there is nothing, and the reason has been said. */
export async function chooseOther(models: Models, what: 'model' | 'selection'): Promise<Other | undefined> {
  if (what === 'selection') {
    const source = questionFromEditor();
    if (typeof source === 'string') {
      void vscode.window.showInformationMessage(source);
      return undefined;
    }
    const { texts } = source;
    source.dispose();
    return { model: null, texts };
  }
  const known = await models.thatAnswer('attention');
  const items = known.map(({ name, path }) => ({ label: name, detail: path, path }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Compare Attention'),
    placeHolder: vscode.l10n.t('A model to run over the same text'),
  });
  return picked && { model: picked.path, texts: null };
}
