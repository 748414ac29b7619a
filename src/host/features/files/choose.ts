import * as vscode from 'vscode';
import { questionKindOf, type FileQuestion, type RowQuestion } from '../../../protocol/files';
import { beside, pickFile, pickOutput } from '../../services/pickFiles';
import { sayError } from '../../services/sayError';
import type { Services } from '../../services/services';

/**
 * Lets a person say what is asked of which file; undefined when they do not.
 * @param given the file, where it was chosen in a menu.
 */
export async function chooseFileQuestion(
  services: Services,
  given: vscode.Uri | undefined,
): Promise<FileQuestion | undefined> {
  const title = vscode.l10n.t('Ask About Each Row of a File');
  const file = given?.fsPath ?? (await pickFile(title));
  if (file === undefined) return undefined;
  try {
    const kind = await pickKind(title);
    if (!kind) return undefined;
    const { columns } = await services.engine.request('fileColumns', { file });
    const column =
      columns.length === 0
        ? null
        : await vscode.window.showQuickPick(columns, {
            title,
            placeHolder: vscode.l10n.t('The column that is read'),
          });
    if (column === undefined) return undefined;
    const model = await services.models.current(questionKindOf[kind]);
    const output = await pickOutput(title, beside(file, `${kind}.jsonl`));
    return output === undefined ? undefined : { model, kind, file, column, output };
  } catch (thrown) {
    await sayError(services, title, thrown);
    return undefined;
  }
}

async function pickKind(title: string): Promise<RowQuestion | undefined> {
  const items: { label: string; asks: RowQuestion }[] = [
    { label: vscode.l10n.t('Its class'), asks: 'classes' },
    { label: vscode.l10n.t('What its words are tagged as'), asks: 'tags' },
    { label: vscode.l10n.t('The words in place of its masks'), asks: 'fill' },
    { label: vscode.l10n.t('Its pseudo-log-likelihood'), asks: 'score' },
  ];
  const placeHolder = vscode.l10n.t('What is asked of each row');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.asks;
}
