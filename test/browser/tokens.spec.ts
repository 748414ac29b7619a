import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

/** The view of tokens, once it shows some. */
async function tokensView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('listbox', { name: 'Tokens' }));
}

const cell = (view: WebviewPage, name: string | RegExp) => view.getByRole('option', { name }).first();

test('a selected sentence becomes tokens with their ids, and pointing at one marks its text', async ({
  workbench,
}) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Tokens');

  const view = await tokensView(workbench);
  await expect(view.getByRole('heading')).toHaveText(/^\d+ of at most 512 tokens$/);
  await expect(cell(view, /^\[CLS\], id \d+, segment 0, position 0, attention 1, added/)).toBeVisible();
  await expect(cell(view, /^seven, id \d+, segment 0, position 1/)).toBeVisible();

  await cell(view, /^breakfast/).hover();
  await expect(view.getByText('text “breakfast”')).toBeVisible();
  await expect(highlighted(workbench)).toHaveCount(1);
  await workbench.screenshot('tokens-light');
  await workbench.useTheme('dark');
  await workbench.screenshot('tokens-dark');
  await workbench.useTheme('highContrast');
  await workbench.screenshot('tokens-high-contrast');
});

test('a click selects the text of a token, and the caret marks the token', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('lighthouse keeper counted seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);

  await cell(view, /^breakfast/).click();
  await expect(workbench.editor.root.locator('.view-overlays .selected-text').first()).toBeVisible();
  await expect(cell(view, /^breakfast/)).toHaveAttribute('aria-selected', 'true');
  await workbench.editor.clickText('before');
  await expect(cell(view, /^before/)).toHaveAttribute('aria-selected', 'true');
  await expect(cell(view, /^breakfast/)).toHaveAttribute('aria-selected', 'false');
});

test('the keyboard walks over the tokens and goes to their text', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('The lighthouse');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);

  await view.locator('[role=option][tabindex="0"]').focus();
  await workbench.page.keyboard.press('Home');
  await expect(cell(view, /^\[CLS\]/)).toBeFocused();
  await workbench.page.keyboard.press('ArrowRight');
  await expect(cell(view, /^the,/)).toBeFocused();
  await workbench.page.keyboard.press('Enter');
  await workbench.editor.expectSelected('The'.length);
});

test('a blank line between two sentences makes them a pair', async ({ workbench }) => {
  await workbench.openFile('pairs.txt');
  await workbench.editor.select({ line: 5, column: 1 }, { line: 7, column: 5 });
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  await expect(cell(view, /^今, id \d+, segment 0, position 1/)).toBeVisible();
  await expect(cell(view, /^出, id \d+, segment 1/)).toBeVisible();
  await cell(view, /^出/).hover();
  await expect(view.getByText('in the second text')).toBeVisible();
  await workbench.useTheme('dark');
  await workbench.screenshot('tokens-pair-dark');
});

test('two selections make a pair', async ({ workbench }) => {
  await workbench.openFile('pairs.txt');
  await workbench.useTheme('dark');
  await workbench.editor.selectText('Penguins cannot fly.');
  const first = workbench.editor.root.locator('.view-line', { hasText: 'The experiment' });
  await first.click({ position: { x: 2, y: 8 }, modifiers: ['Alt'] });
  await workbench.page.keyboard.press('Shift+End');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  await expect(view.getByText('segment 1')).toBeVisible();
  await cell(view, /^cannot/).hover();
  await expect(view.getByText('in the second text')).toBeVisible();
  await workbench.screenshot('tokens-two-selections-dark');
});

test('an edit makes the view stale, and running again makes it right', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);

  await workbench.editor.selectText('ships');
  await workbench.editor.type('books');
  await expect(view.getByText('The text has changed since.')).toBeVisible();
  await cell(view, /^breakfast/).hover();
  await expect(highlighted(workbench)).toHaveCount(0);
  await view.getByRole('button', { name: 'Run Again' }).click();
  await expect(cell(view, /^book/)).toBeVisible();
  await expect(view.getByText('The text has changed since.')).toHaveCount(0);
});

test('a text that is longer than the model reads has a visible cut', async ({ workbench }) => {
  const text = 'A long text that goes on and on, 很长很长的一段文字。 '.repeat(60);
  writeFileSync(path.join(workbench.folder, 'long.txt'), text);
  await workbench.openFile('long.txt');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  const cut = view.getByText(
    /^The model reads the first 512 tokens; the \d+ after this line are not read\.$/,
  );
  await cut.scrollIntoViewIfNeeded();
  await expect(cut).toBeInViewport();
  await workbench.screenshot('tokens-long');
});

test('says what to do where there is no text', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.goTo({ line: 2, column: 1 });
  await workbench.runCommand('Headlight: Show Tokens');
  await expect(workbench.notification(/put the caret in a paragraph/)).toBeVisible();
});

/** Decorations of extensions in the editor that have a border, as ours has. */
function highlighted(workbench: Workbench) {
  return workbench.editor.root.locator('.view-overlays [class*="ced-"]');
}
