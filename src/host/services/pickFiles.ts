import path from 'node:path';
import * as vscode from 'vscode';

/** Asks for a file that is to be read; undefined when nobody chooses one. @param title what it is for. */
export async function pickFile(title: string): Promise<string | undefined> {
  return (await pickFiles(title, false))?.[0];
}

/** The same for any number of files. */
export async function pickFiles(title: string, canSelectMany = true): Promise<string[] | undefined> {
  const picked = await vscode.window.showOpenDialog({ title, openLabel: title, canSelectMany });
  return picked?.map(({ fsPath }) => fsPath);
}

/** Asks for a file that is to be written. @param proposal an absolute path. */
export async function pickOutput(title: string, proposal: string): Promise<string | undefined> {
  const defaultUri = vscode.Uri.file(proposal);
  return (await vscode.window.showSaveDialog({ title, defaultUri }))?.fsPath;
}

/** A file beside another: `notes.txt` with `masked.jsonl` is `notes.masked.jsonl`. */
export function beside(file: string, ending: string): string {
  const { dir, name } = path.parse(file);
  return path.join(dir, `${name}.${ending}`);
}
