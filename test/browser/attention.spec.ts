import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Theme, Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

/** The view of attention, once it shows some. */
async function attentionView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('grid', { name: 'Heads by layer' }));
}

const tile = (view: WebviewPage, layer: number, head: number) =>
  view.getByRole('gridcell', { name: `Layer ${layer}, head ${head}`, exact: true });
const matrix = (view: WebviewPage) => view.getByRole('application');
/** What is said of the pointed weight. */
const pointed = (view: WebviewPage) => view.locator('#weight');

/** Points into a matrix, at a part of its cells from 0 to 1; its labels take the rest. */
async function pointAt(view: WebviewPage, across: number, down: number): Promise<void> {
  const { x, y, width, height } = (await matrix(view).boundingBox())!;
  const labels = 62;
  await view.frame
    .page()
    .mouse.move(
      x + labels + (width - labels) * across,
      y + labels + (height - labels) * down,
    );
}

function highlighted(workbench: Workbench): Locator {
  return workbench.editor.root.locator('.view-overlays [class*="ced-"]');
}

const kinds: [Theme, string][] = [
  ['light', 'light'],
  ['dark', 'dark'],
  ['highContrast', 'high-contrast'],
  ['highContrastLight', 'high-contrast-light'],
];

test('a selection becomes an atlas, a head, an exact weight, and marks in the editor', async ({
  workbench,
}) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('lighthouse keeper counted seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Attention');
  const view = await attentionView(workbench);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^\d+ tokens, 4 layers × 4 heads$/);

  await tile(view, 2, 1).click();
  await expect(tile(view, 2, 1)).toHaveAttribute('aria-selected', 'true');
  await expect(view.getByRole('heading', { name: 'Layer 2, head 1' })).toBeVisible();
  await pointAt(view, 0.78, 0.3);
  await expect(pointed(view)).toHaveText(/^\S+ → \S+0\.\d{6}$/);
  await expect(highlighted(workbench)).not.toHaveCount(0);
  await expect(view.getByRole('row')).not.toHaveCount(0);
  for (const [theme, name] of kinds) {
    await workbench.useTheme(theme);
    await tile(view, 2, 1).hover();
    await pointAt(view, 0.78, 0.3);
    await workbench.screenshot(`attention-${name}`);
  }
});

test('another selection is asked about by itself, and another head stays open', async ({ workbench }) => {
  await workbench.openFile('中文.md');
  await workbench.editor.selectText('守塔人在早饭前数了十七艘船。');
  await workbench.runCommand('Headlight: Show Attention');
  const view = await attentionView(workbench);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^16 tokens/);
  await tile(view, 3, 0).click();
  await workbench.useTheme('dark');
  await workbench.screenshot('attention-chinese-dark');
  await workbench.editor.selectText('你叫什么名');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^7 tokens/);
  await expect(tile(view, 3, 0)).toHaveAttribute('aria-selected', 'true');
});

test('200 tokens fit, and zoom in', async ({ workbench }) => {
  const sentence = 'The old keeper of the lighthouse counted every ship that came home before the storm. ';
  writeFileSync(path.join(workbench.folder, 'story.txt'), sentence.repeat(12).trim());
  await workbench.openFile('story.txt');
  await workbench.runCommand('Headlight: Show Attention');
  const view = await attentionView(workbench);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^2\d\d tokens/);
  await pointAt(view, 0.5, 0.5);
  for (const [theme, name] of kinds) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`attention-long-${name}`);
  }
  await matrix(view).focus();
  for (let step = 0; step < 6; step++) await workbench.page.keyboard.press('+');
  await workbench.screenshot('attention-long-zoomed');
});
