import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { HeadlightApi } from '../../../src/host/api';

/** The extension's public API, as another extension gets it. */
export async function activate(): Promise<HeadlightApi> {
  const extension = vscode.extensions.getExtension<HeadlightApi>('headlight.headlight');
  assert.ok(extension, 'the extension is installed');
  return extension.activate();
}

/** The folder of the embedded model that is the default. */
export function embeddedModel(): string {
  const extension = vscode.extensions.getExtension('headlight.headlight')!;
  return path.join(extension.extensionPath, 'media', 'models', 'bert-tiny-en-zh');
}

/** Opens an editor on a new text. */
export async function openText(content: string, language = 'markdown'): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ content, language });
  return vscode.window.showTextDocument(document, vscode.ViewColumn.One);
}

/** Waits until something is so, and fails with `what` when it is not after ten seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const start = Date.now(); !condition();) {
    assert.ok(Date.now() - start < 10_000, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Titles of the open tabs. */
export function tabs(): string[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));
}

/** Closes every editor, and waits until their views know it. */
export async function closeEditors(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until('the editors close', () => tabs().length === 0);
}
