import * as vscode from 'vscode';
import type { Requests } from '../../core/rpc';
import type { ViewContent, ViewRequests, ViewState } from '../../protocol/views';
import { EditorSource } from './editorSource';
import { Inspector, type Inspection } from './inspector';
import { SelectionFollower } from './selectionFollower';
import type { Services } from './services';
import { sidebarSurface } from './viewPage';

export interface SidebarPlace {
  /** As in `views` of package.json. */
  viewId: string;
  title: string;
}

/** An inspector in a view of the sidebar, which follows the selection until it is pinned. */
export class InspectionSidebar<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>>
  implements vscode.Disposable, vscode.WebviewViewProvider
{
  readonly inspector: Inspector<Result, Map>;
  private view: vscode.WebviewView | undefined;
  readonly follower: SelectionFollower;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    services: Services,
    private readonly place: SidebarPlace,
    private readonly inspection: Inspection<Result, Map>,
  ) {
    this.inspector = new Inspector(services, inspection);
    this.follower = new SelectionFollower(services, this.inspector, {
      id: place.viewId,
      followsAtFirst: true,
      isVisible: () => this.visible,
    });
    this.subscriptions = [
      this.inspector,
      this.follower,
      vscode.window.registerWebviewViewProvider(place.viewId, this),
    ];
  }

  get visible(): boolean {
    return this.view?.visible ?? false;
  }

  /** Shows the view, without taking the focus, and asks about a source. */
  async open(source: EditorSource): Promise<void> {
    this.follower.forget();
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
    view.onDidChangeVisibility(() => this.follower.followSoon());
    view.onDidDispose(() => (this.view = undefined));
    if (this.inspector.hasSource) return this.inspector.ask();
    const kept = await EditorSource.fromState(context.state);
    if (this.inspector.hasSource) return kept?.dispose();
    if (!kept) return this.follower.follow();
    this.inspection.restore?.(context.state?.settings);
    this.inspector.setSource(kept);
    await this.inspector.ask();
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
