import * as vscode from 'vscode';
import type { AttentionViewRequests, ComparedAttention, ExportFormat } from '../../../protocol/views';
import type { Inspector } from '../../services/inspector';
import type { SelectionFollower } from '../../services/selectionFollower';

/** A place that shows attention: the view of the sidebar, or the panel. */
export interface AttentionPlace {
  inspector: Inspector<ComparedAttention, AttentionViewRequests>;
  isVisible: () => boolean;
  compareWith: (what: 'model' | 'selection' | 'nothing') => Promise<void>;
}

/**
 * The commands that do something with the attention on show.
 * @param names of the two commands. @param places the one that is preferred first.
 */
export function registerShownCommands(
  names: { compare: string; export: string },
  places: AttentionPlace[],
): vscode.Disposable {
  const command = (name: string, run: (place: AttentionPlace) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(name, async () => {
      const place = places.find(({ inspector, isVisible }) => isVisible() && inspector.result);
      if (place) return run(place);
      void vscode.window.showInformationMessage(
        vscode.l10n.t('No attention is shown. Select a text and run "Show Attention" first.'),
      );
    });
  return vscode.Disposable.from(
    command(names.compare, async (place) => {
      const what = await pick(vscode.l10n.t('Compare Attention with…'), [
        ['model', vscode.l10n.t('Another model…')],
        ['selection', vscode.l10n.t('The selected text')],
        ...(place.inspector.result?.comparedWith
          ? [['nothing', vscode.l10n.t('Nothing')] as ['nothing', string]]
          : []),
      ]);
      if (what) await place.compareWith(what);
    }),
    command(names.export, async ({ inspector }) => {
      const format = await pick<ExportFormat>(vscode.l10n.t('Export Attention'), [
        ['png', vscode.l10n.t('Picture as PNG')],
        ['svg', vscode.l10n.t('Picture as SVG')],
        ['csv', vscode.l10n.t('Weights as CSV')],
        ['npy', vscode.l10n.t('Weights as NPY')],
        ['everyHead', vscode.l10n.t('All heads as NPY')],
        ['link', vscode.l10n.t('Copy Link to the Open Head')],
      ]);
      if (format) inspector.exportAs(format);
    }),
  );
}

/** The commands that pin a place to its text, or let it follow the selection: `PREFIX.pin` and `PREFIX.follow`. */
export function registerPinCommands(prefix: string, follower: SelectionFollower): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(`${prefix}.pin`, () => follower.setFollows(false)),
    vscode.commands.registerCommand(`${prefix}.follow`, () => follower.setFollows(true)),
  );
}

async function pick<Value extends string>(
  title: string,
  items: [Value, string][],
): Promise<Value | undefined> {
  const picked = await vscode.window.showQuickPick(
    items.map(([value, label]) => ({ value, label })),
    { title },
  );
  return picked?.value;
}
