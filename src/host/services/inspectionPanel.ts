import * as vscode from 'vscode';
import type { Requests } from '../../core/rpc';
import type { ViewContent, ViewRequests, ViewState } from '../../protocol/views';
import { EditorSource } from './editorSource';
import { Inspector, type Inspection } from './inspector';
import type { Services } from './services';
import { panelSurface } from './viewPage';

export interface PanelPlace {
  viewType: string;
  title: string;
}

/** An inspector in a panel beside the editor: a single one, which is there again after a reload of the window. */
export class InspectionPanel<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>>
  implements vscode.Disposable
{
  readonly inspector: Inspector<Result, Map>;
  private panel: vscode.WebviewPanel | undefined;
  private readonly serializer: vscode.Disposable;

  constructor(
    services: Services,
    private readonly place: PanelPlace,
    private readonly inspection: Inspection<Result, Map>,
  ) {
    this.inspector = new Inspector(services, inspection);
    this.serializer = vscode.window.registerWebviewPanelSerializer(place.viewType, {
      deserializeWebviewPanel: (panel, state) => this.restore(panel, state as ViewState | undefined),
    });
  }

  get visible(): boolean {
    return this.panel?.visible ?? false;
  }

  /** Shows the panel, without taking the focus, and asks about a source, or without one where there need be none. */
  async open(source: EditorSource | undefined): Promise<void> {
    this.inspector.setSource(source);
    if (this.panel) {
      this.panel.reveal(undefined, true);
    } else {
      const { viewType, title } = this.place;
      const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.attach(vscode.window.createWebviewPanel(viewType, title, beside));
    }
    await this.inspector.ask();
  }

  dispose(): void {
    this.serializer.dispose();
    this.panel?.dispose();
    this.inspector.dispose();
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    this.inspector.attach(panelSurface(panel));
    panel.onDidDispose(() => (this.panel = undefined));
  }

  private async restore(panel: vscode.WebviewPanel, state: ViewState | undefined): Promise<void> {
    const source = (await EditorSource.fromState(state)) ?? undefined;
    if (this.panel || !(source || this.inspection.takesNoText)) return panel.dispose();
    this.inspector.setSource(source);
    this.inspection.restore?.(state?.settings);
    this.attach(panel);
    await this.inspector.ask();
  }
}
