import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import { expect, test } from './fixtures';

test('each word by its surprise, the most surprising listed, marked in the editor', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('The lighthouse');
  await workbench.runCommand('Headlight: Mask Each Word in Turn');
  const view = await workbench.webview((frame) => frame.getByRole('heading', { name: /^Pseudo-perplexity/ }));
  const words = view.getByRole('group', { name: 'Words by surprise' }).getByRole('button');
  await expect(words).toHaveCount(9);
  // A word of several pieces shows each by itself, as the terminal cuts it.
  const terminal = [path.join(repositoryRoot, 'dist/cli.js'), 'tokens', '--json', 'lighthouse'];
  const printed = execFileSync(process.execPath, terminal).toString();
  const { tokens } = JSON.parse(printed) as { tokens: { start: number | null; end: number | null }[] };
  const pieces = tokens.filter(({ start }) => start !== null);
  await expect(words.nth(1).locator('.piece')).toHaveText(
    pieces.map(({ start, end }) => 'lighthouse'.slice(start!, end!)),
  );
  await words.first().hover();
  await expect(view.getByRole('status').filter({ hasText: 'probability' })).toContainText('The');
  await view.getByRole('checkbox', { name: 'Mark in the editor' }).check();
  await workbench.useTheme('dark');
  await workbench.screenshot('score-dark');
  await workbench.useTheme('light');
  await workbench.screenshot('score-light');
  await workbench.useTheme('highContrast');
  await workbench.screenshot('score-high-contrast');
  await workbench.useTheme('highContrastLight');
  await workbench.screenshot('score-high-contrast-light');
  await view.getByRole('region', { name: 'Most surprising' }).getByRole('button').first().click();
  // The editor has the keyboard, and the word is selected.
  await expect(workbench.page.getByText('(10 selected)')).toBeVisible();
  await workbench.editor.type('X');
  await expect(view.getByText('The text has changed since.')).toBeVisible();

  // A click keeps the numbers of a word, and with them the way to the attention with it masked.
  await view.getByRole('button', { name: 'Run Again' }).click();
  await expect(view.getByText('The text has changed since.')).toHaveCount(0);
  await words.first().click();
  await view.getByRole('button', { name: 'Attention with this word masked' }).click();
  await workbench.webview((frame) => frame.getByText('bert-tiny-en-zh: “The” masked'));
  await workbench.screenshot('score-attention-masked');
});

test('words for all masks together, filled in one step', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('She opened');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const view = await workbench.webview((frame) => frame.getByRole('heading', { name: '2 masked words' }));
  await view.getByText('All masks together').click();
  const fills = view.getByRole('button', { name: /fill in all$/ });
  await expect(fills).toHaveCount(7);
  await workbench.screenshot('joint-light');
  const text = workbench.page.locator('.editor-instance .monaco-editor[data-uri] .view-lines');
  await fills.nth(1).click();
  await expect(view.getByText('There is no [MASK] left in the text.')).toBeVisible();
  await text.locator('.view-line').first().click();
  await workbench.page.keyboard.press('Control+z');
  await expect(text).toContainText('She opened the [MASK] and read the first [MASK]');
});
