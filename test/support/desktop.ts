/** VS Code as a desktop application, where there is one. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findOnPath } from './commands';

/** The `code` command of a desktop VS Code that could open a window here. */
export function findDesktopCommand(): string | undefined {
  if (!hasDisplay()) return undefined;
  const command = findOnPath('code');
  // A server brings a `code` of its own, which only talks to the window that is connected to it.
  if (command && /code-server|remote-cli|vscode-server/.test(realpathSync(command))) return undefined;
  return command;
}

/** The application itself, which the test runner starts: `VSCODE_PATH`, or the one that `code` belongs to. */
export function findDesktopExecutable(): string | undefined {
  if (process.env.VSCODE_PATH) return process.env.VSCODE_PATH;
  const command = findDesktopCommand();
  if (!command) return undefined;
  const bin = path.dirname(realpathSync(command));
  const candidates = [
    path.join(bin, '../code'),
    path.join(bin, '../Code.exe'),
    path.join(bin, '../../../MacOS/Code'),
    path.join(bin, '../../../MacOS/Electron'),
  ];
  return candidates.find((file) => existsSync(file));
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}
