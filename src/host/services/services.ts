import type * as vscode from 'vscode';
import type { EngineClient } from '../../client/engineClient';
import type { RunsClient } from '../../client/runsClient';
import type { Highlighter } from './highlighter';
import type { HubAccess } from './hub';
import type { Models } from './models';

/** What features share. They get it from the composition root and know nothing of each other. */
export interface Services {
  context: vscode.ExtensionContext;
  engine: EngineClient;
  models: Models;
  /** The reader of training logs. */
  runs: RunsClient;
  hub: HubAccess;
  log: vscode.LogOutputChannel;
  highlighter: Highlighter;
}
