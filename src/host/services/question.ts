import * as vscode from 'vscode';
import type { TextRange } from '../../protocol/encoding';
import { paragraphAt, splitAtBlankLine } from '../../core/passages';
import { EditorSource } from './editorSource';

/**
 * What a command is asked about: the selection, or two selections as a pair, or the paragraph at the caret.
 * A selection of two parts with a blank line between them is a pair as well.
 * @param asOne there are no pairs: two parts are one text, and two selections too many.
 * @returns the source, or a message that says what to do.
 */
export function questionFromEditor({ asOne = false } = {}): EditorSource | string {
  const editor = currentEditor();
  if (!editor) return vscode.l10n.t('Open a text file, then select a text or put the caret in a paragraph.');
  const { document } = editor;
  const selections = editor.selections
    .filter((selection) => document.getText(selection).trim() !== '')
    .sort((a, b) => a.start.compareTo(b.start));
  if (selections.length > 2) {
    return vscode.l10n.t(
      'Select one text, or two that make a sentence pair. There are {0} selections.',
      selections.length,
    );
  }
  if (asOne && selections.length > 1) {
    return vscode.l10n.t('Select one text. There are {0} selections.', selections.length);
  }
  const ranges = selections.map((selection) => offsetsOf(document, selection));
  if (ranges.length === 2) return new EditorSource(document, ranges);
  if (ranges[0]) return new EditorSource(document, asOne ? ranges : partsOf(document, ranges[0]));
  const paragraph = paragraphRange(document, editor.selection.active.line);
  if (!paragraph) return vscode.l10n.t('Select a text, or put the caret in a paragraph that is not empty.');
  return new EditorSource(document, [offsetsOf(document, paragraph)]);
}

/** The range of the paragraph at a line, without the white space around it; null on a blank line. */
export function paragraphRange(document: vscode.TextDocument, line: number): vscode.Range | null {
  const paragraph = paragraphAt(document, line);
  if (!paragraph) return null;
  const { first, last } = paragraph;
  const start = document.lineAt(first).firstNonWhitespaceCharacterIndex;
  return new vscode.Range(first, start, last, document.lineAt(last).text.trimEnd().length);
}

/** A range as offsets. */
export function offsetsOf(document: vscode.TextDocument, range: vscode.Range): TextRange {
  return { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
}

function partsOf(document: vscode.TextDocument, { start, end }: TextRange): TextRange[] {
  return splitAtBlankLine(document.getText().slice(start, end), start);
}

/** The editor that has the focus, or the only visible one while a view has it. */
function currentEditor(): vscode.TextEditor | undefined {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  if (activeTextEditor) return activeTextEditor;
  return visibleTextEditors.length === 1 ? visibleTextEditors[0] : undefined;
}
