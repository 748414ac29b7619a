import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../../core/errors';
import type { FoundRun, RunFormat } from '../../../protocol/runs';
import type { Services } from '../../services/services';

export interface RunItem {
  kind: 'run';
  run: FoundRun;
  /** One that Headlight ships: it was written when it was installed, and is over. */
  isSample: boolean;
}
type Item = RunItem | { kind: 'samples' };

/** What people call the formats: names of files and of programs, the same in every language. */
const formatNames: Record<RunFormat, string> = {
  trainerState: 'trainer_state.json',
  tensorboard: 'TensorBoard',
  lightning: 'Lightning',
  csv: 'CSV',
  jsonl: 'JSON Lines',
  mlflow: 'MLflow',
  visualdl: 'VisualDL',
};

/** Milliseconds within which a log must have been written for its run to count as live. */
const liveTime = 60_000;

/** The runs of the workspace, newest first, and below them those that Headlight ships. */
export class RunsTree implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly services: Services) {}

  refresh(): void {
    this.changed.fire();
  }

  async getChildren(parent?: Item): Promise<Item[]> {
    if (parent?.kind === 'run') return [];
    const { extensionPath } = this.services.context;
    if (parent)
      return this.find(
        ['models', 'runs'].map((folder) => path.join(extensionPath, 'media', folder)),
        true,
      );
    const folders = vscode.workspace.workspaceFolders ?? [];
    const local = folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
    const found = await this.find(local);
    found.sort((a, b) => b.run.modified - a.run.modified);
    return [...found, { kind: 'samples' }];
  }

  getTreeItem(item: Item): vscode.TreeItem {
    if (item.kind === 'samples') {
      const samples = new vscode.TreeItem(
        vscode.l10n.t('Sample runs'),
        vscode.TreeItemCollapsibleState.Collapsed,
      );
      samples.iconPath = new vscode.ThemeIcon('beaker');
      return samples;
    }
    const { name, path: at, format, modified } = item.run;
    const treeItem = new vscode.TreeItem(name.replace(/\/logs$/, ''));
    // A log that seems to come from the future was written before the clock was set back.
    const isLive = !item.isSample && Math.abs(Date.now() - modified) < liveTime;
    treeItem.description = isLive ? vscode.l10n.t('{0}, live', formatNames[format]) : formatNames[format];
    treeItem.tooltip = `${at}\n${new Date(modified).toLocaleString(vscode.env.language)}`;
    treeItem.iconPath = new vscode.ThemeIcon(isLive ? 'pulse' : 'graph-line');
    treeItem.contextValue = 'run';
    treeItem.command = { command: 'headlight.openRun', title: '', arguments: [item] };
    return treeItem;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async find(folders: string[], isSample = false): Promise<RunItem[]> {
    try {
      const found = await this.services.runs.request('find', { folders });
      // Event files below the Trainer's state are of the same training: they open with it.
      const states = found
        .filter(({ format }) => format === 'trainerState')
        .map((run) => run.path + path.sep);
      const own = found.filter(
        (run) => run.format !== 'tensorboard' || !states.some((state) => run.path.startsWith(state)),
      );
      return own.map((run) => ({ kind: 'run', run, isSample }));
    } catch (error) {
      this.services.log.error(`find runs: ${messageOf(error)}`);
      return [];
    }
  }
}
