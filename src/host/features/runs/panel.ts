import path from 'node:path';
import * as vscode from 'vscode';
import { modelOf } from '../../../client/runModel';
import { messageOf, toHeadlightError } from '../../../core/errors';
import { distinctNames } from '../../../core/runNames';
import type { Run } from '../../../protocol/runs';
import type { RunsContent, RunsViewRequests } from '../../../protocol/views';
import type { Services } from '../../services/services';
import { actionsFor } from '../../services/viewActions';
import { panelSurface, ViewPage } from '../../services/viewPage';

/** Milliseconds between two looks at logs that may be growing. */
const tailTime = 2_000;

/** Some runs in a panel, read again for as long as it is visible. */
export class RunPanel {
  private readonly page: ViewPage<RunsContent, RunsViewRequests>;
  private content: RunsContent = { kind: 'busy', message: vscode.l10n.t('Reading the logs…') };
  /** Of the content, when that is a result. */
  private version: string | undefined;
  private reading: AbortController | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly services: Services,
    private readonly panel: vscode.WebviewPanel,
    private readonly paths: string[],
  ) {
    this.page = new ViewPage<RunsContent, RunsViewRequests>(panelSurface(panel), {
      extensionUri: services.context.extensionUri,
      bundle: 'runs',
      handlers: {
        start: () => ({ ...this.update, caret: null, translations: vscode.l10n.bundle ?? {} }),
        act: ({ action }) => {
          if (action === 'cancel') this.reading?.abort();
          else if (action === 'showLog') services.log.show();
          else void this.read();
          return null;
        },
        copyCommand: () => null,
        highlight: () => null,
        reveal: () => null,
        save: ({ name, content }) => this.save(name, content),
        async copy({ text }) {
          await vscode.env.clipboard.writeText(text);
          vscode.window.setStatusBarMessage(vscode.l10n.t('Copied.'), 5000);
          return null;
        },
        async useModel({ model }) {
          await vscode.commands.executeCommand('headlight.selectModel', model);
          return null;
        },
      },
    });
    this.timer = setInterval(() => {
      if (panel.visible && this.content.kind === 'result') void this.read();
    }, tailTime);
    panel.onDidDispose(() => {
      clearInterval(this.timer);
      this.reading?.abort();
      void services.runs.request('release', { paths: this.paths }).catch(() => {});
    });
    void this.read();
  }

  static title(paths: string[]): string {
    // A folder of logs goes by the name of what was trained.
    const names = paths.map((each) => path.basename(each.replace(/[/\\]logs$/, '')));
    return names.length > 2 ? vscode.l10n.t('{0} training runs', names.length) : names.join(' / ');
  }

  reveal(): void {
    this.panel.reveal();
  }

  private get update(): { content: RunsContent; source: null } {
    return { content: this.content, source: null };
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    const reading = (this.reading = new AbortController());
    if (this.content.kind !== 'result')
      this.show({ kind: 'busy', message: vscode.l10n.t('Reading the logs…') });
    try {
      const { runs, problems, version } = await this.services.runs.request(
        'read',
        { paths: this.paths, known: this.version },
        {
          signal: reading.signal,
          onProgress: ({ message, fraction = 0 }) => {
            if (this.content.kind !== 'busy') return;
            const percent = Math.round(fraction * 100);
            this.show({ kind: 'busy', message: vscode.l10n.t('Reading {0}: {1} %', message, percent) });
          },
        },
      );
      if (version === this.version) return;
      this.version = version;
      const names = distinctNames(runs.map((run) => ({ ...run, name: this.nameOf(run) })));
      const shown = runs.map((run, index) => ({ ...run, name: names[index]!, model: modelOf(run.path) }));
      const result = { paths: this.paths, runs: shown, problems };
      this.show({ kind: 'result', result, texts: [], source: '', stale: false, running: null });
    } catch (thrown) {
      const { code, message } = toHeadlightError(thrown);
      // What was read stays on show while a log is away.
      if (this.content.kind !== 'result') this.show({ kind: 'failed', message, actions: actionsFor(code) });
    } finally {
      this.reading = null;
    }
  }

  /** Of several folders, which one a run is in belongs to its name. */
  private nameOf(run: Run): string {
    const folder = this.paths.find((each) => run.path.startsWith(each + path.sep));
    return folder === undefined || this.paths.length === 1
      ? run.name
      : `${path.basename(folder)}/${run.name}`;
  }

  private show(content: RunsContent): void {
    this.content = content;
    this.page.tell('show', this.update);
  }

  private async save(name: string, content: string | Uint8Array): Promise<null> {
    const folder =
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(this.paths[0]!));
    const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, name) });
    if (!target) return null;
    try {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      await vscode.workspace.fs.writeFile(target, bytes);
      vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}.', path.basename(target.fsPath)), 5000);
    } catch (error) {
      void vscode.window.showErrorMessage(
        vscode.l10n.t('{0} could not be saved: {1}', name, messageOf(error)),
      );
    }
    return null;
  }
}
