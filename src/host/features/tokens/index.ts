import * as vscode from 'vscode';
import type { TokensResult } from '../../../protocol/inspections';
import type { TokensViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';

/** The command and the view that show a text as the model's tokens. */
export function registerTokens(services: Services): vscode.Disposable {
  const place = { viewType: 'headlight.tokens', title: vscode.l10n.t('Tokens') };
  const view = new InspectionPanel<TokensResult, TokensViewRequests>(services, place, {
    bundle: 'tokens',
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
