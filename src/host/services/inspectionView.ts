import * as vscode from 'vscode';
import { toHeadlightError } from '../../core/errors';
import type { CallOptions, Handlers, Requests } from '../../core/rpc';
import type { TextQuestion } from '../../protocol/inspections';
import type { QuestionKind } from '../../protocol/models';
import type {
  SourcePosition,
  SourceRange,
  ViewAction,
  ViewContent,
  ViewRequests,
  ViewState,
  ViewUpdate,
} from '../../protocol/views';
import { EditorSource, sayNotChanged } from './editorSource';
import type { Services } from './services';
import { actionsFor } from './viewActions';
import { ViewPanel } from './viewPanel';

/** One kind of inspection that has a view of its own. */
export interface Inspection<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>> {
  viewType: string;
  /** Name of the view's bundle in `dist/webview`. */
  bundle: string;
  title: string;
  kind: QuestionKind;
  /** What is being done, for as long as the engine has nothing more precise to say. */
  busyMessage: string;
  ask(question: TextQuestion, options: CallOptions): Promise<Result>;
  /** Why there is nothing to ask of these texts; null when there is. */
  nothingToAsk?(texts: string[]): string | null;
  /** Adds the handlers that only this view has to those that every view has. */
  handlers(common: Handlers<ViewRequests<ViewContent<Result>>>): Handlers<Map>;
}

/**
 * The view of one kind of inspection: a single panel that shows the newest question asked of it. A newer
 * question cancels the one before, a changed model asks again, an edit of the text makes the result stale.
 */
export class InspectionView<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>>
  implements vscode.Disposable
{
  private view: ViewPanel<ViewContent<Result>, Map> | undefined;
  private source: EditorSource | undefined;
  private run: AbortController | undefined;
  private content: ViewContent<Result>;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly services: Services,
    private readonly inspection: Inspection<Result, Map>,
  ) {
    this.content = { kind: 'busy', message: inspection.busyMessage };
    this.subscriptions = [
      services.models.onDidChange(() => void this.ask()),
      vscode.window.onDidChangeTextEditorSelection(() => this.view?.tell('caret', { at: this.caret() })),
      vscode.window.registerWebviewPanelSerializer(inspection.viewType, {
        deserializeWebviewPanel: (panel, state) => this.restore(panel, state as ViewState | undefined),
      }),
    ];
  }

  /** Shows the view beside the editor, without taking the focus, and asks about a source. */
  async open(source: EditorSource): Promise<void> {
    this.setSource(source);
    if (this.view) {
      this.view.panel.reveal(undefined, true);
    } else {
      const { viewType, title } = this.inspection;
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.attach(vscode.window.createWebviewPanel(viewType, title, place));
    }
    await this.ask();
  }

  /** The result on show; null when there is none, its text has changed since, or it is about to be replaced. */
  get result(): Result | null {
    const { content } = this;
    return content.kind === 'result' && this.settled() && !this.source?.stale ? content.result : null;
  }

  /** Replaces a range of the inspected text and asks again; says so when it could not be replaced. */
  async replace(range: SourceRange, text: string): Promise<void> {
    this.showBusy(this.inspection.busyMessage);
    if (await this.source?.replace(range, text)) return this.ask();
    if (this.content.kind === 'result') this.show({ ...this.content, running: null });
    this.updateStale();
    if (!this.source?.stale) sayNotChanged(this.source?.name ?? '');
  }

  /** Asks about the source as it stands now. */
  async ask(): Promise<void> {
    const { source, view, inspection } = this;
    this.run?.abort();
    if (!source || !view) return;
    const run = new AbortController();
    this.run = run;
    await source.reopen();
    source.refresh();
    const nothing = inspection.nothingToAsk?.(source.texts);
    if (!nothing) this.showBusy(inspection.busyMessage);
    const content: ViewContent<Result> = nothing
      ? { kind: 'empty', message: nothing, actions: ['runAgain'] }
      : await this.answer(source, run);
    if (this.run !== run) return;
    this.run = undefined;
    this.show(content);
    this.view?.tell('caret', { at: this.caret() });
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    this.view?.dispose();
  }

  private async answer(source: EditorSource, run: AbortController): Promise<ViewContent<Result>> {
    const texts = source.texts;
    try {
      const model = await this.services.models.current(this.inspection.kind);
      const onProgress: CallOptions['onProgress'] = ({ message }) => {
        if (this.run === run) this.showBusy(message);
      };
      const question = { model, text: texts[0] ?? '', pair: texts[1] };
      const result = await this.inspection.ask(question, { signal: run.signal, onProgress });
      return { kind: 'result', result, texts, source: source.name, stale: source.stale, running: null };
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled') {
        return { kind: 'empty', message: vscode.l10n.t('Cancelled.'), actions: ['runAgain'] };
      }
      this.services.log.error(`${this.inspection.kind}: ${error.message}`);
      return { kind: 'failed', message: error.message, actions: actionsFor(error.code) };
    }
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.view = new ViewPanel<ViewContent<Result>, Map>(panel, {
      extensionUri: this.services.context.extensionUri,
      bundle: this.inspection.bundle,
      handlers: this.inspection.handlers({
        start: () => ({ ...this.update(), caret: this.caret(), translations: vscode.l10n.bundle ?? {} }),
        act: ({ action }) => this.act(action),
        highlight: ({ range }) => this.highlight(range),
        reveal: ({ range, focus }) => this.reveal(range, focus),
      }),
    });
    this.view.onDidDispose(() => this.detach());
  }

  private detach(): void {
    this.view = undefined;
    this.run?.abort();
    this.run = undefined;
    this.services.highlighter.clear();
    this.setSource(undefined);
    this.content = { kind: 'busy', message: this.inspection.busyMessage };
  }

  private async restore(panel: vscode.WebviewPanel, state: ViewState | undefined): Promise<void> {
    const source = state?.version === 1 ? await EditorSource.fromState(state) : null;
    if (this.view || !source) return panel.dispose();
    this.setSource(source);
    this.attach(panel);
    await this.ask();
  }

  private setSource(source: EditorSource | undefined): void {
    this.source?.dispose();
    this.source = source;
    source?.onDidChange(() => this.followEdits());
  }

  private followEdits(): void {
    this.updateStale();
    // What was filled in may have been undone, so that there is something to ask again.
    if (this.source?.stale && this.inspection.nothingToAsk?.(this.source.texts)) void this.ask();
  }

  private updateStale(): void {
    const { content, source } = this;
    if (content.kind !== 'result' || content.running !== null || !source) return;
    if (source.stale) this.services.highlighter.clear();
    if (content.stale !== source.stale) this.show({ ...content, stale: source.stale });
  }

  private showBusy(message: string): void {
    const { content } = this;
    this.show(content.kind === 'result' ? { ...content, running: message } : { kind: 'busy', message });
  }

  private show(content: ViewContent<Result>): void {
    this.content = content;
    // What is no longer on show cannot be pointed at.
    if (content.kind !== 'result') this.services.highlighter.clear();
    this.view?.tell('show', this.update());
  }

  private update(): ViewUpdate<ViewContent<Result>> {
    return { content: this.content, state: this.source?.state ?? null };
  }

  private async act(action: ViewAction): Promise<null> {
    if (action === 'cancel') this.run?.abort();
    if (action === 'runAgain') await this.ask();
    if (action === 'selectModel') await vscode.commands.executeCommand('headlight.selectModel');
    if (action === 'showLog') this.services.log.show(true);
    return null;
  }

  private highlight(range: SourceRange | null): null {
    const place = range && this.settled()?.locate(range);
    if (place) this.services.highlighter.show(place.document, place.range);
    else this.services.highlighter.clear();
    return null;
  }

  private async reveal(range: SourceRange, focus: boolean): Promise<null> {
    await this.source?.reopen();
    const place = this.settled()?.locate(range);
    if (!place) return null;
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === place.document);
    await vscode.window.showTextDocument(place.document, {
      viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
      preserveFocus: !focus,
      selection: place.range,
    });
    return null;
  }

  private caret(): SourcePosition | null {
    return this.settled()?.caret() ?? null;
  }

  /** The source when the view shows the result for it, and not one that is about to be replaced. */
  private settled(): EditorSource | undefined {
    const { content } = this;
    return content.kind === 'result' && content.running === null ? this.source : undefined;
  }
}
