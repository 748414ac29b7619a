import * as vscode from 'vscode';
import type { BoundaryLook } from '../../../protocol/views';
import { Marks } from '../../services/marks';

/** A look, of every other token: VS Code draws neighbours of one kind as a single range. */
type AlternatingLook = `${BoundaryLook} ${0 | 1}`;

/** The look of a boundary by the place of its token among all. */
export function lookAt(look: BoundaryLook, index: number): AlternatingLook {
  return `${look} ${index % 2 === 0 ? 0 : 1}`;
}

/** Lines where tokens begin: solid for words, dotted for pieces inside them; unknown ones are underlined. */
export function boundaryMarks(): Marks<AlternatingLook> {
  const blue = new vscode.ThemeColor('charts.blue');
  const warning = new vscode.ThemeColor('editorWarning.foreground');
  const looks: [BoundaryLook, vscode.DecorationRenderOptions][] = [
    ['word', { borderColor: blue, borderStyle: 'solid', borderWidth: '0 0 0 1px' }],
    ['piece', { borderColor: blue, borderStyle: 'dotted', borderWidth: '0 0 0 1px' }],
    ['unknown', { borderColor: warning, borderStyle: 'solid', borderWidth: '0 0 2px 1px' }],
  ];
  return new Marks<AlternatingLook>(
    looks.flatMap(([look, options]) => [
      [lookAt(look, 0), options],
      [lookAt(look, 1), options],
    ]),
  );
}
