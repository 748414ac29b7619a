import path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../../services/services';

/** The command that gives somebody without a text one to try things on: a copy, with a masked sentence selected. */
export function registerSample({ context }: Services): vscode.Disposable {
  let sample: vscode.TextDocument | undefined;
  return vscode.commands.registerCommand('headlight.openSample', async () => {
    if (!sample || sample.isClosed) {
      const name = vscode.env.language.startsWith('zh') ? '中文.md' : 'english.md';
      const file = vscode.Uri.file(path.join(context.extensionPath, 'media/sample', name));
      const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
      sample = await vscode.workspace.openTextDocument({ language: 'markdown', content });
    }
    const editor = await vscode.window.showTextDocument(sample, vscode.ViewColumn.One);
    const masked = sample
      .getText()
      .split(/\r?\n/)
      .findIndex((line) => line.includes('[MASK]'));
    if (masked < 0 || !editor.selection.isEmpty) return;
    const { range } = sample.lineAt(masked);
    editor.selection = new vscode.Selection(range.start, range.end);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  });
}
