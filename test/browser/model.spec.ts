import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BertGraph, tinySizes, tinyVocabulary } from '../support/bertGraph';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const sentence = 'The lighthouse keeper counted seventeen ships before breakfast';

/** The view of a model, once it is drawn. */
async function modelView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('group', { name: /^Architecture of / }));
}

async function open(workbench: Workbench): Promise<WebviewPage> {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Model');
  return modelView(workbench);
}

/** The same of a model that the button beside it in Select Model shows. */
async function showByButton(workbench: Workbench, model: string): Promise<WebviewPage> {
  await workbench.openModels();
  const entry = workbench.quickInput.row(model);
  await entry.hover();
  await entry.getByRole('button', { name: 'Show this model' }).click();
  return modelView(workbench);
}

const block = (view: WebviewPage, name: string | RegExp) => view.getByRole('button', { name }).first();
const strip = (view: WebviewPage) => view.getByRole('application');

test('a model is drawn, and a block opens its tensor with statistics', async ({ workbench }) => {
  const view = await open(workbench);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^bert · 4 layers × 4 heads × \d+$/);
  await block(view, /^Layers 0–3, Feed-Forward, \d+ · GELU, shape n × \d+, .* parameters$/).click();
  await expect(view.getByRole('heading', { name: 'Layer 0 · Feed-Forward' })).toBeVisible();
  await expect(strip(view)).toBeVisible();
  await expect(view.getByText('Standard deviation')).toBeVisible();
  await expect(view.locator('.statistics')).toContainText(/Shape\s*1 × \d+ × \d+/);

  await view.getByRole('button', { name: 'Before activation, present' }).click();
  await strip(view)
    .locator('canvas')
    .hover({ position: { x: 150, y: 30 } });
  await expect(view.locator('#number')).toHaveText(
    /^“.+”, position \d+ · dimension .+ · ≈ -?[\d.e-]+ · norm [\d.]+$/,
  );
  await view.getByRole('button', { name: 'Gate, missing' }).click();
  await expect(view.getByText('The feed-forward network is not gated.').first()).toBeVisible();
  await expect(strip(view)).toHaveCount(0);
  await view.getByRole('button', { name: 'Output, present' }).click();
  await view.getByRole('button', { name: 'Next layer' }).click();
  await expect(view.getByRole('heading', { name: 'Layer 1 · Feed-Forward' })).toBeVisible();
  await strip(view)
    .locator('canvas')
    .hover({ position: { x: 150, y: 30 } });
  await workbench.screenshot('model-light');
  for (const [theme, name] of [
    ['dark', 'dark'],
    ['highContrast', 'high-contrast'],
    ['highContrastLight', 'high-contrast-light'],
  ] as const) {
    await workbench.useTheme(theme);
    await strip(view)
      .locator('canvas')
      .hover({ position: { x: 152, y: 30 } });
    await workbench.screenshot(`model-${name}`);
  }
});

test('the keyboard walks from block to block and over the numbers', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.useTheme('dark');
  await workbench.editor.selectText(sentence.slice(4, 14));
  await workbench.runCommand('Headlight: Show Model');
  const view = await modelView(workbench);
  const { keyboard } = workbench.page;

  await view.locator('.block[tabindex="0"]').focus();
  await keyboard.press('Home');
  await expect(block(view, /^Token Embedding/)).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(block(view, /^Position Embedding/)).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(block(view, /^Add & Norm/)).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(block(view, /^Layers 0–3, Multi-Head Attention/)).toBeFocused();
  await keyboard.press('Enter');
  await expect(block(view, /^Layers 0–3, Multi-Head Attention/)).toHaveAttribute('aria-pressed', 'true');
  await expect(view.getByRole('heading', { name: 'Layer 0 · Multi-Head Attention' })).toBeVisible();

  await view.getByRole('button', { name: 'Queries, present' }).press('Enter');
  await expect(strip(view)).toHaveAccessibleName(/^Queries:/);
  await strip(view).focus();
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowRight');
  await expect(view.locator('#number')).toHaveText(/position 1 · head 0 · dimension 1 · ≈ /);
  await keyboard.press('Enter');
  await expect(workbench.editor.selectionStatus).toContainText('selected');
});

test('the file says what it can show, and unrolls its layers', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.useTheme('dark');
  await workbench.editor.goTo({ line: 2, column: 1 });
  const view = await showByButton(workbench, 'bert-tiny-intent');
  await expect(view.getByText('Select a text in an editor to see its numbers here.')).toBeVisible();

  await view.getByText('What this file can show').click();
  const row = view.getByRole('row', { name: /^Projection/ });
  await expect(row).toContainText('missing');
  await expect(row).toContainText('The embeddings are as wide as the hidden states.');
  await expect(view.getByRole('row', { name: /^Queries/ })).toContainText('Layers 0–3');
  await workbench.screenshot('model-list-dark');

  await view.getByRole('button', { name: 'Unroll the layers' }).click();
  await expect(block(view, /^Layer 3, Multi-Head Attention/)).toBeVisible();
  await block(view, /^Layer 3, Multi-Head Attention/).click();
  await expect(view.getByRole('heading', { name: 'Layer 3 · Multi-Head Attention' })).toBeVisible();
  await workbench.editor.selectText(sentence);
  await view.getByRole('button', { name: 'Use the selected text' }).click();
  await expect(strip(view)).toBeVisible();
  await workbench.screenshot('model-unrolled-dark');

  await workbench.untilKept('"source":{"documentUri":');
  await workbench.reload();
  const restored = await modelView(workbench);
  await expect(restored.getByRole('heading', { name: 'Layer 3 · Multi-Head Attention' })).toBeVisible();
  await expect(strip(restored)).toBeVisible();
  // Not the one that was chosen, but the one that was shown.
  await expect(restored.getByRole('button', { name: 'Model: bert-tiny-intent' })).toBeVisible();
});

test('a model of the list is shown by its button, however many layers it has', async ({ workbench }) => {
  const folder = path.join(workbench.folder, 'deep');
  mkdirSync(folder);
  writeFileSync(
    path.join(folder, 'model.onnx'),
    new BertGraph({ opset: 17, fused: true, sizes: { ...tinySizes, layers: 24 } }).bytes(),
  );
  writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
  await workbench.openFile('english.md');
  copyFileSync(path.join(folder, 'model.onnx'), path.join(folder, 'model_fp16.onnx'));
  await workbench.useModel(folder);
  await workbench.openModels();
  await workbench.quickInput.input.fill('deep');
  await expect(workbench.quickInput.row('deep')).toContainText('model.onnx (default)');
  await expect(workbench.quickInput.row('deep · model_fp16.onnx')).toContainText(/float32, \d+ kB/);
  await workbench.screenshot('model-picker-variants-light');
  await workbench.quickInput.cancel();
  const view = await showByButton(workbench, 'bert-tiny-en-zh');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^bert · 4 layers/);
  await workbench.runCommand('Headlight: Show Model');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^24 layers × 2 heads/);
  await expect(block(view, /^Layers 0–23, Feed-Forward/)).toBeVisible();
  await expect(view.locator('.statistics')).toContainText(/Shape\s*1 × \d+ × 24/);
  await expect(view.getByRole('button', { name: 'Model: deep · model.onnx' })).toBeVisible();
  // Wide enough for both panes side by side.
  await workbench.page.setViewportSize({ width: 1800, height: 900 });
  await workbench.screenshot('model-24-layers-light');
  for (const [theme, name] of [
    ['dark', 'dark'],
    ['highContrast', 'high-contrast'],
  ] as const) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`model-24-layers-${name}`);
  }
  await view.getByRole('button', { name: 'Unroll the layers' }).click();
  await block(view, /^Layer 12, Multi-Head Attention/).click();
  await expect(view.getByRole('heading', { name: 'Layer 12 · Multi-Head Attention' })).toBeVisible();
  await workbench.screenshot('model-24-layers-unrolled-high-contrast');
});
