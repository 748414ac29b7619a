import path from 'node:path';
import * as vscode from 'vscode';
import type { TextRange } from '../../protocol/encoding';
import type { SourcePosition, SourceRange, SourceState, ViewState } from '../../protocol/views';
import { trackRange } from '../../core/trackRange';

/** A range of the inspected texts, and what to put in its place. */
export interface Replacement {
  range: SourceRange;
  text: string;
}

/** A range in a document. */
export interface Place {
  document: vscode.TextDocument;
  range: vscode.Range;
}

/**
 * What is inspected: one range of a document, or two that make a pair. The ranges follow edits made elsewhere
 * in the document; once the text inside them is another than was inspected, the source is stale.
 */
export class EditorSource implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The document was edited. */
  readonly onDidChange = this.changed.event;
  private inspected: string[];
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private document: vscode.TextDocument,
    private ranges: TextRange[],
  ) {
    this.inspected = this.currentTexts();
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidChangeTextDocument((event) => this.followEdits(event)),
      vscode.workspace.onDidOpenTextDocument((reopened) => this.followReopening(reopened)),
    ];
  }

  /** The source that a view kept over a reload; null when its document is gone or shorter now. */
  static async fromState(state: ViewState | undefined): Promise<EditorSource | null> {
    if (state?.version !== 2 || !state.source) return null;
    const { documentUri, ranges } = state.source;
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(documentUri));
      const length = document.getText().length;
      const fits = ranges.every(({ start, end }) => start >= 0 && start <= end && end <= length);
      return fits ? new EditorSource(document, ranges) : null;
    } catch {
      return null;
    }
  }

  /** The text and, if there is one, its pair, as they were inspected. */
  get texts(): string[] {
    return this.inspected;
  }

  get name(): string {
    return path.posix.basename(this.document.uri.path);
  }

  get state(): SourceState {
    return { documentUri: this.document.uri.toString(), ranges: this.ranges };
  }

  /** Whether another source is the same texts in the same place. */
  equals(other: EditorSource): boolean {
    const identity = ({ state, texts }: EditorSource): string => JSON.stringify([state, texts]);
    return identity(this) === identity(other);
  }

  get stale(): boolean {
    return this.currentTexts().some((text, index) => text !== this.inspected[index]);
  }

  /** Takes the texts as they stand now. */
  refresh(): void {
    this.inspected = this.currentTexts();
  }

  /** The document and the place in it of a range of the inspected texts; null when the text has changed. */
  locate(range: SourceRange): Place | null {
    return this.locateAll([range])[0] ?? null;
  }

  /** The places of ranges of the inspected texts, in their order; none when the text has changed. */
  locateAll(ranges: readonly SourceRange[]): Place[] {
    const { document } = this;
    // The texts are compared once: there may be thousands of ranges.
    if (ranges.length === 0 || this.stale) return [];
    return ranges.flatMap(({ sequence, start, end }) => {
      const passage = this.ranges[sequence];
      if (!passage) return [];
      const [from, to] = [start, end].map((offset) => document.positionAt(passage.start + offset));
      return [{ document, range: new vscode.Range(from!, to!) }];
    });
  }

  /** Where the caret, or the start of the selection, is in the inspected texts; null outside of them. */
  caret(): SourcePosition | null {
    const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
    const editor = editors.find((one) => one?.document === this.document);
    if (!editor || this.stale) return null;
    const [offset, end] = [editor.selection.start, editor.selection.end].map((at) =>
      this.document.offsetAt(at),
    );
    for (const sequence of [0, 1] as const) {
      const range = this.ranges[sequence];
      if (!range || offset! < range.start || offset! > range.end) continue;
      // Where all of it is selected, no place in it is meant.
      const isWhole = offset === range.start && end === range.end && offset !== end;
      return isWhole ? null : { sequence, offset: offset! - range.start };
    }
    return null;
  }

  /** Opens the document again if it was closed, and says whether it still holds the inspected texts. */
  async reopen(): Promise<boolean> {
    if (this.document.isClosed) {
      try {
        this.document = await vscode.workspace.openTextDocument(this.document.uri);
      } catch {
        return false;
      }
    }
    return !this.stale;
  }

  /** Replaces ranges of the inspected texts as one undo step; false when the text has changed. */
  async replace(changes: readonly Replacement[]): Promise<boolean> {
    if (!(await this.reopen())) return false;
    const edit = new vscode.WorkspaceEdit();
    for (const { range, text } of changes) {
      const place = this.locate(range);
      if (!place) return false;
      edit.replace(place.document.uri, place.range, text);
    }
    return vscode.workspace.applyEdit(edit);
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private currentTexts(): string[] {
    const text = this.document.getText();
    return this.ranges.map(({ start, end }) => text.slice(start, end));
  }

  private followEdits(event: vscode.TextDocumentChangeEvent): void {
    if (event.document !== this.document || event.contentChanges.length === 0) return;
    this.ranges = this.ranges.map((range) => event.contentChanges.reduce(trackRange, range));
    this.changed.fire();
  }

  private followReopening(reopened: vscode.TextDocument): void {
    if (reopened.uri.toString() !== this.document.uri.toString()) return;
    this.document = reopened;
    this.changed.fire();
  }
}

/** Says that a file did not take an edit: it is read-only, or no longer there. */
export function sayNotChanged(file: string): void {
  void vscode.window.showWarningMessage(
    vscode.l10n.t('"{0}" could not be changed: it is read-only, or no longer there.', file),
  );
}
