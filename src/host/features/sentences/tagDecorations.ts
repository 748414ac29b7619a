import * as vscode from 'vscode';
import { labelColours, labelsOf } from '../../../core/labelColours';
import { percent } from '../../../core/percent';
import type { TagSpan } from '../../../protocol/sentences';
import type { EditorSource } from '../../services/editorSource';

/** What tags mark, underlined in the editor with a colour for each label; label and confidence in the hover. */
export class TagDecorations implements vscode.Disposable {
  private readonly types = labelColours.map((colour) =>
    vscode.window.createTextEditorDecorationType({
      borderStyle: 'solid',
      borderWidth: '0 0 2px 0',
      borderColor: new vscode.ThemeColor(`charts.${colour}`),
      overviewRulerColor: new vscode.ThemeColor(`charts.${colour}`),
    }),
  );

  /** Marks spans of a source wherever it is visible, and nothing else. */
  show(spans: readonly TagSpan[], source: EditorSource | undefined): void {
    const labels = labelsOf(spans);
    const places = spans.flatMap(({ label, probability, start, end }) => {
      const place = source?.locate({ sequence: 0, start, end });
      const hoverMessage = new vscode.MarkdownString().appendText(`${label} · ${percent(probability)}`);
      return place ? [{ ...place, hoverMessage, colour: labels.indexOf(label) % labelColours.length }] : [];
    });
    for (const editor of vscode.window.visibleTextEditors) {
      this.types.forEach((type, colour) =>
        editor.setDecorations(
          type,
          places.filter((place) => place.document === editor.document && place.colour === colour),
        ),
      );
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.types).dispose();
  }
}
