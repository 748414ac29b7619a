import * as vscode from 'vscode';
import type { BoundaryLook } from '../../../protocol/views';
import { Marks } from '../../services/marks';

/** Lines where tokens begin: solid for words, dotted for pieces inside them; unknown ones are underlined. */
export function boundaryMarks(): Marks<BoundaryLook> {
  const blue = new vscode.ThemeColor('charts.blue');
  const warning = new vscode.ThemeColor('editorWarning.foreground');
  return new Marks<BoundaryLook>([
    ['word', { borderColor: blue, borderStyle: 'solid', borderWidth: '0 0 0 1px' }],
    ['piece', { borderColor: blue, borderStyle: 'dotted', borderWidth: '0 0 0 1px' }],
    ['unknown', { borderColor: warning, borderStyle: 'solid', borderWidth: '0 0 2px 1px' }],
  ]);
}
