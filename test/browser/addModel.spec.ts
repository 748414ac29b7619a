import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { HubServer, commitOfHub } from '../support/hubServer';
import type { Workbench } from '../support/pages/workbench';
import { repositoryRoot } from '../support/paths';
import { expect, test as base } from './fixtures';

const name = 'someone/tiny-bert';

/** The embedded model under a name on a hub of this machine, in two variants, beside a checkpoint. */
function repositories(): Record<string, Record<string, Buffer>> {
  const folder = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');
  const read = (file: string): Buffer => readFileSync(path.join(folder, file));
  const graph = readdirSync(folder).find((file) => file.endsWith('.onnx'))!;
  return {
    [name]: {
      'README.md': read('README.md'),
      'config.json': read('config.json'),
      'tokenizer.json': read('tokenizer.json'),
      'onnx/model.onnx': read(graph),
      'onnx/model_quantized.onnx': read(graph),
    },
    'someone/checkpoint': { 'config.json': read('config.json'), 'model.safetensors': Buffer.alloc(8) },
  };
}

const test = base.extend<{ hub: HubServer }>({
  hub: async ({}, use) => {
    const hub = await HubServer.start({ repositories: repositories(), lfsFrom: 2 ** 20 });
    await use(hub);
    await hub.stop();
  },
  settings: async ({ hub }, use) => use({ 'headlight.hub.url': hub.endpoint }),
});

async function askFor(workbench: Workbench, repository: string): Promise<void> {
  const { quickInput } = workbench;
  await workbench.askCommand('Headlight: Add Model…');
  await quickInput.rows.filter({ hasText: 'From a hub' }).click();
  await expect(quickInput.box).toContainText('Add a Model from 127.0.0.1');
  await quickInput.input.fill(repository);
  await expect(quickInput.input).toHaveValue(repository);
  await quickInput.input.press('Enter');
  await expect(quickInput.box.filter({ hasText: 'Add a Model from' })).toBeHidden();
}

test('a model of a hub is listed, downloaded, shown, and answers', async ({ workbench, hub }) => {
  await workbench.openFile('english.md');
  await workbench.useTheme('dark');
  await askFor(workbench, name);
  const { quickInput } = workbench;
  const row = quickInput.rows.filter({ hasText: 'onnx/model_quantized.onnx' }).first();
  await expect(row).toContainText('MB to download');
  await expect(quickInput.box).toContainText(`${name} (0123456, licence: mit)`);
  await workbench.screenshot('add-model-variants-dark');
  expect(hub.seen.filter(({ path: at }) => at.includes('/resolve/'))).toEqual([]);

  const cdn = `/cdn/${name}/resolve/${commitOfHub}/onnx/model_quantized.onnx`;
  hub.fail(cdn, { kind: 'slow', bytes: 2 ** 17, milliseconds: 200 });
  await row.click();
  const progress = workbench.notification('Downloading tiny-bert@0123456-quantized');
  await expect(progress).toContainText(/[\d.]+ MB of [\d.]+ MB/);
  await workbench.screenshot('add-model-progress-dark');
  await progress.hover();
  await workbench.chooseInNotification('Downloading tiny-bert', 'Cancel');
  await workbench.untilNotified('What has come is kept.');
  await workbench.screenshot('add-model-stopped-dark');
  await workbench.chooseInNotification('What has come is kept.', 'Go On');

  const added = await workbench.untilNotified('Added "tiny-bert@0123456-quantized"');
  await expect(added).toContainText('answers: tokens, masked words');
  expect(hub.seen.at(-1)!.range).toMatch(/^bytes=[1-9]\d*-/);
  await workbench.screenshot('add-model-added-dark');
  await workbench.chooseInNotification('Added "tiny-bert', 'Use It');
  await workbench.editor.clickText('I drink');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const view = await workbench.webview((frame) => frame.getByRole('heading', { name: '1 masked word' }));
  await expect(view.getByRole('button', { name: 'Model: tiny-bert@0123456-quantized' })).toBeVisible();

  await workbench.openSidebar('Headlight');
  await workbench.sidebar.getByRole('button', { name: 'Models Section' }).click();
  await workbench.sidebar.getByRole('button', { name: 'Attention Section' }).click();
  await workbench.treeItem(/^tiny-bert@0123456-quantized,/).click({ button: 'right' });
  await workbench.chooseInMenu('Remove');
  const question = workbench.page.getByRole('dialog', { name: /Delete the model/ });
  await expect(question).toContainText('downloaded by Headlight and take 2.92 MB');
  await workbench.screenshot('remove-model-dark');
  const folder = /: (\/.*tiny-bert@0123456-quantized)/.exec((await question.textContent())!)![1]!;
  expect(existsSync(folder)).toBe(true);
  await question.getByRole('button', { name: 'Delete' }).click();
  await expect(workbench.treeItem(/^tiny-bert/)).toHaveCount(0);
  await expect.poll(() => existsSync(folder)).toBe(false);
  await expect(view.getByRole('button', { name: 'Model: bert-tiny-en-zh' })).toBeVisible();
});

test('what a hub does not have is said, with the next step', async ({ workbench, hub }) => {
  await workbench.openFile('english.md');
  await askFor(workbench, 'someone/else');
  await workbench.untilNotified('There is no someone/else@main');

  hub.fail('/api/models/someone/private/revision/main', { kind: 'status', status: 401 });
  await askFor(workbench, 'someone/private');
  await workbench.chooseInNotification('gives no access to', 'Set Access Token…');
  await expect(workbench.quickInput.box).toContainText('Access Token for 127.0.0.1');
  await workbench.screenshot('add-model-token-light');
  await workbench.quickInput.input.fill('hf_mine');
  await workbench.quickInput.input.press('Enter');
  await workbench.untilNotified('There is no someone/private@main');
  expect(hub.seen.at(-1)!.authorization).toBe('Bearer hf_mine');

  await askFor(workbench, 'someone/checkpoint');
  const checkpoint = await workbench.untilNotified('holds a checkpoint');
  await expect(checkpoint).toContainText(
    'optimum-cli export onnx --model someone/checkpoint someone-checkpoint',
  );
  await workbench.screenshot('add-model-checkpoint-light');
});
