import * as vscode from 'vscode';
import { toHeadlightError } from '../../core/errors';
import type { Services } from './services';

/** Shows what went wrong, unless a person cancelled it, with the way to trust a workspace where that is missing. */
export async function sayError({ log }: Services, doing: string, thrown: unknown): Promise<void> {
  const { code, message } = toHeadlightError(thrown);
  if (code === 'Cancelled') return;
  log.error(`${doing}: ${message}`);
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const answer = await vscode.window.showErrorMessage(message, ...(code === 'NotTrusted' ? [manage] : []));
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}
