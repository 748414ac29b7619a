import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { terminal } from '../support/terminal';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

/** The view of tokens, once it shows some. */
async function tokensView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('listbox', { name: 'Tokens' }));
}

const cell = (view: WebviewPage, name: string | RegExp) => view.getByRole('option', { name }).first();

test('a selected sentence becomes tokens with their ids, and pointing at one marks its text', async ({
  workbench,
}) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Tokens');

  const view = await tokensView(workbench);
  await expect(view.getByRole('heading')).toHaveText(/^\d+ of at most 512 tokens$/);
  await expect(cell(view, /^\[CLS\], id \d+, segment 0, position 0, attention 1, added/)).toBeVisible();
  await expect(cell(view, /^seven, id \d+, segment 0, position 1/)).toBeVisible();

  await cell(view, /^breakfast/).hover();
  await expect(view.getByText('text “breakfast”')).toBeVisible();
  await expect(highlighted(workbench)).toHaveCount(1);
  await workbench.screenshot('tokens-light');
  await workbench.useTheme('dark');
  await workbench.screenshot('tokens-dark');
  await workbench.useTheme('highContrast');
  await workbench.screenshot('tokens-high-contrast');
});

test('a click selects the text of a token, and the caret marks the token', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('lighthouse keeper counted seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);

  await cell(view, /^breakfast/).click();
  await expect(workbench.editor.root.locator('.view-overlays .selected-text').first()).toBeVisible();
  await expect(cell(view, /^breakfast/)).toHaveAttribute('aria-selected', 'true');
  await workbench.editor.clickText('before');
  await expect(cell(view, /^before/)).toHaveAttribute('aria-selected', 'true');
  await expect(cell(view, /^breakfast/)).toHaveAttribute('aria-selected', 'false');
});

test('the keyboard walks over the tokens and goes to their text', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('The lighthouse');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);

  await view.locator('[role=option][tabindex="0"]').focus();
  await workbench.page.keyboard.press('Home');
  await expect(cell(view, /^\[CLS\]/)).toBeFocused();
  await workbench.page.keyboard.press('ArrowRight');
  await expect(cell(view, /^the,/)).toBeFocused();
  await workbench.page.keyboard.press('Enter');
  await workbench.editor.expectSelected('The'.length);
});

test('a blank line between two sentences makes them a pair', async ({ workbench }) => {
  await workbench.openFile('pairs.txt');
  await workbench.editor.select({ line: 5, column: 1 }, { line: 7, column: 5 });
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  await expect(cell(view, /^今, id \d+, segment 0, position 1/)).toBeVisible();
  await expect(cell(view, /^出, id \d+, segment 1/)).toBeVisible();
  await cell(view, /^出/).hover();
  await expect(view.getByText('in the second text')).toBeVisible();
  await workbench.useTheme('dark');
  await workbench.screenshot('tokens-pair-dark');
});

test('two selections make a pair', async ({ workbench }) => {
  await workbench.openFile('pairs.txt');
  await workbench.useTheme('dark');
  await workbench.editor.selectText('Penguins cannot fly.');
  const first = workbench.editor.root.locator('.view-line', { hasText: 'The experiment' });
  await first.click({ position: { x: 2, y: 8 }, modifiers: ['Alt'] });
  await workbench.page.keyboard.press('Shift+End');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  await expect(view.getByText('segment 1')).toBeVisible();
  await cell(view, /^cannot/).hover();
  await expect(view.getByText('in the second text')).toBeVisible();
  await workbench.screenshot('tokens-two-selections-dark');
});

test('an edit makes the view stale, and running again makes it right', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);

  await workbench.editor.selectText('ships');
  await workbench.editor.type('books');
  await expect(view.getByText('The text has changed since.')).toBeVisible();
  await cell(view, /^breakfast/).hover();
  await expect(highlighted(workbench)).toHaveCount(0);
  await view.getByRole('button', { name: 'Run Again' }).click();
  await expect(cell(view, /^book/)).toBeVisible();
  await expect(view.getByText('The text has changed since.')).toHaveCount(0);
});

test('a text that is longer than the model reads has a visible cut', async ({ workbench }) => {
  const text = 'A long text that goes on and on, 很长很长的一段文字。 '.repeat(60);
  writeFileSync(path.join(workbench.folder, 'long.txt'), text);
  await workbench.openFile('long.txt');
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  const cut = view.getByText(
    /^The model reads the first 512 tokens; the \d+ after this line are not read\.$/,
  );
  await cut.scrollIntoViewIfNeeded();
  await expect(cut).toBeInViewport();
  await workbench.screenshot('tokens-long');

  const { counts } = terminal<{ counts: { tokens: number } }>('tokens', text.trim());
  const content = counts.tokens - 2;
  await view.getByText(`Windows: ${Math.ceil(content / 510)}`).click();
  await view.getByRole('combobox', { name: 'Tokens shared (stride)' }).click();
  await view.getByRole('option', { name: '128', exact: true }).click();
  await expect(view.getByText(`Windows: ${1 + Math.ceil((content - 510) / (510 - 128))}`)).toBeVisible();
  await expect(view.getByRole('button', { name: /^tokens 383–892, / })).toBeVisible();
});

test('says what to do where there is no text', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.goTo({ line: 2, column: 1 });
  await workbench.runCommand('Headlight: Show Tokens');
  await workbench.untilNotified(/put the caret in a paragraph/);
});

test('embeddings that add up, boundaries in the editor, a count in the status bar, a second tokenizer', async ({
  workbench,
}) => {
  const folder = path.join(workbench.folder, 'byte-level');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'vocab.json'), JSON.stringify(bytes));
  writeFileSync(path.join(folder, 'merges.txt'), '#version: 0.2\n');

  await workbench.openFile('english.md');
  const text = 'everything: naïve cafés';
  await workbench.editor.selectText(text);
  await workbench.runCommand('Headlight: Show Tokens');
  const view = await tokensView(workbench);
  const { tokens, notes, counts } = terminal<{
    tokens: { token: string }[];
    notes: ({ normalized: string | null } | null)[];
    counts: { tokens: number; ofText: number; words: number };
  }>('tokens', text);
  await expect(view.getByText(`${counts.words} words`, { exact: true })).toBeVisible();
  await expect(
    workbench.page.locator('.part.statusbar').getByText(`${counts.tokens} / 512 tokens`),
  ).toBeVisible();
  await expect(
    view.getByText(`${(counts.ofText / counts.words).toFixed(2)} tokens for each word`),
  ).toBeVisible();
  await cell(view, /^naive/).hover();
  await expect(view.getByText('normalised to “naive”')).toBeVisible();
  await expect(view.locator('.cell.changed')).toHaveCount(notes.filter((note) => note?.normalized).length);

  await view.getByRole('checkbox', { name: 'Mark in the editor' }).check();
  await cell(view, /^\[CLS\]/).hover();
  await expect(highlighted(workbench)).toHaveCount(counts.ofText);
  await workbench.screenshot('tokens-marked-light');
  await view.getByRole('checkbox', { name: 'Mark in the editor' }).uncheck();
  await expect(highlighted(workbench)).toHaveCount(0);

  await view.getByRole('tab', { name: 'Embeddings' }).click();
  await expect(view.getByText(/^.* The parts add up to the model’s own input within \d/)).toBeVisible();
  const { parts } = terminal<{ parts: { role: string; norms: number[] }[] }>('input', text);
  for (const { role, norms } of parts) {
    const shown = await view.locator(`.${role} td[data-token]`).allInnerTexts();
    expect(shown).toEqual(
      tokens.map((_, index) => String(Number((norms[index] ?? norms[0]!).toPrecision(3)))),
    );
  }
  await workbench.screenshot('tokens-embeddings-light');
  await workbench.useTheme('dark');
  await workbench.screenshot('tokens-embeddings-dark');
  await workbench.useTheme('highContrast');
  await view.getByRole('button', { name: '[CLS]' }).focus();
  await workbench.page.keyboard.press('ArrowRight');
  await expect(view.getByRole('button', { name: tokens[1]!.token })).toBeFocused();
  await workbench.screenshot('tokens-embeddings-high-contrast');
  await workbench.useTheme('dark');

  await workbench.useModel(folder);
  await view.getByRole('tab', { name: 'Two Tokenizers' }).click();
  await view.getByRole('button', { name: 'Compare with Another Tokenizer…' }).click();
  await workbench.quickInput.choose('bert-tiny-en-zh', 'bert-tiny-en-zh');
  const units = new TextEncoder().encode(text).length;
  await expect(
    view
      .getByRole('row', { name: /^byte-level/ })
      .getByRole('cell')
      .first(),
  ).toHaveText(String(units));
  await expect(
    view
      .getByRole('row', { name: /^bert-tiny-en-zh/ })
      .getByRole('cell')
      .first(),
  ).toHaveText(String(counts.ofText));
  await expect(view.getByText(/^\d+ of \d+ stretches of text are cut differently\.$/)).toBeVisible();
  await workbench.screenshot('tokens-two-dark');
});

/** Every byte as a token, as byte-level BPE writes them. */
const bytes = Object.fromEntries(
  [...'!"#$%&\'()*+,-./0123456789:;<=>?@[]^_`{|}~', ...'abcdefghijklmnopqrstuvwxyzĠÃ¯©'].map((letter, id) => [
    letter,
    id,
  ]),
);

/** Decorations of extensions in the editor that have a border, as ours has. */
function highlighted(workbench: Workbench) {
  return workbench.editor.root.locator('.view-overlays [class*="ced-"]');
}

test.describe('in Chinese', () => {
  test.use({ language: 'zh-cn' });

  test('tokens with their embeddings, and masked words filled together', async ({ workbench }) => {
    await workbench.openFile('中文.md');
    await workbench.editor.selectText('模型把每个汉字切成一个词元，而 English words');
    await workbench.runCommand('Headlight: 显示词元');
    const view = await workbench.webview((frame) => frame.getByRole('listbox', { name: '词元' }));
    await expect(cell(view, /^模, id \d+/)).toBeVisible();
    await cell(view, /^english/).hover();
    await expect(view.getByText('规范化为“english”')).toBeVisible();
    await workbench.screenshot('tokens-chinese-light');
    await view.getByRole('tab', { name: '嵌入' }).click();
    await expect(view.getByText(/各部分之和与模型自己的输入相差不超过 \d/)).toBeVisible();
    await workbench.screenshot('tokens-embeddings-chinese-light');

    await workbench.page.keyboard.press('Control+1');
    await workbench.runCommand('Headlight: 逐词掩码');
    const score = await workbench.webview((frame) => frame.getByRole('heading', { name: /^伪困惑度/ }));
    await expect(score.getByRole('group', { name: '按意外程度显示的词' })).toBeVisible();
    await workbench.screenshot('score-chinese-light');

    await workbench.page.keyboard.press('Control+1');
    await workbench.editor.clickText('他正在看电');
    await workbench.runCommand('Headlight: 预测被掩码的词');
    const masked = await workbench.webview((frame) => frame.getByRole('heading', { name: '2 个掩码词' }));
    await masked.getByText('所有掩码一起填').click();
    await expect(masked.getByRole('button', { name: /全部填入$/ }).first()).toBeVisible();
    await workbench.useTheme('dark');
    await workbench.screenshot('masked-words-together-chinese-dark');
    await masked
      .getByRole('button', { name: /前后的注意力$/ })
      .first()
      .click();
    const explorer = await workbench.webview((frame) => frame.getByRole('tab', { name: '差异' }));
    // Of both texts: with the first mask filled, and with the mask.
    await expect(explorer.getByRole('application')).toHaveCount(2);
    await workbench.screenshot('attention-before-after-chinese-dark');
  });
});
