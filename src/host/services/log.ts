import * as vscode from 'vscode';

/** The output channel where everything that is not shown elsewhere can be read. */
export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Headlight', { log: true });
}
