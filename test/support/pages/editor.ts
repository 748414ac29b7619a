import { type Locator, type Page, expect } from '@playwright/test';
import type { QuickInput } from './quickInput';
import { type Rectangle, rectangleOf } from './textRectangle';

/** A place in a text as the editor counts: both from 1, columns in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** The text editor of the file that was opened last, also while the keyboard is elsewhere. */
export class Editor {
  /** "Ln 1, Col 5 (4 selected)", at the bottom of the window. */
  readonly selectionStatus: Locator;
  /** The hover that is shown. */
  readonly hoverWidget: Locator;

  private file = '';

  constructor(
    private readonly page: Page,
    private readonly quickInput: QuickInput,
  ) {
    this.selectionStatus = page.locator('.statusbar-item[id="status.editor.selection"]');
    this.hoverWidget = page.locator('.monaco-resizable-hover .monaco-hover:visible').first();
  }

  /** The editor itself; any that is there, before a file was opened by its name. */
  get root(): Locator {
    const uri = this.file ? `[data-uri$="/${encodeURIComponent(this.file)}"]` : '[data-uri]';
    return this.page.locator(`.editor-instance .monaco-editor${uri}:visible`).first();
  }

  /** Turns to the file of that name once it is shown. */
  async turnTo(file: string): Promise<void> {
    this.file = file;
    await expect(this.lines().first()).toBeVisible();
    await this.focus();
  }

  /** The lines that are rendered, which is all of a text that fits the window. */
  async text(): Promise<string> {
    const lines = await this.lines().evaluateAll((elements) =>
      elements
        .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? '' }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text.replaceAll('\u00a0', ' ')),
    );
    return lines.join('\n');
  }

  async goTo({ line, column }: Position): Promise<void> {
    await this.focus();
    await this.quickInput.open('Control+g');
    await this.quickInput.input.fill(`:${line}:${column}`);
    await this.quickInput.input.press('Enter');
    await this.quickInput.untilClosed();
    await expect(this.selectionStatus).toHaveText(new RegExp(`^Ln ${line}, `));
  }

  /** Selects from one position up to another, by the editor's own selection anchor: exact with any characters. */
  async select(from: Position, to: Position): Promise<void> {
    await this.goTo(from);
    await this.chord('Control+k', 'Control+b');
    await this.goTo(to);
    await this.chord('Control+k', 'Control+k');
    await expect(this.selectionStatus).toContainText('selected');
  }

  /** Selects the first place in the file that holds a text of one line, by finding it. */
  async selectText(text: string): Promise<void> {
    await this.goTo({ line: 1, column: 1 });
    const find = this.page.locator('.find-widget.visible');
    await this.page.keyboard.press('Control+f');
    await find.locator('textarea').first().fill(text);
    await expect(find.locator('.matchesCount')).toHaveText(/^1 of /);
    await this.page.keyboard.press('Escape');
    await this.expectSelected(text.length);
  }

  async selectAll(): Promise<void> {
    await this.focus();
    await this.page.keyboard.press('Control+a');
    await expect(this.selectionStatus).toContainText('selected');
  }

  /** Waits until so many characters are selected. */
  async expectSelected(characters: number): Promise<void> {
    await expect(this.selectionStatus).toContainText(`(${characters} selected)`);
  }

  /** Puts the keyboard into the text, wherever it was. */
  async focus(): Promise<void> {
    await this.root.locator('.native-edit-context, textarea.inputarea').first().focus();
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }

  /** Points at the first rendered place of a text and answers with the hover that appears. */
  async hover(text: string): Promise<Locator> {
    const { x, y, width, height } = await this.find(text);
    const middle = { x: x + width / 2, y: y + height / 2 };
    await expect(async () => {
      // A hover starts from a movement over the text; one that is already there belongs to something else.
      await this.page.mouse.move(2, 2);
      await expect(this.hoverWidget).toBeHidden({ timeout: 2_000 });
      await this.page.mouse.move(middle.x - 3, middle.y);
      await this.page.mouse.move(middle.x, middle.y, { steps: 4 });
      // Long enough for a provider that has to start first: looking away cancels it.
      await this.hoverWidget.waitFor({ state: 'visible', timeout: 12_000 });
    }).toPass({ timeout: 40_000 });
    return this.hoverWidget;
  }

  /** Clicks into the middle of the first rendered place of a text. */
  async clickText(text: string): Promise<void> {
    const { x, y, width, height } = await this.find(text);
    await this.page.mouse.click(x + width / 2, y + height / 2);
  }

  /** Where the window shows a text. */
  private async find(text: string): Promise<Rectangle> {
    let found: Rectangle | undefined;
    await expect(async () => {
      for (const line of await this.lines().all()) found ??= await rectangleOf(line, text);
      expect(found, `"${text}" in the editor`).toBeDefined();
    }).toPass({ timeout: 10_000 });
    if (!found) throw new Error(`"${text}" is not in the editor`);
    return found;
  }

  private lines(): Locator {
    return this.root.locator('.view-line');
  }

  private async chord(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }
}
