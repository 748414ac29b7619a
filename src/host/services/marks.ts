import * as vscode from 'vscode';
import type { Place } from './editorSource';

/** A place in a document, and which look it has. */
interface Mark<Look extends PropertyKey> extends Place {
  look: Look;
}

/** Decorations that say something about a text as it was: an edit takes them away. */
export class Marks<Look extends PropertyKey> implements vscode.Disposable {
  private readonly decorations: readonly [Look, vscode.TextEditorDecorationType][];
  private marks: Mark<Look>[] = [];
  private readonly subscriptions = [
    vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && this.marks.some((mark) => mark.document === document)) this.show([]);
    }),
  ];

  constructor(looks: readonly [Look, vscode.DecorationRenderOptions][]) {
    this.decorations = looks.map(([look, options]) => {
      // What is typed at the end of a range is no part of it.
      const rangeBehavior = vscode.DecorationRangeBehavior.ClosedClosed;
      return [look, vscode.window.createTextEditorDecorationType({ ...options, rangeBehavior })];
    });
  }

  /** Marks these places wherever their documents are visible, and nothing else. */
  show(marks: Mark<Look>[]): void {
    this.marks = marks;
    this.draw();
  }

  dispose(): void {
    vscode.Disposable.from(...this.decorations.map(([, type]) => type), ...this.subscriptions).dispose();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const here = this.marks.filter(({ document }) => document === editor.document);
      for (const [own, decoration] of this.decorations) {
        editor.setDecorations(
          decoration,
          here.filter(({ look }) => look === own).map(({ range }) => range),
        );
      }
    }
  }
}
