import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

/** The view of masked words, once it shows predictions. */
async function maskedWordsView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('heading', { name: /masked words?$/ }));
}

const card = (view: WebviewPage, number: number) => view.getByRole('region', { name: `Mask ${number}` });
/** The text of the file, which is the only one open, wherever the focus is. */
const fileText = (workbench: Workbench) =>
  workbench.page.locator('.editor-instance .monaco-editor[data-uri] .view-lines');
const words = (view: WebviewPage, number: number) =>
  card(view, number).getByRole('button', { name: /fill in$/ });

test('each mask has its words; a click fills one in, and one undo takes it back', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('She opened');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const view = await maskedWordsView(workbench);
  await expect(view.getByRole('heading', { name: '2 masked words' })).toBeVisible();
  await expect(words(view, 1)).toHaveCount(5);
  await expect(words(view, 2)).toHaveCount(5);
  await workbench.screenshot('masked-words-light');

  const word = await words(view, 1).nth(1).locator('.word').innerText();
  await words(view, 1).nth(1).click();
  await expect(view.getByRole('heading', { name: '1 masked word' })).toBeVisible();
  await expect(fileText(workbench)).toContainText(`She opened the ${word} and read the first [MASK]`);

  await words(view, 1).first().click();
  await expect(view.getByText('There is no [MASK] left in the text.')).toBeVisible();
  await expect(fileText(workbench)).not.toContainText('and read the first [MASK]');

  await fileText(workbench).locator('.view-line').first().click();
  await workbench.page.keyboard.press('Control+z');
  await expect(fileText(workbench)).toContainText(`the ${word} and read the first [MASK]`);
  await expect(view.getByRole('heading', { name: '1 masked word' })).toBeVisible();
  await workbench.page.keyboard.press('Control+z');
  await expect(fileText(workbench)).toContainText('She opened the [MASK] and read the first [MASK]');
});

test('fills in by keyboard, and not into a text that has changed', async ({ workbench }) => {
  await workbench.openFile('中文.md');
  await workbench.editor.clickText('很有意思');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const view = await maskedWordsView(workbench);
  await workbench.useTheme('dark');
  await workbench.screenshot('masked-words-chinese-dark');

  await workbench.editor.type('X');
  await expect(view.getByText('The text has changed since.')).toBeVisible();
  await words(view, 1).first().click({ force: true });
  await expect(fileText(workbench)).toContainText('[MASK]很');
  await view.getByRole('button', { name: 'Run Again' }).click();
  await expect(view.getByText('The text has changed since.')).toHaveCount(0);

  // While it is read again nothing can be filled in.
  await expect(words(view, 1).first()).toHaveAttribute('aria-disabled', 'false');
  await words(view, 1).first().focus();
  await workbench.page.keyboard.press('ArrowDown');
  await expect(words(view, 1).nth(1)).toBeFocused();
  await workbench.page.keyboard.press('Enter');
  await expect(fileText(workbench)).not.toContainText('[MASK]很');
});

test('shows as many words as one asks for', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('She went');
  await workbench.runCommand('Headlight: Predict Masked Words');
  const view = await maskedWordsView(workbench);
  await expect(words(view, 1)).toHaveCount(5);
  await view.getByRole('combobox', { name: 'Words for each' }).click();
  await view.getByRole('option', { name: '10', exact: true }).click();
  await expect(words(view, 1)).toHaveCount(10);
  await workbench.useTheme('highContrast');
  await workbench.screenshot('masked-words-high-contrast');
});

test('the hover over [MASK] shows the same words, with links that fill and that open the view', async ({
  workbench,
}) => {
  await workbench.openFile('english.md');
  let hover = await workbench.editor.hover('[MASK]');
  await expect(hover.getByRole('row')).toHaveCount(6);
  await workbench.screenshot('hover-light');
  await workbench.useTheme('dark');
  hover = await workbench.editor.hover('[MASK]');
  await expect(hover.getByRole('row')).toHaveCount(6);
  await workbench.screenshot('hover-dark');
  await hover.getByRole('link', { name: 'Show all masked words' }).click();
  const view = await maskedWordsView(workbench);
  await expect(card(view, 1)).toContainText('I drink a cup of [MASK] every morning.');

  await fileText(workbench).locator('.view-line').first().click();
  hover = await workbench.editor.hover('[MASK]');
  await hover.getByRole('row').nth(1).getByRole('link').click();
  await expect(fileText(workbench)).not.toContainText('[MASK] every');
});

test('the view is there again after a reload of the window', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('We went');
  await workbench.runCommand('Headlight: Predict Masked Words');
  await expect(words(await maskedWordsView(workbench), 2)).toHaveCount(5);
  await workbench.untilKept('"source":{"documentUri":');
  await workbench.reload();
  await expect(words(await maskedWordsView(workbench), 2)).toHaveCount(5);
});

test('says what to do where there is no [MASK]', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('The lighthouse');
  await workbench.runCommand('Headlight: Predict Masked Words');
  await workbench.untilNotified('The text has no [MASK]');
});
