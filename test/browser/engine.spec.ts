import { execFileSync } from 'node:child_process';
import { expect, test } from './fixtures';

/** Process ids of the running engines: children that run the bundle of this extension. */
function engines(): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => row.includes('dist/engine.js')).map((row) => parseInt(row, 10));
}

test('a view says why its run ended when the engine dies, and runs again', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('I drink');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const heading = (frame: { getByRole: typeof workbench.page.getByRole }) =>
    frame.getByRole('heading', { name: '1 masked word' });
  const view = await workbench.webview(heading);

  // Stopped where it stands, as in a run that takes long; then killed, as by the system.
  for (const engine of engines()) process.kill(engine, 'SIGSTOP');
  await view.getByRole('combobox', { name: 'Words for each' }).click();
  await view.getByRole('option', { name: '3', exact: true }).click();
  await expect(view.getByRole('button', { name: 'Cancel' })).toBeVisible();
  for (const engine of engines()) process.kill(engine, 'SIGKILL');

  await expect(view.getByText('The engine process ended unexpectedly (SIGKILL).')).toBeVisible();
  await workbench.screenshot('engine-died-light');
  await view.getByRole('button', { name: 'Run Again' }).click();
  await expect(view.getByRole('heading', { name: '1 masked word' })).toBeVisible();
  await expect(view.getByRole('button', { name: /fill in$/ })).toHaveCount(3);
});
