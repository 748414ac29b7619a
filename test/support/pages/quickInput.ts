import { type Locator, type Page, expect } from '@playwright/test';

/** The box at the top of the window: command palette, quick open, go to line, and the picks of extensions. */
export class QuickInput {
  readonly box: Locator;
  readonly input: Locator;
  readonly rows: Locator;

  constructor(private readonly page: Page) {
    this.box = page.locator('.quick-input-widget:not(.hidden)');
    this.input = this.box.locator('.quick-input-box input');
    this.rows = this.box.locator('.monaco-list-row');
  }

  /** Presses the key that opens the box; keys are dead for a moment after a window has opened. */
  async open(key: string): Promise<void> {
    await expect(async () => {
      if (!(await this.input.isVisible())) await this.page.keyboard.press(key);
      await this.input.waitFor({ state: 'visible', timeout: 700 });
    }).toPass({ timeout: 20_000 });
  }

  /** The row with exactly that label. */
  row(label: string): Locator {
    return this.rows.filter({ has: this.page.locator('.label-name', { hasText: exactly(label) }) }).first();
  }

  /** Types into the box and chooses the row with that label. */
  async choose(text: string, label: string): Promise<void> {
    await this.typeUntil(text, this.row(label));
    await this.row(label).click();
    await this.untilClosed();
  }

  /** Types into the box, anew until the row is there: soon after the start the list may lack what is still loading. */
  async typeUntil(text: string, row: Locator): Promise<void> {
    await expect(async () => {
      await this.input.fill('');
      await this.input.fill(text);
      await row.waitFor({ state: 'visible', timeout: 3_000 });
    }).toPass({ timeout: 30_000 });
  }

  /** Answers VS Code's own box for a file, with an absolute path. */
  async giveFile(file: string): Promise<void> {
    await expect(this.input).toHaveValue(/\//);
    await expect(this.rows.first()).toBeVisible();
    // While it still lists its first folder it takes back what is typed.
    await expect(async () => {
      await this.input.fill(file);
      await this.page.waitForTimeout(300);
      await expect(this.input).toHaveValue(file, { timeout: 1 });
    }).toPass({ timeout: 15_000 });
    await this.page.keyboard.press('Enter');
    // The next question is asked in the same box.
    await expect
      .poll(
        async () =>
          (await this.input.isVisible()) && (await this.input.inputValue({ timeout: 1_000 })) === file,
      )
      .toBe(false);
  }

  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.untilClosed();
  }

  async untilClosed(): Promise<void> {
    await expect(this.box).toBeHidden({ timeout: 10_000 });
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
