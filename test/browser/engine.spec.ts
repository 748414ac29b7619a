import { signalEngines } from '../support/engines';
import { expect, test } from './fixtures';

test('a view says why its run ended when the engine dies, and runs again', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('I drink');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const heading = (frame: { getByRole: typeof workbench.page.getByRole }) =>
    frame.getByRole('heading', { name: '1 masked word' });
  const view = await workbench.webview(heading);

  // Stopped where it stands, as in a run that takes long; then killed, as by the system.
  signalEngines(workbench.server, 'SIGSTOP');
  await view.getByRole('combobox', { name: 'Words for each' }).click();
  await view.getByRole('option', { name: '3', exact: true }).click();
  await expect(view.getByRole('button', { name: 'Cancel' })).toBeVisible();
  signalEngines(workbench.server, 'SIGKILL');

  await expect(view.getByText('The engine process ended unexpectedly (SIGKILL).')).toBeVisible();
  await workbench.screenshot('engine-died-light');
  await view.getByRole('button', { name: 'Run Again' }).click();
  await expect(view.getByRole('heading', { name: '1 masked word' })).toBeVisible();
  await expect(view.getByRole('button', { name: /fill in$/ })).toHaveCount(3);
});
