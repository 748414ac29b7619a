import path from 'node:path';
import type * as vscode from 'vscode';

import type { Hub } from '../../client/hub';
import { setting } from './settings';

/** The hub of the settings: where it is, who is asking, and where what comes of it lies. */
export class HubAccess {
  constructor(private readonly context: vscode.ExtensionContext) {}

  /** The folder of everything that was downloaded. */
  get folder(): string {
    return path.join(this.context.globalStorageUri.fsPath, 'models');
  }

  /** Whether a model was downloaded, so that its files are ours to delete. */
  holds(model: string): boolean {
    const inside = path.relative(this.folder, model);
    return inside !== '' && !inside.startsWith('..') && !path.isAbsolute(inside);
  }

  /** @throws HeadlightError `WrongUsage` when the setting is no address. */
  async hub(): Promise<Hub> {
    const endpoint = await this.endpoint();
    return { endpoint, token: await this.context.secrets.get(tokenKey(endpoint)) };
  }

  /** Keeps a token for the hub of the settings, and for no other; an empty one is forgotten. */
  async setToken(token: string): Promise<void> {
    const key = tokenKey(await this.endpoint());
    if (token) await this.context.secrets.store(key, token);
    else await this.context.secrets.delete(key);
  }

  /** The address of the hub: the setting, else what the environment names, as the hub's own tools read it. */
  async endpoint(): Promise<string> {
    const { parseEndpoint, publicHub } = await import('../../client/hub');
    return parseEndpoint(setting('hub.url') || process.env['HF_ENDPOINT'] || publicHub);
  }
}

function tokenKey(endpoint: string): string {
  return `headlight.hub.token ${new URL(endpoint).origin}`;
}
