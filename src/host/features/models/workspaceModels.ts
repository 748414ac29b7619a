import path from 'node:path';
import * as vscode from 'vscode';

const mostFiles = 200;

/** The folders of the workspace that hold an `.onnx` file, absolute: those of models, by all that can be seen from outside. */
export async function modelsInWorkspace(): Promise<string[]> {
  const files = await vscode.workspace.findFiles('**/*.onnx', '**/node_modules/**', mostFiles);
  const folders = files
    .filter(({ scheme }) => scheme === 'file')
    .map(({ fsPath }) => {
      const folder = path.dirname(fsPath);
      // The hub keeps graphs one folder below the tokenizer.
      return path.basename(folder) === 'onnx' ? path.dirname(folder) : folder;
    });
  return [...new Set(folders)].sort();
}
