import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Pair } from '../statistics';

/** Milliseconds of the first call of `activate()`, and of loading its bundle once more afterwards. */
export async function activation(): Promise<Pair> {
  const extension = vscode.extensions.getExtension('headlight.headlight')!;
  if (extension.isActive) throw new Error('The extension was active before it was measured.');
  const { main } = extension.packageJSON as { main: string };
  const load = createRequire(__filename);
  const file = load.resolve(path.join(extension.extensionPath, main));
  const bundle = load(file) as { activate(context: vscode.ExtensionContext): unknown };

  let milliseconds: number | undefined;
  // VS Code finds this in place of the bundle.
  load.cache[file]!.exports = {
    ...bundle,
    activate(context: vscode.ExtensionContext) {
      const start = performance.now();
      const api = bundle.activate(context);
      milliseconds = performance.now() - start;
      return api;
    },
  };
  await extension.activate();
  if (milliseconds === undefined) throw new Error('VS Code loaded another bundle than the one measured.');

  load.cache[file] = undefined;
  const start = performance.now();
  load(file);
  return { value: milliseconds, baseline: performance.now() - start };
}
