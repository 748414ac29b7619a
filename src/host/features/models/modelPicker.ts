import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../../core/errors';
import type { ModelFacts } from '../../../protocol/models';
import type { ModelEntry, Models } from '../../services/models';
import { questionKinds } from '../../services/models';
import { describeFacts, kindNames } from './describe';

interface ModelItem extends vscode.QuickPickItem {
  /** What was picked: a model, or a way to open one. */
  choice: string | 'openFolder' | 'openFile' | 'addFromHub';
}

export type ModelChoice = { model: string } | 'openFolder' | 'openFile' | 'addFromHub';

const removeButton: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('close'),
  tooltip: vscode.l10n.t('Forget this model'),
};

const showButton: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('type-hierarchy-sub'),
  tooltip: vscode.l10n.t('Show this model'),
};

/** Lets a person pick a model. The list is there at once; what is known of each model follows. */
export async function pickModel(models: Models): Promise<ModelChoice | undefined> {
  const picker = vscode.window.createQuickPick<ModelItem>();
  const closed = new AbortController();
  picker.title = vscode.l10n.t('Select Model');
  picker.placeholder = vscode.l10n.t('The model answers the kinds of question that it can');
  picker.matchOnDetail = true;
  const fill = (): Promise<void> => fillPicker(picker, models, closed.signal);
  try {
    return await new Promise((resolve) => {
      picker.onDidAccept(() => {
        const choice = picker.selectedItems[0]?.choice;
        if (choice === undefined) return;
        if (choice === 'openFolder' || choice === 'openFile' || choice === 'addFromHub') resolve(choice);
        else resolve({ model: choice });
      });
      picker.onDidTriggerItemButton(({ button, item }) => {
        if (button === removeButton) return void models.remove(item.choice).then(fill);
        picker.hide();
        void vscode.commands.executeCommand('headlight.showModel', item.choice);
      });
      picker.onDidHide(() => resolve(undefined));
      picker.show();
      void fill();
    });
  } finally {
    closed.abort();
    picker.dispose();
  }
}

async function fillPicker(
  picker: vscode.QuickPick<ModelItem>,
  models: Models,
  signal: AbortSignal,
): Promise<void> {
  const listed = models.list();
  const entries = [...listed];
  const details = new Map<string, string>();
  const currents = new Map<string, string>();
  const update = (): void => {
    if (!signal.aborted) picker.items = itemsFor(entries, details, currents);
  };
  const read = async ({ path: model }: ModelEntry): Promise<ModelFacts | null> => {
    try {
      const facts = await models.facts(model, { signal });
      const isStandard = models.variantsOf(facts).length > 0;
      const file = isStandard && vscode.l10n.t('{0} (default)', path.basename(facts.onnxFile ?? ''));
      details.set(model, [file, describeFacts(facts)].filter(Boolean).join(' · '));
      return facts;
    } catch (error) {
      details.set(model, messageOf(error));
      return null;
    }
  };
  picker.busy = true;
  update();
  await Promise.all(
    listed.map(async (entry) => {
      const facts = await read(entry);
      if (!facts) return update();
      const variants = models.variantsOf(facts);
      entries.splice(entries.indexOf(entry) + 1, 0, ...variants);
      update();
      await Promise.all(variants.map(read));
      update();
    }),
  );
  for (const kind of questionKinds) {
    const model = await models.current(kind).catch(() => null);
    if (model) currents.set(kind, model);
  }
  update();
  if (!signal.aborted) picker.busy = false;
}

function itemsFor(
  entries: ModelEntry[],
  details: Map<string, string>,
  currents: Map<string, string>,
): ModelItem[] {
  const item = (entry: ModelEntry): ModelItem => {
    const kinds = questionKinds.filter((kind) => currents.get(kind) === entry.path);
    const about = [
      kinds.length > 0 && vscode.l10n.t('current for {0}', kindNames(kinds)),
      entry.origin !== 'embedded' && path.dirname(entry.path),
    ];
    return {
      label: entry.name,
      description: about.filter(Boolean).join(' · '),
      detail: details.get(entry.path) ?? '…',
      choice: entry.path,
      buttons: entry.origin === 'embedded' || entry.variant ? [showButton] : [showButton, removeButton],
    };
  };
  const separator = (label: string): ModelItem => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    choice: '',
  });
  const embedded = entries.filter(({ origin }) => origin === 'embedded').map(item);
  const added = entries.filter(({ origin }) => origin !== 'embedded').map(item);
  return [
    ...(embedded.length > 0 ? [separator(vscode.l10n.t('Embedded')), ...embedded] : []),
    ...(added.length > 0 ? [separator(vscode.l10n.t('Added')), ...added] : []),
    separator(''),
    {
      label: `$(folder-opened) ${vscode.l10n.t('Open a model folder…')}`,
      choice: 'openFolder',
      alwaysShow: true,
    },
    { label: `$(file) ${vscode.l10n.t('Open an .onnx file…')}`, choice: 'openFile', alwaysShow: true },
    {
      label: `$(cloud-download) ${vscode.l10n.t('Add a model from a hub…')}`,
      choice: 'addFromHub',
      alwaysShow: true,
    },
  ];
}
