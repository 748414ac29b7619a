import * as vscode from 'vscode';
import type { Device } from '../../protocol/engine';

const section = 'headlight';

/** Every setting's name and type, once. */
interface Values {
  'engine.threads': number;
  'engine.device': Device;
  'engine.idleMinutes': number;
  'engine.timeLimitSeconds': number;
  'engine.memoryLimitMegabytes': number;
  'maskedWords.topK': number;
  'hover.words': boolean;
  'hover.startsEngine': boolean;
  'completion.enabled': boolean;
  'hub.url': string;
  'runs.checkData': boolean;
}

export type SettingName = keyof Values;

/** The value of a setting; its default stands in package.json. */
export function setting<Name extends SettingName>(name: Name): Values[Name] {
  return vscode.workspace.getConfiguration(section).get<Values[Name]>(name)!;
}

/** Writes a setting where its present value comes from: the workspace if it says so, else the user's settings. */
export async function writeSetting<Name extends SettingName>(name: Name, value: Values[Name]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section);
  const inWorkspace = configuration.inspect(name)?.workspaceValue !== undefined;
  await configuration.update(name, value, !inWorkspace);
}

/** Calls `listener` when a setting below `prefix` changes. */
export function onDidChangeSetting(prefix: SettingName | 'engine', listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${section}.${prefix}`)) listener();
  });
}
