import * as vscode from 'vscode';

/** The one range in the editors that a view points at. */
export class Highlighter implements vscode.Disposable {
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
    // Transparent but in high-contrast themes, where fills are not to be relied on.
    border: '1px solid',
    borderColor: new vscode.ThemeColor('editor.findMatchHighlightBorder'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });

  /** Marks a range wherever its document is visible, and nothing else. */
  show(document: vscode.TextDocument, range: vscode.Range): void {
    for (const editor of vscode.window.visibleTextEditors) {
      editor.setDecorations(this.decoration, editor.document === document ? [range] : []);
    }
  }

  clear(): void {
    for (const editor of vscode.window.visibleTextEditors) editor.setDecorations(this.decoration, []);
  }

  dispose(): void {
    this.decoration.dispose();
  }
}
