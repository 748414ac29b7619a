import * as vscode from 'vscode';

/** The places in the editors that a view points at. */
export class Highlighter implements vscode.Disposable {
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
    // Transparent but in high-contrast themes, where fills are not to be relied on.
    border: '1px solid',
    borderColor: new vscode.ThemeColor('editor.findMatchHighlightBorder'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });

  /** Marks these places wherever their documents are visible, and nothing else. */
  show(places: { document: vscode.TextDocument; range: vscode.Range }[]): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const here = places.filter(({ document }) => document === editor.document);
      editor.setDecorations(
        this.decoration,
        here.map(({ range }) => range),
      );
    }
  }

  dispose(): void {
    this.decoration.dispose();
  }
}
