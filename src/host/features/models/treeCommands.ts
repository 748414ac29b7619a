import { rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { QuestionKind } from '../../../protocol/models';
import type { ModelEntry } from '../../services/models';
import type { Services } from '../../services/services';
import { bytes, kindName } from './describe';
import { ModelTree, type ModelNode } from './modelTree';
import { sayError } from '../../services/sayError';
import { withProgress } from '../../services/withProgress';

/** The tree of models in the sidebar, and what can be done with its rows. */
export function registerModelTree(services: Services): vscode.Disposable {
  const tree = new ModelTree(services);
  const view = vscode.window.createTreeView('headlight.models', { treeDataProvider: tree });
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.onnx');
  const onModel = (
    name: string,
    act: (model: string, entry: ModelEntry) => Promise<unknown>,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (node?: ModelNode) => {
      // The keyboard's way to a command of a row gives no row.
      const row = node ?? view.selection[0];
      if (row?.type === 'model') await saying(services, () => act(row.entry.path, row.entry));
    });
  const onQuestion = (name: string, act: (kind: QuestionKind) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (node?: ModelNode) => {
      const row = node ?? view.selection[0];
      if (row?.type === 'question') await saying(services, () => act(row.kind));
    });
  const { models, engine } = services;
  return vscode.Disposable.from(
    tree,
    view,
    watcher,
    watcher.onDidCreate(() => tree.refresh()),
    watcher.onDidChange(() => tree.refresh()),
    watcher.onDidDelete(() => tree.refresh()),
    vscode.commands.registerCommand('headlight.models.refresh', () => tree.refresh()),
    onModel('headlight.models.use', async (model, { variant }) => {
      // A variant goes with its folder.
      if (variant) await models.add(variant.folder);
      await vscode.commands.executeCommand('headlight.selectModel', model);
    }),
    onModel('headlight.models.load', (model) => {
      models.requireTrust(model);
      return withProgress(vscode.l10n.t('Loading the model…'), (signal) =>
        engine.request('load', { model }, { signal }),
      );
    }),
    onModel('headlight.models.unload', (model) => engine.request('unload', { model })),
    onModel('headlight.models.reveal', reveal),
    onModel('headlight.models.remove', (model) => remove(services, model)),
    onQuestion('headlight.models.chooseFor', (kind) => chooseFor(services, kind)),
    onQuestion('headlight.models.useDefault', (kind) => models.useDefault(kind)),
  );
}

/** Shows where a model lies: in the explorer, in the system's own, or as a path where there is neither. */
async function reveal(model: string): Promise<void> {
  const uri = vscode.Uri.file(model);
  if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    await vscode.env.clipboard.writeText(model);
    void vscode.window.showInformationMessage(
      vscode.l10n.t('The model is on the machine of the workspace. Its path was copied: {0}', model),
    );
  }
}

/** Takes a model off the list. Files that Headlight downloaded are deleted after a question; others are never touched. */
async function remove({ models, engine, hub }: Services, model: string): Promise<void> {
  if (!hub.holds(model)) return models.remove(model);
  const size = await models.facts(model).then(
    ({ fileSize }) => fileSize,
    () => null,
  );
  const deleteFiles = vscode.l10n.t('Delete');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete the model "{0}"?', models.entry(model).name),
    {
      modal: true,
      detail: size
        ? vscode.l10n.t('Its files were downloaded by Headlight and take {0}: {1}', bytes(size), model)
        : vscode.l10n.t('Its files were downloaded by Headlight: {0}', model),
    },
    deleteFiles,
  );
  if (answer !== deleteFiles) return;
  await engine.request('unload', { model }).catch(() => {}); // A file that is open cannot be deleted everywhere.
  await models.remove(model);
  await rm(model, { recursive: true, force: true });
}

/** Lets a person choose which model answers one kind of question. */
async function chooseFor({ models }: Services, kind: QuestionKind): Promise<void> {
  const standard = await models.defaultFor(kind).catch(() => undefined);
  const chosen = models.chosen(kind);
  const items = (await models.thatAnswer(kind)).map(({ path: model, name }) => ({
    label: name,
    description: [
      model === standard && vscode.l10n.t('default'),
      model === (chosen ?? standard) && vscode.l10n.t('answers now'),
    ]
      .filter(Boolean)
      .join(', '),
    detail: model,
    model,
  }));
  const title = vscode.l10n.t('Which model answers: {0}', kindName(kind));
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDetail: true });
  if (!picked) return;
  if (picked.model === standard) await models.useDefault(kind);
  else await models.choose(picked.model, [kind]);
}

async function saying(services: Services, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    void sayError(services, 'models', thrown);
  }
}
