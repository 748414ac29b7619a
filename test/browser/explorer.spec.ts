import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Theme, Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const themes: [Theme, string][] = [
  ['dark', 'dark'],
  ['light', 'light'],
  ['highContrast', 'high-contrast'],
];

/** Opens the panel on a text in a file of the folder, or on the paragraph that it begins with. */
async function explore(workbench: Workbench, file: string, text?: string): Promise<WebviewPage> {
  await workbench.openFile(file);
  if (text !== undefined) await workbench.editor.selectText(text);
  await workbench.runCommand('Headlight: Explore Attention');
  return explorer(workbench);
}

const explorer = (workbench: Workbench): Promise<WebviewPage> =>
  workbench.webview((frame) => frame.getByRole('grid', { name: 'Heads by layer' }));

const tile = (view: WebviewPage, layer: number, head: number): Locator =>
  view.getByRole('gridcell', { name: `Layer ${layer}, head ${head}`, exact: true });

/** Chooses in a dropdown of the toolkit. */
async function choose(view: WebviewPage, label: string, option: string): Promise<void> {
  const dropdown = view.getByRole('combobox', { name: label, exact: true });
  await dropdown.click();
  await dropdown.getByRole('option', { name: option, exact: true }).click();
}

const sentence = 'The lighthouse keeper counted seventeen ships before breakfast';

test('a head is found, drawn three ways, and read to the exact weight', async ({ workbench }) => {
  const view = await explore(workbench, 'english.md', sentence);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^\d+ tokens, 4 layers × 4 heads$/);
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });

  // The head that attends most to the token before the query is first.
  await choose(view, 'Order of heads', 'previous token');
  const ranking = view.getByRole('region', { name: 'Heads by “previous token”' });
  await expect(ranking.getByRole('rowheader')).toHaveCount(8);
  await expect(ranking).toContainText('The mean weight of the token before the query');
  const scores = (await ranking.locator('.number').allInnerTexts()).map(Number);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  await ranking.getByRole('button').first().click();
  const first = await ranking.getByRole('button').first().innerText();
  const title = `Layer ${first.replace('.', ', head ')}`;
  await expect(view.getByRole('heading', { name: title })).toBeVisible();
  await expect(view.getByRole('gridcell').first()).toHaveAttribute('aria-selected', 'true');
  await view.getByText('Heads that act alike').click();
  await expect(view.getByRole('option')).toHaveCount(16);
  await view.getByText(`What head ${first} does`).click();
  await expect(view.locator('.measures dd').first()).toHaveText(String(scores[0]!.toFixed(3)));
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-matrix-${name}`);
  }

  await view.getByRole('tab', { name: 'Lines' }).click();
  const lines = view.getByRole('application');
  await expect(view.getByText(/^Lines from weight 0\.\d+ on: \d+$/)).toBeVisible();
  await lines.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await workbench.page.keyboard.press(key);
  await expect(view.getByRole('table').last()).toContainText('(position 2) attends to');
  await view.getByRole('button', { name: `Keep ${first} to compare` }).click();
  // A number that is typed opens its head.
  await lines.focus();
  await workbench.page.keyboard.type(first === '3.1' ? '3.0' : '3.1');
  await expect(view.getByRole('button', { name: `Take ${first} away` })).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-lines-${name}`);
  }

  await choose(view, 'By', 'word');
  await view.getByRole('tab', { name: 'Text' }).click();
  await view.getByRole('application').getByText('keeper', { exact: true }).hover();
  await expect(view.locator('.heat[style]')).not.toHaveCount(0);
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await view.getByRole('application').getByText('keeper', { exact: true }).hover();
    await workbench.screenshot(`explorer-text-${name}`);
  }
});

test('512 tokens are read as an atlas, a matrix and lines', async ({ workbench }) => {
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });
  const story = 'The old keeper of the lighthouse counted every ship that came home before the storm. ';
  writeFileSync(path.join(workbench.folder, 'story.txt'), story.repeat(40).trim());
  const view = await explore(workbench, 'story.txt');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^512 tokens/);
  await choose(view, 'Show', 'mean of all heads');
  await expect(view.getByRole('heading', { name: 'Mean of all heads' })).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-512-matrix-${name}`);
  }
  await choose(view, 'Show', 'rollout from layer 0');
  await tile(view, 3, 2).click();
  await expect(view.getByRole('heading', { name: 'Rollout from layer 3' })).toBeVisible();
  await choose(view, 'Show', 'one head');
  await view.getByRole('tab', { name: 'Lines' }).click();
  await expect(view.getByText(/^Lines from weight .*: [1-9]\d*$/)).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-512-lines-${name}`);
  }
});
