import path from 'node:path';
import * as vscode from 'vscode';
import { RunsClient } from '../../client/runsClient';

/** The reader of training logs, in the editor's language. It starts with the first question. */
export function createRuns(context: vscode.ExtensionContext): RunsClient {
  const entry = path.join(context.extensionPath, 'dist', 'runs.js');
  const runs = new RunsClient(entry, { translations: vscode.l10n.bundle });
  context.subscriptions.push({ dispose: () => void runs.dispose() });
  return runs;
}
