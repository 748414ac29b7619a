import * as vscode from 'vscode';

/** Lets a person choose a model folder or file in VS Code's own dialog. @returns its absolute path. */
export async function openDialog(what: 'openFolder' | 'openFile'): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFolders: what === 'openFolder',
    canSelectFiles: what === 'openFile',
    filters: what === 'openFile' ? { [vscode.l10n.t('ONNX models')]: ['onnx'] } : undefined,
    openLabel: vscode.l10n.t('Use This Model'),
  });
  return picked?.[0]?.fsPath;
}
