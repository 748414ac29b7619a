import * as vscode from 'vscode';
import { maskMark, findMaskMarks } from '../../../core/maskMarks';
import type { TextRange } from '../../../protocol/encoding';
import { EditorSource } from '../../services/editorSource';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { WordCompletion } from './completion';
import { Expectations, proseLanguages } from './expectations';
import { fillMask } from './fillMask';
import { WordHover } from './hover';
import { hoverCommands } from './hoverText';
import { createView } from './view';

/** A passage that a hover's link names. */
interface Passage extends TextRange {
  documentUri: string;
}

/** The command, the view, the hover and the suggestions that show what the model expects in place of `[MASK]`. */
export function registerMaskedWords(services: Services): vscode.Disposable {
  const view = createView(services);
  const { languages } = vscode;
  const expectations = new Expectations(services);
  return vscode.Disposable.from(
    view,
    languages.registerHoverProvider(proseLanguages, new WordHover(services, expectations)),
    languages.registerCompletionItemProvider(proseLanguages, new WordCompletion(services, expectations)),
    vscode.commands.registerCommand(hoverCommands.fill, fillMask),
    vscode.commands.registerCommand(hoverCommands.open, async (passage?: Passage) => {
      const source = passage?.documentUri ? await sourceOf(passage) : questionFromEditor();
      if (typeof source === 'string') return void vscode.window.showInformationMessage(source);
      if (source.texts.some((text) => findMaskMarks(text).length > 0)) return view.open(source);
      source.dispose();
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'The text has no {0}. Write {0} in place of the words to predict, then run this again.',
          maskMark,
        ),
      );
    }),
  );
}

async function sourceOf({ documentUri, start, end }: Passage): Promise<EditorSource> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(documentUri));
  return new EditorSource(document, [{ start, end }]);
}
