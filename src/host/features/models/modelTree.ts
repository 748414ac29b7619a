import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../../core/errors';
import type { ModelFacts, QuestionKind } from '../../../protocol/models';
import { questionKinds, type ModelEntry } from '../../services/models';
import type { Services } from '../../services/services';
import { bytes, describeFacts, kindName, kindNames } from './describe';
import { modelsInWorkspace } from './workspaceModels';

/** A row of the tree. */
export type ModelNode =
  | { type: 'group'; group: 'current' | ModelEntry['origin'] }
  | { type: 'question'; kind: QuestionKind }
  | { type: 'model'; entry: ModelEntry };

/** The models at hand, which of them answers what, and what each takes on disk and in memory. */
export class ModelTree implements vscode.TreeDataProvider<ModelNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ModelNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  /** What is known of each model, so that a look at the tree does not wake an engine that sleeps. */
  private readonly known = new Map<string, Promise<ModelFacts | string>>();
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(private readonly services: Services) {
    this.subscriptions = [
      this.changed,
      services.models.onDidChange(() => this.changed.fire(undefined)),
      services.engine.onDidChangeLoaded(() => this.changed.fire(undefined)),
    ];
  }

  /** Reads everything anew. */
  refresh(): void {
    this.known.clear();
    this.changed.fire(undefined);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  async getChildren(node?: ModelNode): Promise<ModelNode[]> {
    if (!node) {
      const origins = new Set((await this.entries()).map(({ origin }) => origin));
      const groups = (['embedded', 'workspace', 'user'] as const).filter((origin) => origins.has(origin));
      return [
        { type: 'group', group: 'current' },
        ...groups.map((group) => ({ type: 'group' as const, group })),
      ];
    }
    if (node.type === 'model') {
      const facts = await this.factsOf(node.entry.path);
      const variants = typeof facts === 'string' ? [] : this.services.models.variantsOf(facts);
      return variants.map((entry) => ({ type: 'model', entry }));
    }
    if (node.type !== 'group') return [];
    if (node.group === 'current') return questionKinds.map((kind) => ({ type: 'question', kind }));
    const entries = (await this.entries()).filter(({ origin }) => origin === node.group);
    return entries.map((entry) => ({ type: 'model', entry }));
  }

  async getTreeItem(node: ModelNode): Promise<vscode.TreeItem> {
    if (node.type === 'group') {
      return new vscode.TreeItem(groupName(node.group), vscode.TreeItemCollapsibleState.Expanded);
    }
    const item = await (node.type === 'question' ? this.questionItem(node.kind) : this.modelItem(node.entry));
    // A screen reader would read the tooltip, which does not name the row.
    item.accessibilityInformation = { label: `${String(item.label)}, ${String(item.description)}` };
    return item;
  }

  /** What is known of a model; a message where it cannot be read. */
  factsOf(model: string): Promise<ModelFacts | string> {
    const known = this.known.get(model) ?? this.services.models.facts(model).catch(messageOf);
    this.known.set(model, known);
    return known;
  }

  private async entries(): Promise<ModelEntry[]> {
    const { models } = this.services;
    const listed = models.list();
    const found = await modelsInWorkspace();
    const more = found.filter((model) => !listed.some((entry) => entry.path === model));
    return [...listed, ...more.map((model) => models.entry(model))];
  }

  private async questionItem(kind: QuestionKind): Promise<vscode.TreeItem> {
    const { models } = this.services;
    const chosen = models.chosen(kind);
    const standard = await this.defaultFor(kind);
    const name = kindName(kind);
    const item = new vscode.TreeItem(name.charAt(0).toLocaleUpperCase() + name.slice(1));
    item.description = chosen
      ? models.entry(chosen).name
      : standard
        ? vscode.l10n.t('{0} (default)', models.entry(standard).name)
        : vscode.l10n.t('no model');
    item.tooltip =
      chosen && standard
        ? vscode.l10n.t(
            'Chosen in this workspace: {0}. The default is {1}.',
            chosen,
            models.entry(standard).name,
          )
        : (standard ?? vscode.l10n.t('None of the models at hand can answer this.'));
    item.iconPath = new vscode.ThemeIcon('question');
    item.contextValue = chosen ? 'question chosen' : 'question';
    item.command = {
      command: 'headlight.models.chooseFor',
      title: vscode.l10n.t('Choose a Model'),
      arguments: [{ type: 'question', kind }],
    };
    return item;
  }

  private async defaultFor(kind: QuestionKind): Promise<string | undefined> {
    for (const { path: model, origin } of this.services.models.list()) {
      const facts = origin === 'embedded' ? await this.factsOf(model) : '';
      if (typeof facts === 'object' && facts.answers.includes(kind)) return model;
    }
    return undefined;
  }

  private async modelItem(entry: ModelEntry): Promise<vscode.TreeItem> {
    const { models, engine } = this.services;
    const item = new vscode.TreeItem(entry.variant?.file ?? entry.name);
    item.id = entry.path;
    if (!models.mayRun(entry.path)) {
      item.description = vscode.l10n.t('the workspace is not trusted');
      item.tooltip = entry.path;
      item.iconPath = new vscode.ThemeIcon('lock');
      item.contextValue = 'model untrusted';
      return item;
    }
    const listed =
      models.list().some(({ path: model }) => model === entry.path) && entry.origin !== 'embedded';
    const facts = await this.factsOf(entry.path);
    if (typeof facts === 'string') {
      item.description = vscode.l10n.t('cannot be read');
      item.tooltip = `${facts}\n${entry.path}`;
      item.iconPath = new vscode.ThemeIcon('warning');
      item.contextValue = listed ? 'model listed' : 'model';
      return item;
    }
    const loaded = engine.loaded.filter(({ onnxFile }) => facts.files.some(({ file }) => file === onnxFile));
    const loadedBytes = loaded.reduce((sum, each) => sum + each.bytes, 0);
    const isLoaded = loaded.length > 0;
    const hasVariants = models.variantsOf(facts).length > 0;
    if (hasVariants) item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
    const kinds = questionKinds.filter((kind) => models.chosen(kind) === entry.path);
    item.description = [
      // Which of them the row of the folder itself stands for.
      hasVariants && facts.onnxFile && path.basename(facts.onnxFile),
      facts.fileSize !== null && bytes(facts.fileSize),
      isLoaded && vscode.l10n.t('≈ {0} in memory', bytes(loadedBytes)),
      kinds.length > 0 && vscode.l10n.t('chosen for {0}', kindNames(kinds)),
    ]
      .filter(Boolean)
      .join(' · ');
    item.tooltip = [
      describeFacts(facts),
      facts.fileSize !== null && vscode.l10n.t('{0} on disk', bytes(facts.fileSize)),
      entry.path,
    ]
      .filter(Boolean)
      .join('\n');
    item.iconPath = new vscode.ThemeIcon(
      isLoaded ? 'chip' : 'package',
      isLoaded ? new vscode.ThemeColor('charts.green') : undefined,
    );
    item.contextValue = [
      'model',
      listed && 'listed',
      facts.onnxFile && (isLoaded ? 'loaded' : 'unloaded'),
      facts.answers.length > 0 && 'answers',
    ]
      .filter(Boolean)
      .join(' ');
    item.command = {
      command: 'headlight.showModel',
      title: vscode.l10n.t('Show Model'),
      arguments: [entry.path],
    };
    return item;
  }
}

function groupName(group: 'current' | ModelEntry['origin']): string {
  switch (group) {
    case 'current':
      return vscode.l10n.t('Who Answers');
    case 'embedded':
      return vscode.l10n.t('Embedded');
    case 'workspace':
      return vscode.l10n.t('In This Workspace');
    case 'user':
      return vscode.l10n.t('Added');
  }
}
