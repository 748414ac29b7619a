import * as vscode from 'vscode';
import type { TokensResult } from '../../../protocol/inspections';
import type { TokensViewRequests } from '../../../protocol/views';
import { InspectionView } from '../../services/inspectionView';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';

/** The command and the view that show a text as the model's tokens. */
export function registerTokens(services: Services): vscode.Disposable {
  const view = new InspectionView<TokensResult, TokensViewRequests>(services, {
    viewType: 'headlight.tokens',
    bundle: 'tokens',
    title: vscode.l10n.t('Tokens'),
    kind: 'tokens',
    busyMessage: vscode.l10n.t('Tokenizing…'),
    ask: (question, options) => services.engine.request('tokens', question, options),
    handlers: (common) => common,
  });
  const command = vscode.commands.registerCommand('headlight.showTokens', async () => {
    const source = questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, command);
}
