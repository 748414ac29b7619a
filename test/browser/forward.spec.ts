import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const sentence = 'The lighthouse keeper counted seventeen ships before breakfast';

/** The view of the forward pass of a sentence, once a card is open. */
async function walk(workbench: Workbench): Promise<WebviewPage> {
  await workbench.openFile('english.md');
  await workbench.editor.selectText(sentence);
  await workbench.runCommand('Headlight: Walk Through the Forward Pass');
  const view = await workbench.webview((frame) => frame.getByRole('article', { name: 'Token Embedding' }));
  await expect(check(view)).toHaveText(/^Recomputed and equal\./);
  return view;
}

const check = (view: WebviewPage) => view.locator('.check');
const card = (view: WebviewPage, name: string) =>
  view.getByRole('article', { name, exact: true }).locator('.card-title');

test('the arrow keys step through the cards, each recomputed', async ({ workbench }) => {
  const view = await walk(workbench);
  const { keyboard } = workbench.page;
  await card(view, 'Token Embedding').focus();
  await keyboard.press('ArrowRight');
  await expect(view.getByText('Numbers of “the”')).toBeVisible();
  for (const name of ['Position Embedding', 'Segment Embedding', 'Sum']) {
    await keyboard.press('ArrowDown');
    await expect(card(view, name)).toBeFocused();
    await expect(check(view)).toHaveText(/^Recomputed and equal\./);
  }
  await workbench.screenshot('forward-light');
  await card(view, 'Scores').click();
  await expect(check(view)).toHaveText(/In head 0/);
  await workbench.screenshot('forward-scores-light');
});
