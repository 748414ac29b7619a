import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

/** The view of attention, once it shows some. */
async function attentionView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('grid', { name: 'Heads by layer' }));
}

const tile = (view: WebviewPage, layer: number, head: number) =>
  view.getByRole('gridcell', { name: `Layer ${layer}, head ${head}`, exact: true });
const matrix = (view: WebviewPage) => view.getByRole('application');
const weight = (view: WebviewPage) => view.getByRole('status').locator('strong');

test('a selection becomes an atlas, a head, an exact weight, and a mark in the editor', async ({
  workbench,
}) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Attention');
  const view = await attentionView(workbench);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^\d+ tokens, 4 layers × 4 heads$/);
  await workbench.screenshot('attention-light');
});
