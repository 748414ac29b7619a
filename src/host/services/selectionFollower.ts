import * as vscode from 'vscode';
import type { EditorSource } from './editorSource';
import { questionFromEditor } from './question';
import type { Services } from './services';

/** Milliseconds that the selection has to stay as it is before it is asked about. */
const restTime = 250;

/** Characters that are asked about without a command: a file without blank lines is no paragraph. */
const mostFollowed = 50_000;

/** What asks about one source after the other. */
interface Asker {
  readonly hasSource: boolean;
  asksAbout(source: EditorSource): boolean;
  setSource(source: EditorSource): void;
  showEmpty(message: string): void;
  ask(): Promise<void>;
}

export interface FollowerPlace {
  /** Names what is remembered in the workspace, and the context key `ID.follows` of menus. */
  id: string;
  /** Before a person has chosen. */
  followsAtFirst: boolean;
  isVisible: () => boolean;
}

/** Asks about what is selected in the editors, for as long as its place is visible and is not pinned to its text. */
export class SelectionFollower implements vscode.Disposable {
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly services: Services,
    private readonly asker: Asker,
    private readonly place: FollowerPlace,
  ) {
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) this.followSoon();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.followSoon()),
    ];
    this.tellMenus();
  }

  /** Whether it follows; pinned where it does not. */
  get follows(): boolean {
    const { id, followsAtFirst } = this.place;
    return this.services.context.workspaceState.get(`${id}.follows`, followsAtFirst);
  }

  /** Follows from now on, beginning with what is selected, or stays with its text. */
  async setFollows(follows: boolean): Promise<void> {
    await this.services.context.workspaceState.update(`${this.place.id}.follows`, follows);
    this.tellMenus();
    this.followSoon();
  }

  followSoon(): void {
    this.forget();
    if (this.follows && this.place.isVisible()) this.timer = setTimeout(() => void this.follow(), restTime);
  }

  /** What was about to be asked is not. */
  forget(): void {
    clearTimeout(this.timer);
  }

  /** Asks about what is selected now, if that is something else than what is shown. */
  async follow(): Promise<void> {
    // Panels of text that nobody writes are editors, too: the output, a debug console.
    if (['output', 'debug'].includes(vscode.window.activeTextEditor?.document.uri.scheme ?? '')) return;
    const source = questionFromEditor();
    if (typeof source === 'string') {
      // What is shown stays while the caret is between two paragraphs.
      if (!this.asker.hasSource) this.asker.showEmpty(source);
    } else if (this.asker.asksAbout(source)) {
      source.dispose();
    } else if (source.texts.join('').length > mostFollowed) {
      source.dispose();
      if (this.asker.hasSource) return;
      this.asker.showEmpty(
        vscode.l10n.t('The text is long. Select a part of it, or run a command of Headlight on all of it.'),
      );
    } else {
      this.asker.setSource(source);
      await this.asker.ask();
    }
  }

  dispose(): void {
    this.forget();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private tellMenus(): void {
    void vscode.commands.executeCommand('setContext', `${this.place.id}.follows`, this.follows);
  }
}
