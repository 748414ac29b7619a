import path from 'node:path';
import * as vscode from 'vscode';
import type { TextRange } from '../../../protocol/encoding';
import { sayNotChanged } from '../../services/editorSource';

/** A mask or a word in a document, and what to put in its place. */
export interface FillRequest extends TextRange {
  documentUri: string;
  /** What stands there. */
  replaces: string;
  text: string;
}

/** Puts a word in the place of a mask or of another word as one undo step, if that still stands there. */
export async function fillMask({ documentUri, start, end, replaces, text }: FillRequest): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(documentUri));
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  if (document.getText(range) !== replaces) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'The text has changed: there is no {0} in that place now, so nothing was filled in.',
        replaces,
      ),
    );
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, text);
  if (!(await vscode.workspace.applyEdit(edit))) sayNotChanged(path.posix.basename(document.uri.path));
}
