import * as vscode from 'vscode';
import type { ViewState } from '../../../protocol/views';
import type { Services } from '../../services/services';
import { RunPanel } from './panel';
import { RunsTree } from './tree';
import type { RunItem } from './treeItem';

const viewType = 'headlight.runs';

/** The tree of runs, the panel that draws them, and the commands that open it. */
export function registerRuns(services: Services): vscode.Disposable {
  const tree = new RunsTree(services, viewType);
  const panels = new Map<string, RunPanel>();

  const attach = (panel: vscode.WebviewPanel, paths: string[]): void => {
    const key = paths.join('\n');
    panels.set(key, new RunPanel(services, panel, paths));
    panel.onDidDispose(() => panels.delete(key));
  };
  const open = (paths: string[]): void => {
    if (paths.length === 0) {
      const message = vscode.l10n.t(
        'Choose a folder or log file in the Explorer, or a run in the Runs view.',
      );
      void vscode.window.showInformationMessage(message);
      return;
    }
    const known = panels.get(paths.join('\n'));
    if (known) known.reveal();
    else
      attach(
        vscode.window.createWebviewPanel(viewType, RunPanel.title(paths), vscode.ViewColumn.Active),
        paths,
      );
  };

  return vscode.Disposable.from(
    tree,
    vscode.window.registerWebviewPanelSerializer(viewType, {
      async deserializeWebviewPanel(panel, state: ViewState | undefined) {
        const paths = pathsIn(state?.place);
        if (paths.length > 0) attach(panel, paths);
        else panel.dispose();
      },
    }),
    vscode.commands.registerCommand('headlight.openRun', async (given?: vscode.Uri | RunItem) =>
      open(pathsOf(given ? [given] : await pick())),
    ),
    vscode.commands.registerCommand(
      'headlight.compareRuns',
      async (given?: vscode.Uri | RunItem, all?: (vscode.Uri | RunItem)[]) =>
        open(pathsOf(all ?? (given ? [given] : await pick()))),
    ),
    vscode.commands.registerCommand('headlight.refreshRuns', () => tree.refresh()),
  );
}

function pathsOf(items: (vscode.Uri | RunItem)[]): string[] {
  return items.map((item) => (item instanceof vscode.Uri ? item.fsPath : item.run.path));
}

function pathsIn(place: unknown): string[] {
  const { paths } = (place ?? {}) as { paths?: unknown };
  return Array.isArray(paths) ? paths.filter((each) => typeof each === 'string') : [];
}

async function pick(): Promise<vscode.Uri[]> {
  const openLabel = vscode.l10n.t('Open as Training Run');
  return (
    (await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectMany: true, openLabel })) ?? []
  );
}
