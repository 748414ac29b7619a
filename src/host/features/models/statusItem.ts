import * as vscode from 'vscode';
import { questionKinds } from '../../services/models';
import type { Services } from '../../services/services';
import { kindName } from './describe';

/** Says in the status bar which model answers: the one that was asked last; a click chooses another. */
export function registerStatusItem({ models }: Services): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('headlight.model', vscode.StatusBarAlignment.Right, 10);
  item.name = vscode.l10n.t('Headlight: Model');
  item.command = 'headlight.selectModel';
  const show = (): void => {
    const asked = models.lastAnswering;
    // Before the first question no engine runs to say what each model can answer: the default can read tokens.
    const model = asked
      ? (models.chosen(asked.kind) ?? asked.model)
      : (models.chosen('tokens') ?? models.list()[0]?.path);
    if (model === undefined) return item.hide();
    const { name } = models.entry(model);
    item.text = `$(chip) ${name.replaceAll('$(', '$ (')}`;
    const chosen = questionKinds.flatMap((kind) => {
      const other = models.chosen(kind);
      return other ? [`${kindName(kind)}: ${models.entry(other).name}`] : [];
    });
    item.tooltip = [
      asked
        ? vscode.l10n.t('Headlight asked {0} last, for: {1}', name, kindName(asked.kind))
        : vscode.l10n.t('Headlight will ask {0}', name),
      ...(chosen.length > 0 ? [vscode.l10n.t('Chosen in this workspace:'), ...chosen] : []),
    ].join('\n');
    item.accessibilityInformation = { label: vscode.l10n.t('Headlight model: {0}', name) };
    item.show();
  };
  show();
  return vscode.Disposable.from(item, models.onDidChange(show), models.onDidAsk(show));
}
