import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { EngineClient, type EngineClientOptions } from '../../client/engineClient';
import type { Device } from '../../protocol/engine';
import { onDidChangeSetting, setting } from './settings';

/** The engine under the editor's settings and language. Nothing is started before the first request. */
export function createEngine(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): EngineClient {
  // The client's messages are translated by the same bundle as ours.
  l10n.config({ contents: vscode.l10n.bundle ?? {} });
  const engine = new EngineClient({
    entry: path.join(context.extensionPath, 'dist', 'engine.js'),
    log: (line, level) => log[level](line),
    ...configuration(),
  });
  /** Each device is complained of once in a window. */
  const told = new Set<Device>();
  context.subscriptions.push(
    engine,
    engine.onDidFallBack((device, message) => {
      if (!told.has(device)) void sayFallBack(message);
      told.add(device);
    }),
    onDidChangeSetting('engine', () => engine.configure(configuration())),
  );
  return engine;
}

function configuration(): Pick<EngineClientOptions, 'settings' | 'limits'> {
  return {
    settings: {
      threads: setting('engine.threads'),
      device: setting('engine.device'),
      memoryLimitBytes: setting('engine.memoryLimitMegabytes') * 2 ** 20,
      translations: vscode.l10n.bundle,
    },
    limits: {
      idleSeconds: setting('engine.idleMinutes') * 60,
      requestSeconds: setting('engine.timeLimitSeconds'),
    },
  };
}

async function sayFallBack(message: string): Promise<void> {
  const change = vscode.l10n.t('Change Setting');
  const answer = await vscode.window.showWarningMessage(message, change);
  if (answer === change) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'headlight.engine.device');
  }
}
