import { statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Locator, type Page, expect } from '@playwright/test';
import { resultsFolder } from '../paths';
import type { ServerWorkbench } from '../serverWorkbench';
import type { Settings } from '../settings';
import { Editor } from './editor';
import { QuickInput } from './quickInput';
import { type Marker, WebviewPage } from './webviewPage';

/** VS Code's four kinds of theme, each with the class that the workbench then carries. */
const themes = {
  light: { name: 'Light Modern', kind: 'vs' },
  dark: { name: 'Dark Modern', kind: 'vs-dark' },
  highContrast: { name: 'Default High Contrast', kind: 'hc-black' },
  highContrastLight: { name: 'Default High Contrast Light', kind: 'hc-light' },
};

export type Theme = keyof typeof themes;

/** A VS Code window, by what a person does in it. */
export class Workbench {
  readonly quickInput: QuickInput;
  readonly editor: Editor;
  readonly sidebar: Locator;
  private readonly changedSettings: Settings = {};

  constructor(
    readonly page: Page,
    readonly server: ServerWorkbench,
    /** The folder that the window shows. */
    readonly folder: string,
  ) {
    this.quickInput = new QuickInput(page);
    this.editor = new Editor(page, this.quickInput);
    this.sidebar = page.locator('.part.sidebar');
  }

  /** Opens the folder and waits until the window is ready. */
  async open(): Promise<void> {
    await this.page.goto(this.server.url(this.folder));
    await this.untilReady();
  }

  /** Reloads the window, as Developer: Reload Window does. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.untilReady();
  }

  /**
   * Waits until what a reload gives back holds a piece of JSON. In a browser, VS Code keeps what is open when one turns
   * to another window, else every few seconds if it has time to, and not when the page goes.
   */
  async untilKept(piece: string): Promise<void> {
    const kept = async (): Promise<boolean> => {
      await this.page.evaluate(turnAway);
      return this.page.evaluate(isKept, piece);
    };
    await expect.poll(kept, { message: `the window keeps ${piece}`, timeout: 60_000 }).toBe(true);
  }

  /** Runs a command by its full title, "Category: Title". */
  async runCommand(title: string): Promise<void> {
    await this.quickInput.open('F1');
    await this.quickInput.choose(`>${title}`, title);
  }

  /** Runs a command that asks something in the box in which it was chosen. */
  async askCommand(title: string): Promise<void> {
    await this.quickInput.open('F1');
    await this.quickInput.typeUntil(`>${title}`, this.quickInput.row(title));
    await this.quickInput.row(title).click();
  }

  /** Opens Headlight's list of models, which takes the place of the palette. */
  async openModels(): Promise<void> {
    await this.askCommand('Headlight: Select Model…');
    // Only the rows that are in sight are there.
    await expect(this.quickInput.rows.filter({ hasText: 'bert-tiny-en-zh' }).first()).toBeVisible();
  }

  /** Makes a model folder the current one, by the list of models and VS Code's own dialog for folders. */
  async useModel(folder: string): Promise<void> {
    await this.openModels();
    await this.quickInput.input.fill('Open a model folder');
    await this.quickInput.rows.filter({ hasText: 'Open a model folder' }).click();
    const use = this.quickInput.box.getByRole('button', { name: 'Use This Model' });
    await expect(use).toBeVisible();
    // The dialog first puts in the folder of the workspace, in front of what is there by then.
    await expect(this.quickInput.input).toHaveValue(/\/$/);
    // While it still lists that folder it takes back what is typed, and may take no click.
    await expect(async () => {
      if (!(await use.isVisible())) return;
      await this.quickInput.input.fill(`${folder}/`);
      await this.page.waitForTimeout(300);
      await expect(this.quickInput.input).toHaveValue(`${folder}/`, { timeout: 1 });
      await use.click();
      await expect(use).toBeHidden({ timeout: 3_000 });
    }).toPass({ timeout: 30_000 });
    await this.quickInput.untilClosed();
  }

  /** What is written to a file of the folder after something that asks where to save. */
  async saved(file: string, asking: () => Promise<void>): Promise<Buffer> {
    const target = path.join(this.folder, file);
    await asking();
    await expect(this.quickInput.input).toHaveValue(
      new RegExp(String.raw`\.${path.extname(file).slice(1)}$`),
    );
    await this.quickInput.giveFile(target);
    await this.quickInput.untilClosed();
    // It is there before all of it is written.
    let before = 0;
    const isStill = (): boolean => {
      const size = statSync(target, { throwIfNoEntry: false })?.size ?? 0;
      const same = size > 0 && size === before;
      before = size;
      return same;
    };
    await expect.poll(isStill, { intervals: [200] }).toBe(true);
    return readFile(target);
  }

  /** The titles that the command palette offers for some typed text. */
  async commandsFor(text: string): Promise<string[]> {
    await this.quickInput.open('F1');
    const row = this.quickInput.rows.filter({ hasText: text }).first();
    await this.quickInput.typeUntil(`>${text}`, row);
    const titles = await this.quickInput.rows.locator('.label-name').allInnerTexts();
    await this.quickInput.cancel();
    return titles;
  }

  /** Opens a file of the folder by quick open. */
  async openFile(file: string): Promise<void> {
    const name = path.posix.basename(file);
    await this.quickInput.open('Control+p');
    await this.quickInput.choose(file, name);
    await expect(
      this.page.locator(`.editor-group-container.active .tab.active[data-resource-name="${name}"]`),
    ).toBeVisible();
    await this.editor.turnTo(name);
  }

  /** Shows the view container with that title in the sidebar. */
  async openSidebar(title: string): Promise<void> {
    const item = this.page.locator('.part.activitybar .action-item', {
      has: this.page.locator(`a[aria-label^="${title}"]`),
    });
    // A second click would hide it.
    if (!(await item.and(this.page.locator('.checked')).count())) await item.click();
    await expect(this.sidebar.locator('.composite.title')).toContainText(title, { ignoreCase: true });
  }

  /** A row of a tree in the sidebar. */
  treeItem(label: string | RegExp): Locator {
    return this.sidebar.getByRole('treeitem', { name: label });
  }

  /** Chooses in the menu that is open. A menu takes no click in the moment in which it opens. */
  async chooseInMenu(name: string): Promise<void> {
    const item = this.page.getByRole('menuitem', { name });
    await expect(async () => {
      await item.click({ timeout: 5_000 });
      await expect(item).toBeHidden({ timeout: 1_000 });
    }).toPass({ timeout: 15_000 });
  }

  /** An editor tab by its title. */
  tab(title: string | RegExp): Locator {
    return this.page.getByRole('tab', { name: title });
  }

  /** The webview that shows what the marker finds, in an editor or in the sidebar. */
  webview(marker: Marker): Promise<WebviewPage> {
    return WebviewPage.find(this.page, marker);
  }

  /** A notification that is on show now, by itself or in the centre. */
  notification(text: string | RegExp): Locator {
    return this.page
      .locator('.notifications-toasts, .notifications-center')
      .locator('.notification-list-item', { hasText: text });
  }

  /** A notification once it is there: it shows itself for some seconds at most, and waits in the centre then. */
  async untilNotified(text: string | RegExp): Promise<Locator> {
    await expect(this.page.getByRole('alert').filter({ hasText: text })).toBeAttached();
    const shown = this.notification(text);
    try {
      await shown.waitFor({ timeout: 2_000 });
    } catch {
      await this.runCommand('Notifications: Show Notifications');
      await shown.waitFor();
    }
    return shown;
  }

  async chooseInNotification(text: string | RegExp, button: string): Promise<void> {
    const shown = await this.untilNotified(text);
    await shown.getByRole('button', { name: button, exact: true }).click();
  }

  /**
   * Changes settings of the open window. They lie in its folder: a window reads user settings only when it opens
   * (the `settings` option of the fixtures sets those).
   */
  async changeSettings(changes: Settings): Promise<void> {
    Object.assign(this.changedSettings, changes);
    await mkdir(path.join(this.folder, '.vscode'), { recursive: true });
    await writeFile(path.join(this.folder, '.vscode/settings.json'), JSON.stringify(this.changedSettings));
  }

  async useTheme(theme: Theme): Promise<void> {
    const { name, kind } = themes[theme];
    await this.changeSettings({ 'workbench.colorTheme': name });
    await expect(this.page.locator(`.monaco-workbench.${kind}`)).toBeVisible();
  }

  /** Keeps a picture of the window in test-results/screenshots. */
  async screenshot(name: string): Promise<string> {
    const file = path.join(resultsFolder, 'screenshots', `${name}.png`);
    // A hover that is still fading in would be pictured as a shadow of itself.
    await this.page.screenshot({ path: file, animations: 'disabled' });
    return file;
  }

  private async untilReady(): Promise<void> {
    const timeout = 60_000;
    await expect(this.page.locator('.monaco-workbench .part.statusbar .statusbar-item').first()).toBeVisible({
      timeout,
    });
    await expect(this.sidebar.locator('.composite.title')).toContainText(/\S/, { timeout });
  }
}

/** Another window has the focus for a moment; Playwright lets a page believe that it always has it. */
async function turnAway(): Promise<void> {
  const { hasFocus } = document;
  document.hasFocus = () => false;
  window.dispatchEvent(new Event('blur'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  document.hasFocus = hasFocus;
  window.dispatchEvent(new Event('focus'));
}

/** Whether one of VS Code's databases in this browser holds a piece of JSON, as it is or as text in other JSON. */
async function isKept(piece: string): Promise<boolean> {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? '');
  const answer = <Result>(request: IDBRequest<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error(request.error?.message));
    });
  for (const name of names.filter((each) => each.startsWith('vscode-web-state-db'))) {
    const database = await answer(indexedDB.open(name));
    const values = await answer<unknown[]>(
      database.transaction('ItemTable').objectStore('ItemTable').getAll(),
    );
    database.close();
    if (values.some((value) => String(value).replaceAll('\\', '').includes(piece))) return true;
  }
  return false;
}
