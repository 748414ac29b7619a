import * as vscode from 'vscode';
import { messageOf } from '../../core/errors';
import type { Handlers } from '../../core/rpc';
import type { ExportRequests } from '../../protocol/views';

/**
 * Asks where a file is to be written, and writes it. Nothing is written when nobody chooses a place.
 * @param name what it is called at first, with its extension; what no file may be called by is taken out.
 * @param bytes read once there is a place.
 */
export async function saveFile(name: string, bytes: () => Promise<Uint8Array>): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const fileName = name.replaceAll(/[\\/:*?"<>|]/g, '-');
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const place = await vscode.window.showSaveDialog({
    defaultUri: folder ? vscode.Uri.joinPath(folder.uri, fileName) : undefined,
    filters: { [extension.toUpperCase()]: [extension] },
  });
  if (!place) return;
  try {
    await vscode.workspace.fs.writeFile(place, await bytes());
  } catch (error) {
    void vscode.window.showErrorMessage(
      vscode.l10n.t('The file could not be written: {0}', messageOf(error)),
    );
  }
}

/** Takes out of a view what it shows. */
export const exportHandlers: Handlers<ExportRequests> = {
  async save({ name, bytes }) {
    await saveFile(name, () => Promise.resolve(bytes));
    return null;
  },
  async copy({ text }) {
    await vscode.env.clipboard.writeText(text);
    return null;
  },
};
