import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../../core/errors';
import type { FoundRun } from '../../../protocol/runs';
import type { Services } from '../../services/services';
import { isLive, runTreeItem, type RunItem } from './treeItem';

type Item = RunItem | { kind: 'samples' };

/** One and the same for every search, so that it stays open. */
const samples: Item = { kind: 'samples' };

/** Milliseconds between two looks at runs that are live, from a new log to another search, and between two drawings. */
const [liveTime, searchTime, drawTime] = [5_000, 2_000, 1_000];

/** Files whose coming and going makes runs come and go. */
const logFiles =
  '**/{trainer_state.json,*tfevents*,*.csv,*.tsv,*.jsonl,*.ndjson,vdlrecords.*.log,meta.yaml,*.db,*.db-wal}';

/**
 * The runs of the workspace, newest first, and below them those that Headlight ships. What each has come to is read one
 * after the other, and only while the view is visible.
 */
export class RunsTree implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Item>;
  /** The items on show, by format and path: what is known of a run outlives a search. */
  private items = new Map<string, RunItem>();
  /** What was found for each parent, until the next search. */
  private readonly children = new Map<Item | undefined, Promise<Item[]>>();
  private readonly waiting = new Set<RunItem>();
  private isReading = false;
  private searching: NodeJS.Timeout | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly services: Services,
    viewType: string,
  ) {
    this.view = vscode.window.createTreeView<Item>(viewType, { treeDataProvider: this, canSelectMany: true });
    const watcher = vscode.workspace.createFileSystemWatcher(logFiles);
    const timer = setInterval(() => this.lookAtLive(), liveTime);
    this.disposables = [
      this.changed,
      this.view,
      watcher,
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refresh()),
      this.view.onDidChangeVisibility(() => void this.readOn()),
      watcher.onDidCreate(() => this.searchSoon()),
      watcher.onDidDelete(() => this.searchSoon()),
      watcher.onDidChange(({ fsPath }) => this.noteWritten(fsPath)),
      { dispose: () => clearInterval(timer) },
      { dispose: () => clearTimeout(this.searching) },
    ];
  }

  /** Searches anew. */
  refresh(): void {
    this.children.clear();
    this.changed.fire();
  }

  getChildren(parent?: Item): Promise<Item[]> {
    let children = this.children.get(parent);
    if (!children) this.children.set(parent, (children = this.childrenOf(parent)));
    return children;
  }

  getTreeItem(item: Item): vscode.TreeItem {
    if (item.kind === 'samples') {
      const { Collapsed } = vscode.TreeItemCollapsibleState;
      const treeItem = new vscode.TreeItem(vscode.l10n.t('Sample runs'), Collapsed);
      treeItem.iconPath = new vscode.ThemeIcon('beaker');
      return treeItem;
    }
    if (item.summary === undefined) {
      this.waiting.add(item);
      void this.readOn();
    }
    return runTreeItem(item);
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async childrenOf(parent?: Item): Promise<Item[]> {
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
    return [...found, samples];
  }

  /** Reads what runs have come to, one after the other, while somebody looks. */
  private async readOn(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    let drawn = Date.now();
    try {
      for (let [item] = this.waiting; item && this.view.visible; [item] = this.waiting) {
        this.waiting.delete(item);
        const { path: at, format } = item.run;
        try {
          item.summary = await this.services.runs.request('summarise', { path: at, format });
        } catch (error) {
          item.summary = null;
          this.services.log.error(`summarise ${at}: ${messageOf(error)}`);
        }
        if (item.summary) item.run.modified = item.summary.modified;
        item.wasLive = isLive(item);
        // All of the tree: one item alone is lost on VS Code while it does not know it yet.
        if (this.waiting.size > 0 && Date.now() - drawn < drawTime) continue;
        this.changed.fire();
        drawn = Date.now();
      }
    } finally {
      this.isReading = false;
    }
  }

  /** Reads live runs again, and those that were live when they were last shown. */
  private lookAtLive(): void {
    if (!this.view.visible) return;
    for (const item of this.items.values()) if (item.wasLive || isLive(item)) this.waiting.add(item);
    void this.readOn();
  }

  /** Notes that a run goes on, and that what it has come to is to be read anew. */
  private noteWritten(written: string): void {
    // What a database's log takes up belongs to the database.
    const file = written.replace(/-wal$/, '');
    for (const item of this.items.values())
      if (file === item.run.path || file.startsWith(item.run.path + path.sep)) {
        item.run.modified = Date.now();
        this.waiting.add(item);
      }
  }

  private searchSoon(): void {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => this.refresh(), searchTime);
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
      return own.map((run) => this.itemOf(run, isSample));
    } catch (error) {
      this.services.log.error(`find runs: ${messageOf(error)}`);
      return [];
    }
  }

  /** The item of a run, with what is known of it unless its logs were written since. */
  private itemOf(run: FoundRun, isSample: boolean): RunItem {
    const key = `${run.format} ${run.path}`;
    const known = this.items.get(key);
    if (known) this.waiting.delete(known);
    const isRead = known?.summary != null && known.summary.modified >= run.modified;
    const summary = isRead ? known.summary : undefined;
    const item: RunItem = { kind: 'run', run, isSample, summary, wasLive: known?.wasLive ?? false };
    this.items.set(key, item);
    return item;
  }
}
