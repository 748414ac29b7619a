import * as vscode from 'vscode';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';

/** Milliseconds that a selection has to stay as it is before it is counted. */
const restTime = 300;
/** Characters above which a selection is not counted without being asked. */
const mostCharacters = 200_000;

/**
 * Says in the status bar how many tokens the selected text has, and how many the model reads. Counts while the engine
 * runs anyway: selecting text does not start it.
 */
export function registerTokenCount({ engine, models }: Services): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('headlight.tokenCount', vscode.StatusBarAlignment.Right, 11);
  item.name = vscode.l10n.t('Headlight: Tokens');
  item.command = 'headlight.showTokens';
  let run = new AbortController();
  let rest: NodeJS.Timeout | undefined;

  const count = async (texts: string[], { signal }: AbortController): Promise<void> => {
    const model = models.chosen('tokens') ?? (await models.defaultFor('tokens'));
    const [text, pair] = texts;
    const question = { model, text: text!, pair, most: 0 };
    const { counts, maximumLength } = await engine.request('tokens', question, { signal });
    if (signal.aborted) return;
    const isOver = maximumLength !== null && counts.tokens > maximumLength;
    const most = maximumLength === null ? '' : ` / ${maximumLength}`;
    item.text = vscode.l10n.t('{0} tokens', `${counts.tokens}${most}`);
    item.tooltip = isOver
      ? vscode.l10n.t('The selection has more tokens than the model reads at once. Show them.')
      : vscode.l10n.t('Tokens of the selection, with those that the tokenizer adds. Show them.');
    item.backgroundColor = isOver ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  const follow = (): void => {
    run.abort();
    clearTimeout(rest);
    const own = (run = new AbortController());
    rest = setTimeout(() => {
      const selected = selectedTexts();
      if (!selected || !engine.running) return item.hide();
      // A count that cannot be had is left out: nobody asked for it.
      count(selected, own).catch(() => own.signal.aborted || item.hide());
    }, restTime);
  };
  return vscode.Disposable.from(
    item,
    vscode.window.onDidChangeTextEditorSelection(follow),
    vscode.window.onDidChangeActiveTextEditor(follow),
    models.onDidChange(follow),
    // The engine may be about to start.
    models.onDidAsk(follow),
    {
      dispose() {
        clearTimeout(rest);
        run.abort();
      },
    },
  );
}

/** The selected text of the editor that has the focus, or two that make a pair, as the command would show them. */
function selectedTexts(): string[] | null {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return null;
  const { document, selections } = editor;
  const length = selections.reduce(
    (sum, { start, end }) => sum + document.offsetAt(end) - document.offsetAt(start),
    0,
  );
  // Without a selection, the command would take the paragraph.
  if (length > mostCharacters || selections.every((each) => document.getText(each).trim() === ''))
    return null;
  const source = questionFromEditor();
  if (typeof source === 'string') return null;
  source.dispose();
  return source.texts;
}
