/** Training runs: found by themselves, drawn, compared, and read on while they grow. */
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import type { Theme, Workbench } from '../support/pages/workbench';
import type { WebviewPage } from '../support/pages/webviewPage';
import { expect, test } from './fixtures';

const themes: Theme[] = ['dark', 'light', 'highContrast', 'highContrastLight'];

async function openTree(workbench: Workbench): Promise<void> {
  await workbench.openSidebar('Headlight');
  await workbench.sidebar.getByRole('button', { name: 'Attention Section' }).click();
  await workbench.sidebar.getByRole('button', { name: 'Runs Section' }).click();
}

async function openRun(workbench: Workbench, name: string): Promise<WebviewPage> {
  await workbench.treeItem(name).first().click();
  return workbench.webview((frame) => frame.getByRole('application', { name: /^Curves of loss/ }));
}

test('a sample run tells where it began to overfit, and is zoomed by keyboard', async ({ workbench }) => {
  await openTree(workbench);
  await workbench.treeItem('Sample runs').click();
  const view = await openRun(workbench, 'intent-overfit');
  await expect(view.getByText(/Overfitting since step \d+/)).toBeVisible();
  await expect(view.getByText(/Best checkpoint at step \d+/)).toBeVisible();
  for (const theme of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`screens/runs-overfit-${theme}`);
  }
  const curves = view.getByRole('application', { name: /^Curves of loss/ });
  await curves.focus();
  await workbench.page.keyboard.press('+');
  await expect(view.getByRole('button', { name: 'Show All' })).toBeVisible();
  await workbench.page.keyboard.press('0');
  await expect(view.getByRole('button', { name: 'Show All' })).toBeHidden();
  await curves.locator('.u-over').hover({ position: { x: 200, y: 100 } });
  await expect(curves.locator('.u-legend .u-value').first()).toHaveText(/^\d+$/);
  await workbench.screenshot('screens/runs-crosshair');
});

test('two runs on one chart: a folder is opened as a training run', async ({ workbench }) => {
  for (const name of ['slots-diverged', 'intent-overfit'])
    cpSync(path.join(repositoryRoot, 'media/runs', name), path.join(workbench.folder, 'logs', name), {
      recursive: true,
    });
  await workbench.reload();
  const folder = workbench.page.locator('.explorer-folders-view').getByRole('treeitem', { name: 'logs' });
  // A tree that is still being filled closes the menu.
  await expect(async () => {
    await folder.click({ button: 'right' });
    await expect(workbench.page.getByRole('menuitem', { name: 'Open as Training Run' })).toBeVisible({
      timeout: 2_000,
    });
  }).toPass({ timeout: 15_000 });
  await workbench.chooseInMenu('Open as Training Run');
  const view = await workbench.webview((frame) =>
    frame.getByRole('application', { name: /^Curves of loss/ }),
  );
  // The log that holds less of the same training is off.
  await expect(view.getByRole('checkbox', { checked: true })).toHaveCount(2);
  await expect(view.getByText(/Restarted: after step/).first()).toBeVisible();
  await view.locator('input[type=range]').fill('0.8');
  await workbench.screenshot('screens/runs-compared');
  await view.getByRole('textbox', { name: 'Runs that match' }).fill('^slots');
  await expect(view.getByText(/Overfitting since/)).toHaveCount(0);
});

test('a log that grows is read on, and the zoom stays', async ({ workbench }) => {
  const folder = path.join(workbench.folder, 'live');
  mkdirSync(folder);
  const log = path.join(folder, 'trainer_log.jsonl');
  const row = (step: number): string => `${JSON.stringify({ current_steps: step, loss: 1 / step })}\n`;
  writeFileSync(log, Array.from({ length: 100 }, (_, index) => row(index + 1)).join(''));
  await openTree(workbench);
  await workbench.runCommand('Headlight: Refresh Runs');
  const view = await openRun(workbench, 'live/trainer_log.jsonl');
  const lastStep = view.locator('.runs-table tbody td').first();
  await expect(lastStep).toHaveText('100');
  await view.getByRole('application').first().focus();
  await workbench.page.keyboard.press('+');
  await expect(view.getByRole('button', { name: 'Show All' })).toBeVisible();
  // Half a record first.
  appendFileSync(log, row(101).slice(0, 10));
  appendFileSync(log, row(101).slice(10) + row(102));
  await expect(lastStep).toHaveText('102', { timeout: 15_000 });
  await expect(view.getByRole('button', { name: 'Show All' })).toBeVisible();
});
