import { cpSync } from 'node:fs';
import path from 'node:path';
import { packagedExtension, repositoryRoot } from '../support/paths';
import { ServerWorkbench } from '../support/serverWorkbench';
import { expect, test as base } from './fixtures';

/** Folders open in Restricted Mode, without a question. */
const test = base.extend<object, { server: ServerWorkbench }>({
  server: [
    async ({}, use) => {
      const server = await ServerWorkbench.start({
        extensions: [packagedExtension()],
        workspaceTrust: true,
        settings: { 'security.workspace.trust.startupPrompt': 'never' },
        reconnectionSeconds: 1,
      });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 5 * 60_000 },
  ],
});

test('in Restricted Mode the embedded models answer, and those of the workspace only once it is trusted', async ({
  workbench,
}) => {
  const mine = path.join(workbench.folder, 'mine');
  cpSync(path.join(repositoryRoot, 'media/models/bert-tiny-en-zh'), mine, { recursive: true });
  await workbench.openFile('english.md');
  await workbench.editor.clickText('I drink');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const view = await workbench.webview((frame) => frame.getByRole('heading', { name: '1 masked word' }));
  await expect(view.getByRole('button', { name: 'Model: bert-tiny-en-zh' })).toBeVisible();

  await workbench.openSidebar('Headlight');
  await workbench.sidebar.getByRole('button', { name: 'Models Section' }).click();
  await workbench.sidebar.getByRole('button', { name: 'Attention Section' }).click();
  const row = workbench.treeItem(/^mine,/);
  await expect(row).toContainText('the workspace is not trusted');
  await row.hover();
  await expect(row.getByRole('button')).toHaveCount(0);
  await workbench.screenshot('restricted-mode-light');

  await workbench.useModel(mine);
  await workbench.chooseInNotification(
    'The model "mine" is part of a workspace that is not trusted, so it is not run.',
    'Manage Workspace Trust',
  );
  await workbench.page
    .locator('.workspace-trust-editor')
    .getByRole('button', { name: 'Trust', exact: true })
    .click();
  await expect(row).toContainText('MB');
  await workbench.useModel(mine);
  await expect(row).toContainText('chosen for');
  await expect(view.getByRole('button', { name: 'Model: mine' })).toBeVisible();
});
