import * as vscode from 'vscode';
import type { Requests } from '../../core/rpc';
import type { ViewContent, ViewRequests, ViewState } from '../../protocol/views';
import { EditorSource } from './editorSource';
import { Inspector, type Inspection } from './inspector';
import { questionFromEditor } from './question';
import type { Services } from './services';
import { sidebarSurface } from './viewPage';

/** Milliseconds that the selection has to stay as it is before it is asked about. */
const restTime = 250;

/** Characters that are asked about without a command: a file without blank lines is no paragraph. */
const mostFollowed = 50_000;

export interface SidebarPlace {
  /** As in `views` of package.json. */
  viewId: string;
  title: string;
}

/** An inspector in a view of the sidebar, which follows the selection for as long as it is visible. */
export class InspectionSidebar<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>>
  implements vscode.Disposable, vscode.WebviewViewProvider
{
  readonly inspector: Inspector<Result, Map>;
  private view: vscode.WebviewView | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    services: Services,
    private readonly place: SidebarPlace,
    inspection: Inspection<Result, Map>,
  ) {
    this.inspector = new Inspector(services, inspection);
    this.subscriptions = [
      this.inspector,
      vscode.window.registerWebviewViewProvider(place.viewId, this),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) this.followSoon();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.followSoon()),
    ];
  }

  /** Shows the view, without taking the focus, and asks about a source. */
  async open(source: EditorSource): Promise<void> {
    clearTimeout(this.timer);
    this.inspector.setSource(source);
    // A view that is made now asks by itself.
    const asked = this.inspector.attached ? this.inspector.ask() : undefined;
    await vscode.commands.executeCommand(`${this.place.viewId}.focus`, { preserveFocus: true });
    await asked;
  }

  /** Called by VS Code when the view is shown for the first time, or again after it was moved. */
  async resolveWebviewView(
    view: vscode.WebviewView,
    context: vscode.WebviewViewResolveContext<ViewState>,
  ): Promise<void> {
    this.view = view;
    this.inspector.attach(sidebarSurface(view, this.place.title));
    view.onDidChangeVisibility(() => this.followSoon());
    view.onDidDispose(() => (this.view = undefined));
    if (this.inspector.hasSource) return this.inspector.ask();
    const kept = await EditorSource.fromState(context.state);
    if (this.inspector.hasSource) return kept?.dispose();
    if (!kept) return this.follow();
    this.inspector.setSource(kept);
    await this.inspector.ask();
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private followSoon(): void {
    clearTimeout(this.timer);
    if (this.view?.visible) this.timer = setTimeout(() => void this.follow(), restTime);
  }

  /** Asks about what is selected now, if that is something else than what is shown. */
  private async follow(): Promise<void> {
    // Panels of text that nobody writes are editors, too: the output, a debug console.
    if (['output', 'debug'].includes(vscode.window.activeTextEditor?.document.uri.scheme ?? '')) return;
    const source = questionFromEditor();
    if (typeof source === 'string') {
      // What is shown stays while the caret is between two paragraphs.
      if (!this.inspector.hasSource) this.inspector.showEmpty(source);
    } else if (this.inspector.asksAbout(source)) {
      source.dispose();
    } else if (source.texts.join('').length > mostFollowed) {
      source.dispose();
      if (this.inspector.hasSource) return;
      this.inspector.showEmpty(
        vscode.l10n.t('The text is long. Select a part of it, or run a command of Headlight on all of it.'),
      );
    } else {
      this.inspector.setSource(source);
      await this.inspector.ask();
    }
  }
}
