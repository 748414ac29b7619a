/** Training runs: found by themselves, drawn, compared, and read on while they grow. */
import { appendFileSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import type { Theme, Workbench } from '../support/pages/workbench';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Locator } from '@playwright/test';
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

/** The rows that the Trainer wrote of a sample run. */
function logged(name: string): Record<string, number>[] {
  const file = path.join(repositoryRoot, 'media/runs', name, 'trainer_state.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { log_history: Record<string, number>[] }).log_history;
}

/** Writes what a button saves, by VS Code's own dialog, and reads it back. */
async function saved(workbench: Workbench, button: Locator, name: string): Promise<string> {
  const target = path.join(workbench.folder, name);
  await button.click();
  await expect(workbench.quickInput.input).toHaveValue(
    new RegExp(String.raw`\.${path.extname(name).slice(1)}$`),
  );
  await workbench.quickInput.input.fill(target);
  await workbench.page.keyboard.press('Enter');
  await workbench.quickInput.untilClosed();
  await expect.poll(() => statSync(target, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(0);
  return readFileSync(target, 'utf8');
}

test('a sample run tells where it began to overfit, and is zoomed by keyboard', async ({ workbench }) => {
  await openTree(workbench);
  await workbench.treeItem('Sample runs').click();
  // What the run has come to is read when the tree shows it.
  await expect(workbench.treeItem(/^intent-overfit, .*last step 600 of 600, best .*, ended$/)).toBeVisible();
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

  // The values of all curves at a step: by keyboard, pinned, equal to what the Trainer wrote.
  const chart = view.getByRole('region', { name: 'loss', exact: true });
  const readout = chart.locator('.readout');
  await curves.focus();
  for (const key of ['Home', 'ArrowRight', 'Enter']) await workbench.page.keyboard.press(key);
  await expect(readout).toContainText('pinned');
  const step = Number(/Step (\d+)/.exec(await readout.innerText())![1]);
  const row = logged('intent-overfit').find((each) => each.step === step && 'loss' in each)!;
  const trained = chart.locator('.legend li').filter({
    has: view.getByRole('button', { name: /^(train\/)?loss$/ }),
  });
  expect(Number(await trained.locator('.mono').innerText())).toBeCloseTo(row.loss!, 4);
  await workbench.screenshot('screens/runs-crosshair');
  await workbench.page.keyboard.press('c');
  await workbench.page.keyboard.press('Escape');
  await expect(readout).not.toContainText('pinned');

  // The legend shows a curve alone, and all again.
  const names = chart.locator('.legend li button');
  const areShown = (): Promise<(string | null)[]> =>
    names.evaluateAll((all) => all.map((each) => each.getAttribute('aria-pressed')));
  const all = await areShown();
  expect(all.length).toBeGreaterThan(1);
  await names.first().focus();
  await workbench.page.keyboard.press('Alt+Enter');
  await expect.poll(areShown).toEqual(all.map((_, index) => String(index === 0)));
  await workbench.page.keyboard.press('Alt+Enter');
  await expect.poll(areShown).toEqual(all.map(() => 'true'));

  // Best by another metric.
  await view.getByRole('combobox', { name: 'Best by' }).selectOption({ label: 'eval_loss' });
  const least = logged('intent-overfit')
    .filter((each) => 'eval_loss' in each)
    .reduce((best, each) => (each.eval_loss! < best.eval_loss! ? each : best));
  await expect(
    view.getByText(new RegExp(`Best at step ${least.step}: eval_loss, which you chose, is least there`)),
  ).toBeVisible();
  await view.getByRole('combobox', { name: 'Which value is best' }).selectOption('more');
  await expect(view.getByText(/eval_loss, which you chose, is greatest there/)).toBeVisible();

  const svg = await saved(workbench, chart.getByRole('button', { name: 'Save as SVG…' }), 'loss.svg');
  expect(svg).toMatch(/^<svg [^>]*>/);
  // A curve, and a number of each axis.
  expect(svg.match(/<path d="M[^"]*L/g)).toHaveLength(all.length);
  expect(svg).toMatch(/text-anchor="middle"[^>]*>\d/);
  expect(svg).toMatch(/text-anchor="end"[^>]*>\d/);
});

test('two runs on one chart: folders chosen in the Explorer are compared', async ({ workbench }) => {
  for (const name of ['slots-diverged', 'intent-overfit'])
    cpSync(path.join(repositoryRoot, 'media/runs', name), path.join(workbench.folder, name), {
      recursive: true,
    });
  await workbench.reload();
  const folder = (name: string): Locator =>
    workbench.page.locator('.explorer-folders-view').getByRole('treeitem', { name });
  // Before the extension is known to the window, its commands are in no menu.
  await expect(workbench.page.locator('.part.activitybar a[aria-label^="Headlight"]')).toBeVisible();
  // A tree that is still being filled closes the menu, and a menu that is open takes the next click.
  await expect(async () => {
    await workbench.page.keyboard.press('Escape');
    await folder('slots-diverged').click();
    await folder('intent-overfit').click({ modifiers: ['Control'] });
    await folder('intent-overfit').click({ button: 'right' });
    await expect(workbench.page.getByRole('menuitem', { name: 'Compare Training Runs' })).toBeVisible({
      timeout: 2_000,
    });
  }).toPass({ timeout: 30_000 });
  await workbench.chooseInMenu('Compare Training Runs');
  await expect(
    workbench.page.getByRole('tab', { name: /slots-diverged/ }).filter({ hasText: 'intent-overfit' }),
  ).toBeVisible();
  const view = await workbench.webview((frame) =>
    frame.getByRole('application', { name: /^Curves of loss/ }),
  );
  // The log that holds less of the same training is off.
  await expect(view.getByRole('checkbox', { checked: true })).toHaveCount(2);
  await expect(view.getByText(/Restarted: after step/).first()).toBeVisible();
  await view.locator('input[type=range]').fill('0.8');
  await workbench.screenshot('screens/runs-compared');
  const csv = await saved(workbench, view.getByRole('button', { name: 'Export CSV…' }), 'runs.csv');
  const losses = csv.split('\n').filter((line) => /^slots-diverged[^,]*,(train\/)?loss,/.test(line));
  const written = logged('slots-diverged').filter((each) => 'loss' in each);
  expect(losses.length).toBeGreaterThanOrEqual(written.length);
  await view.getByRole('textbox', { name: 'Runs that match' }).fill('^slots');
  await expect(view.getByText(/Overfitting since/)).toHaveCount(0);
});

test('a log that grows is read on, and the zoom stays', async ({ workbench }) => {
  const folder = path.join(workbench.folder, 'live');
  mkdirSync(folder);
  const log = path.join(folder, 'trainer_log.jsonl');
  // More series than VS Code hands over to a webview in pieces of their own.
  const parts = Object.fromEntries(Array.from({ length: 100 }, (_, part) => [`part_${part}_runtime`, part]));
  const row = (step: number): string =>
    `${JSON.stringify({ current_steps: step, loss: 1 / step, ...parts })}\n`;
  writeFileSync(log, Array.from({ length: 100 }, (_, index) => row(index + 1)).join(''));
  await openTree(workbench);
  await workbench.runCommand('Headlight: Refresh Runs');
  const view = await openRun(workbench, 'live/trainer_log.jsonl');
  const lastStep = view.locator('.runs-table tbody td').first();
  await expect(lastStep).toHaveText('100');
  await expect(view.locator('.runs-table thead th').last()).toHaveText('part_99_runtime, last');
  await expect(view.locator('.runs-table tbody td').last()).toHaveText('99');
  await view.getByRole('application').first().focus();
  await workbench.page.keyboard.press('+');
  await expect(view.getByRole('button', { name: 'Show All' })).toBeVisible();
  // Half a record first.
  appendFileSync(log, row(101).slice(0, 10));
  appendFileSync(log, row(101).slice(10) + row(102));
  await expect(lastStep).toHaveText('102', { timeout: 15_000 });
  await expect(workbench.treeItem(/^live\/trainer_log\.jsonl, .*live$/)).toBeVisible();
  await expect(view.getByRole('button', { name: 'Show All' })).toBeVisible();
});
