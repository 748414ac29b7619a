import * as vscode from 'vscode';
import { surpriseLevels } from '../../../core/surprise';

/** A word in a document with its level of surprise. */
interface Mark {
  document: vscode.TextDocument;
  range: vscode.Range;
  /** 1 to `surpriseLevels`. */
  level: number;
}

/** Lines below the words that surprise a model, thicker where it is surprised more. */
export class SurpriseMarks implements vscode.Disposable {
  private readonly decorations = Array.from({ length: surpriseLevels }, (_, index) =>
    vscode.window.createTextEditorDecorationType({
      borderStyle: 'solid',
      borderColor: new vscode.ThemeColor('charts.yellow'),
      borderWidth: `0 0 ${index + 1}px 0`,
      // What is typed at the end of a word is no part of it.
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  );
  private marks: Mark[] = [];
  private readonly subscriptions = [
    vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
    // A score is of the text as it was.
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (this.marks.some((mark) => mark.document === document)) this.show([]);
    }),
  ];

  /** Marks these words wherever their documents are visible, and nothing else. */
  show(marks: Mark[]): void {
    this.marks = marks;
    this.draw();
  }

  dispose(): void {
    vscode.Disposable.from(...this.decorations, ...this.subscriptions).dispose();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      this.decorations.forEach((decoration, index) => {
        const here = this.marks.filter(
          ({ document, level }) => document === editor.document && level === index + 1,
        );
        editor.setDecorations(
          decoration,
          here.map(({ range }) => range),
        );
      });
    }
  }
}
