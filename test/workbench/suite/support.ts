import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** Opens an editor on a new file; VS Code would give the name of an untitled one to the next as well. */
export async function openText(content: string, extension: 'md' | 'txt' = 'md'): Promise<vscode.TextEditor> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-text-')), `text.${extension}`);
  writeFileSync(file, content);
  const document = await vscode.workspace.openTextDocument(file);
  return vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
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

/** Closes every editor without saving, and waits until their views know it. */
export async function closeEditors(): Promise<void> {
  // Closing a text with changes asks a question; reverting it does not.
  while (vscode.window.activeTextEditor) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until('the editors close', () => tabs().length === 0);
}
