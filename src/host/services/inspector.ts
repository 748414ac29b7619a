import * as vscode from 'vscode';
import type { CallOptions, Handlers, Requests } from '../../core/rpc';
import type { TextQuestion } from '../../protocol/inspections';
import type { QuestionKind } from '../../protocol/models';
import type {
  ExportFormat,
  NoResultContent,
  SourcePosition,
  SourceRange,
  ViewAction,
  ViewContent,
  ViewRequests,
  ViewUpdate,
  SourceState,
} from '../../protocol/views';
import type { EditorSource, Place, Replacement } from './editorSource';
import { sayNotChanged } from './editorSource';
import type { Services } from './services';
import { actionsFor } from './viewActions';
import { ViewPage, type Surface } from './viewPage';

/** One kind of inspection that has a view of its own. */
export interface Inspection<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>> {
  /** Name of the view's bundle in `dist/webview`. */
  bundle: string;
  kind: QuestionKind;
  /** What is being done, for as long as the engine has nothing more precise to say. */
  busyMessage: string;
  /** @param anyway the person was told what it takes and wants it all the same. */
  ask(question: TextQuestion, options: CallOptions, anyway: boolean): Promise<Result>;
  /** The question names its model: another choice changes nothing. */
  ownModel?: boolean;
  /** There is something to show without a text, too. */
  takesNoText?: boolean;
  /** Why there is nothing to ask of these texts; null when there is. */
  nothingToAsk?(texts: string[]): string | null;
  /** Called whenever what is on show changes: null when it is no result, or one whose text has changed. */
  onResult?(result: Result | null, source: EditorSource | undefined): void;
  /** Whether the view follows the selection, so that it must not change it when it shows a range. */
  keepsSelection?(): boolean;
  /** What else is asked for, kept over a reload of the window; as plain data. */
  settings?(): unknown;
  /** Asks for what was kept from now on, whatever that is: an older version may have kept something else. */
  restore?(settings: unknown): void;
  /** Adds the handlers that only this view has to those that every view has. */
  handlers(common: Handlers<ViewRequests<ViewContent<Result>>>): Handlers<Map>;
}

/** Buttons for other models below an error. */
const mostOffered = 3;

/**
 * Asks one kind of inspection about a text in an editor, and shows in a view what comes of it. A newer question
 * cancels the one before, a changed model asks again, an edit of the text makes the result stale.
 */
export class Inspector<Result, Map extends ViewRequests<ViewContent<Result>> & Requests<Map>>
  implements vscode.Disposable
{
  private view: ViewPage<ViewContent<Result>, Map> | undefined;
  private surface: Surface | undefined;
  /** The model changed while nobody looked. */
  private outdated = false;
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
      services.models.onDidChange(() => this.followModels()),
      vscode.window.onDidChangeTextEditorSelection(() => this.view?.tell('caret', { at: this.caret() })),
    ];
  }

  get hasSource(): boolean {
    return this.source !== undefined;
  }

  /** What is asked about, for another view to ask about the same; null when there is nothing. */
  get sourceState(): SourceState | null {
    return this.source?.state ?? null;
  }

  /** The texts that were asked about last. */
  get textsOnShow(): readonly string[] {
    return this.source?.texts ?? [];
  }

  /** Whether there is a view to show something in. */
  get attached(): boolean {
    return this.view !== undefined;
  }

  /** Shows everything from now on in a view of its own at this place, until the place is gone. */
  attach(surface: Surface): void {
    this.surface = surface;
    this.view = new ViewPage<ViewContent<Result>, Map>(surface, {
      extensionUri: this.services.context.extensionUri,
      bundle: this.inspection.bundle,
      handlers: this.inspection.handlers({
        start: () => ({ ...this.update(), caret: this.caret(), translations: vscode.l10n.bundle ?? {} }),
        act: ({ action }) => this.act(action),
        useModel: ({ model }) => this.useModel(model),
        copyCommand: () => this.copyCommand(),
        highlight: ({ ranges }) => this.highlight(ranges),
        reveal: ({ range, focus }) => this.reveal(range, focus),
      }),
    });
    surface.onDidChangeVisible(() => {
      // A view that is gone cannot say that nothing is pointed at any more.
      if (!surface.visible) this.services.highlighter.show([]);
      else if (this.outdated) void this.ask();
    });
    surface.onDidDispose(() => this.detach());
  }

  /** Lets the view write what it shows to a file, or to the clipboard. */
  exportAs(format: ExportFormat): void {
    this.view?.tell('exportAs', { format });
  }

  /** Asks about another source from now on. */
  setSource(source: EditorSource | undefined): void {
    this.run?.abort();
    this.run = undefined;
    this.source?.dispose();
    this.source = source;
    source?.onDidChange(() => this.followEdits());
  }

  /** Whether a source is what is being asked about already. */
  asksAbout(source: EditorSource): boolean {
    return this.source?.equals(source) ?? false;
  }

  /** Says that there is nothing to ask about. */
  showEmpty(message: string): void {
    this.setSource(undefined);
    const actions: ViewAction[] = vscode.window.visibleTextEditors.length === 0 ? ['openSample'] : [];
    this.show({ kind: 'empty', message, actions });
  }

  /** The places in the editor of ranges of the result on show; none when its text has changed. */
  placesOf(ranges: readonly SourceRange[]): Place[] {
    return this.settled()?.locateAll(ranges) ?? [];
  }

  /** The result on show; null when there is none, its text has changed since, or it is about to be replaced. */
  get result(): Result | null {
    const { content } = this;
    return content.kind === 'result' && this.settled() && !this.source?.stale ? content.result : null;
  }

  /** Replaces ranges of the inspected text and asks again; says so when they could not be replaced. */
  async replace(changes: readonly Replacement[]): Promise<void> {
    this.showBusy(this.inspection.busyMessage);
    if (await this.source?.replace(changes)) return this.ask();
    if (this.content.kind === 'result') this.show({ ...this.content, running: null });
    this.updateStale();
    if (!this.source?.stale) sayNotChanged(this.source?.name ?? '');
  }

  /** Asks about the source as it stands now. */
  async ask(anyway = false): Promise<void> {
    const { source, view, inspection } = this;
    this.outdated = false;
    this.run?.abort();
    if (!(source || inspection.takesNoText) || !view) return;
    const run = new AbortController();
    this.run = run;
    await source?.reopen();
    if (this.run !== run) return;
    source?.refresh();
    const nothing = source && inspection.nothingToAsk?.(source.texts);
    if (!nothing) this.showBusy(inspection.busyMessage);
    const content: ViewContent<Result> = nothing
      ? { kind: 'empty', message: nothing, actions: ['runAgain'] }
      : await this.answer(source, run, anyway);
    if (this.run !== run) return;
    this.run = undefined;
    this.show(content);
    this.view?.tell('caret', { at: this.caret() });
    if (content.kind === 'failed' && content.actions[0] === 'selectModel') void this.offerOthers(content);
  }

  dispose(): void {
    this.detach();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private async answer(
    source: EditorSource | undefined,
    run: AbortController,
    anyway: boolean,
  ): Promise<ViewContent<Result>> {
    const texts = source?.texts ?? [];
    try {
      const model = await this.services.models.current(this.inspection.kind);
      const onProgress: CallOptions['onProgress'] = ({ message }) => {
        if (this.run === run) this.showBusy(message);
      };
      const question = { model, text: texts[0] ?? '', pair: texts[1] };
      const result = await this.inspection.ask(question, { signal: run.signal, onProgress }, anyway);
      const [name, stale] = [source?.name ?? '', source?.stale ?? false];
      return { kind: 'result', result, texts, source: name, stale, running: null };
    } catch (thrown) {
      const error = await this.services.models.explained(thrown, this.inspection.kind);
      if (error.code === 'Cancelled') {
        return { kind: 'empty', message: vscode.l10n.t('Cancelled.'), actions: ['runAgain'] };
      }
      this.services.log.error(`${this.inspection.kind}: ${error.message}`);
      // Nothing has failed yet: a person decides.
      const kind = error.code === 'OverBudget' ? 'empty' : 'failed';
      const actions = actionsFor(error.code, this.inspection.ownModel);
      return { kind, message: error.message, actions, command: error.command };
    }
  }

  /** Names the models that can answer where this one cannot. */
  private async offerOthers(failed: NoResultContent): Promise<void> {
    const { models } = this.services;
    const { kind } = this.inspection;
    const chosen = models.chosen(kind);
    const others = (await models.thatAnswer(kind)).filter(({ path }) => path !== chosen);
    if (this.content !== failed || others.length === 0) return;
    const offered = others.slice(0, mostOffered).map(({ path, name }) => ({ path, name }));
    this.show({ ...failed, models: offered });
  }

  private async useModel(model: string): Promise<null> {
    const { models } = this.services;
    const isOffered =
      this.content.kind === 'failed' && this.content.models?.some(({ path }) => path === model);
    if (isOffered) await models.choose(model, [this.inspection.kind]);
    return null;
  }

  private async copyCommand(): Promise<null> {
    const command = this.content.kind === 'failed' ? this.content.command : undefined;
    if (command !== undefined) await vscode.env.clipboard.writeText(command);
    return null;
  }

  private detach(): void {
    this.view = undefined;
    this.surface = undefined;
    this.services.highlighter.show([]);
    this.setSource(undefined);
    this.content = { kind: 'busy', message: this.inspection.busyMessage };
    this.tellResult();
  }

  /** A hidden view does not run a model that perhaps nobody asks again. */
  private followModels(): void {
    if (this.inspection.ownModel) return;
    if (this.surface?.visible) void this.ask();
    else this.outdated = true;
  }

  private followEdits(): void {
    this.updateStale();
    // What was filled in may have been undone, so that there is something to ask again.
    if (this.source?.stale && this.inspection.nothingToAsk?.(this.source.texts)) void this.ask();
  }

  private updateStale(): void {
    const { content, source } = this;
    if (content.kind !== 'result' || content.running !== null || !source) return;
    if (source.stale) this.services.highlighter.show([]);
    if (content.stale !== source.stale) this.show({ ...content, stale: source.stale });
  }

  private showBusy(message: string): void {
    const { content } = this;
    if (content.kind !== 'result') return this.show({ kind: 'busy', message });
    this.content = { ...content, running: message };
    this.view?.tell('running', { message });
  }

  private show(content: ViewContent<Result>): void {
    this.content = content;
    // What is no longer on show cannot be pointed at.
    if (content.kind !== 'result') this.services.highlighter.show([]);
    this.view?.tell('show', this.update());
    this.tellResult();
  }

  private tellResult(): void {
    const { content, source } = this;
    const isFresh = content.kind === 'result' && !content.stale;
    this.inspection.onResult?.(isFresh ? content.result : null, source);
  }

  private update(): ViewUpdate<ViewContent<Result>> {
    return {
      content: this.content,
      source: this.source?.state ?? null,
      settings: this.inspection.settings?.(),
    };
  }

  private async act(action: ViewAction): Promise<null> {
    if (action === 'cancel') this.run?.abort();
    if (action === 'runAgain') await this.ask();
    if (action === 'runAnyway') await this.ask(true);
    if (action === 'selectModel') await vscode.commands.executeCommand('headlight.selectModel');
    if (action === 'openSample') await vscode.commands.executeCommand('headlight.openSample');
    if (action === 'showLog') this.services.log.show(true);
    return null;
  }

  private highlight(ranges: SourceRange[]): null {
    this.services.highlighter.show(this.placesOf(ranges));
    return null;
  }

  private async reveal(range: SourceRange, focus: boolean): Promise<null> {
    await this.source?.reopen();
    const place = this.settled()?.locate(range);
    if (!place) return null;
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === place.document);
    const editor = await vscode.window.showTextDocument(place.document, {
      viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
      preserveFocus: !focus,
      selection: this.inspection.keepsSelection?.() ? undefined : place.range,
    });
    editor.revealRange(place.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
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
