import path from 'node:path';
import * as vscode from 'vscode';
import { RunsClient } from '../../client/runsClient';
import { onDidChangeSetting, setting } from './settings';

/** The reader of training logs, in the editor's language. It starts with the first question, and anew when its setting changes. */
export function createRuns(context: vscode.ExtensionContext): RunsClient {
  const entry = path.join(context.extensionPath, 'dist', 'runs.js');
  const runs = new RunsClient(entry, () => ({
    translations: vscode.l10n.bundle,
    checkData: setting('runs.checkData'),
  }));
  const restart = onDidChangeSetting('runs.checkData', () => void runs.dispose());
  context.subscriptions.push(restart, { dispose: () => void runs.dispose() });
  return runs;
}
