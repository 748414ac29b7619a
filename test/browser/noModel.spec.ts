import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import { expect, test } from './fixtures';

const standard = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');

test('a view whose model is gone names one that can answer, a click away', async ({ workbench }) => {
  const mine = path.join(workbench.folder, 'mine');
  cpSync(standard, mine, { recursive: true });
  await workbench.openFile('english.md');
  await workbench.useModel(mine);
  await workbench.editor.clickText('I drink');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const heading = (frame: { getByRole: typeof workbench.page.getByRole }) =>
    frame.getByRole('heading', { name: '1 masked word' });
  const view = await workbench.webview(heading);
  await expect(view.getByRole('button', { name: 'Model: mine' })).toBeVisible();

  const [graph] = readdirSync(mine).filter((file) => file.endsWith('.onnx'));
  rmSync(path.join(mine, graph!));
  await workbench.runCommand('Headlight: Predict Masked Words');
  await expect(view.getByText('There is no .onnx file in')).toBeVisible();
  await expect(view.getByRole('button', { name: 'Copy Command' })).toBeVisible();
  await expect(view.getByRole('button', { name: 'Use bert-tiny-en-zh' })).toBeVisible();
  await workbench.screenshot('no-model-light');
  await workbench.useTheme('dark');
  await workbench.screenshot('no-model-dark');
  await view.getByRole('button', { name: 'Use bert-tiny-en-zh' }).click();
  await expect(view.getByRole('heading', { name: '1 masked word' })).toBeVisible();
  await expect(view.getByRole('button', { name: 'Model: bert-tiny-en-zh' })).toBeVisible();
});

test('a checkpoint without a graph comes with the command that exports it', async ({ workbench }) => {
  const folder = path.join(workbench.folder, 'checkpoint');
  mkdirSync(folder);
  cpSync(path.join(standard, 'vocab.txt'), path.join(folder, 'vocab.txt'));
  writeFileSync(path.join(folder, 'model.safetensors'), '');
  await workbench.openFile('english.md');
  await workbench.useModel(folder);
  const said = await workbench.untilNotified('"checkpoint" now answers: tokens.');
  await expect(said).toContainText(`optimum-cli export onnx --model ${folder} ${folder}`);
  await workbench.screenshot('checkpoint-light');
  await workbench.chooseInNotification('"checkpoint" now answers', 'Copy Command');
});
