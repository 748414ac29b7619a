import { copyFileSync, cpSync } from 'node:fs';
import path from 'node:path';
import type { Workbench } from '../support/pages/workbench';
import { repositoryRoot } from '../support/paths';
import { expect, test } from './fixtures';

const standard = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');

/** Headlight's sidebar with the models unfolded in it. */
async function openTree(workbench: Workbench, models = 'Models', attention = 'Attention'): Promise<void> {
  await workbench.openSidebar('Headlight');
  // All of the sidebar's height for the tree. A window that was reloaded remembers what is unfolded.
  for (const [name, unfolded] of [
    [models, 'true'],
    [attention, 'false'],
  ] as const) {
    const section = workbench.sidebar.getByRole('button', { name: `${name} Section` });
    if ((await section.getAttribute('aria-expanded')) !== unfolded) await section.click();
  }
  await expect(workbench.treeItem(/^bert-tiny-intent,/)).toBeVisible();
}

test('the tree says who answers and what each model takes, loads, and remembers a choice', async ({
  workbench,
}) => {
  const folder = path.join(workbench.folder, 'mine');
  cpSync(standard, folder, { recursive: true });
  copyFileSync(path.join(folder, 'model.onnx'), path.join(folder, 'model_quantized.onnx'));
  await workbench.openFile('english.md');
  await workbench.useTheme('dark');
  await workbench.editor.clickText('I drink');
  await openTree(workbench);
  const masked = workbench.treeItem(/^Masked words/);
  await expect(masked).toContainText('bert-tiny-en-zh (default)');
  const mine = workbench.treeItem(/^mine,/);
  await expect(mine).toContainText('MB');
  await mine.hover();
  await mine.getByRole('button', { name: 'Load into Memory' }).click();
  await expect(mine).toContainText(/≈ [\d.]+ MB in memory/);

  await masked.click();
  await expect(workbench.quickInput.box).toContainText('Which model answers: masked words');
  await expect(workbench.quickInput.row('bert-tiny-intent')).toHaveCount(0);
  await workbench.quickInput.cancel();
  await mine.hover();
  await mine.getByRole('button', { name: 'Use for Everything It Can Answer' }).click();
  await expect(masked).toContainText('mine');
  await expect(masked).not.toContainText('default');
  await expect(mine).toContainText('chosen for tokens, masked words, attention');
  const status = (model: string) =>
    workbench.page
      .locator('.part.statusbar')
      .getByRole('button', { name: `Headlight model: ${model}`, exact: true });
  await expect(status('mine')).toBeVisible();
  // The folder's other file has a row of its own, with what it takes itself.
  await expect(mine).toContainText('model.onnx · ');
  await mine.locator('.monaco-tl-twistie').click();
  const variant = workbench.treeItem(/^model_quantized\.onnx,/);
  await expect(variant).toContainText('MB');
  await expect(variant).not.toContainText('in memory');
  await variant.hover();
  await variant.getByRole('button', { name: 'Use for Everything It Can Answer' }).click();
  await expect(masked).toContainText('mine · model_quantized.onnx');
  await expect(status('mine · model_quantized.onnx')).toBeVisible();
  for (const [theme, name] of [
    ['dark', 'dark'],
    ['light', 'light'],
    ['highContrast', 'high-contrast'],
  ] as const) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`models-tree-${name}`);
  }

  await workbench.reload();
  await openTree(workbench);
  await expect(masked).toContainText('mine');
  await masked.hover();
  await masked.getByRole('button', { name: 'Use the Default' }).click();
  await expect(masked).toContainText('bert-tiny-en-zh (default)');
  await expect(workbench.treeItem(/^Attention/)).toContainText('mine');
});

test.describe('in Chinese', () => {
  test.use({ language: 'zh-cn' });

  test('the tree says the same', async ({ workbench }) => {
    await workbench.openFile('中文.md');
    await openTree(workbench, '模型', '注意力');
    await expect(workbench.treeItem(/^掩码词/)).toContainText('bert-tiny-en-zh（默认）');
    await workbench.screenshot('models-tree-chinese-light');
    await workbench.editor.selectText('我');
    await workbench.treeItem(/^transformer-tiny-en-zh,/).click();
    const view = await workbench.webview((frame) => frame.getByRole('group', { name: /的结构$/ }));
    await view.locator('.block').first().click();
    await expect(view.getByRole('application')).toBeVisible();
    await workbench.page.setViewportSize({ width: 1800, height: 900 });
    await workbench.screenshot('model-chinese-light');
  });
});
