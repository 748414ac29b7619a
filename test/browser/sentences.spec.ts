import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { KnockOutResult, OcclusionResult } from '../../src/protocol/sentences';
import { terminal } from '../support/terminal';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Theme, Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const themes: [Theme, string][] = [
  ['dark', 'dark'],
  ['highContrast', 'high-contrast'],
  ['highContrastLight', 'high-contrast-light'],
  ['light', 'light'],
];

const title = (workbench: Workbench, name: string | RegExp): Promise<WebviewPage> =>
  workbench.webview((frame) => frame.getByRole('heading', { name, level: 1 }));

async function openCommands(workbench: Workbench): Promise<void> {
  await workbench.openFile('commands.txt');
  await workbench.editor.clickText('play some');
}

test('a pair of sentences is judged in both orders', async ({ workbench }) => {
  await workbench.openFile('pairs.txt');
  await workbench.editor.select({ line: 1, column: 1 }, { line: 3, column: 57 });
  await workbench.runCommand('Headlight: Judge Sentence Pair');
  const view = await title(workbench, 'Sentence pair');
  for (const name of ['In this order', 'The other way round']) {
    const scores = view.getByRole('region', { name }).getByRole('listitem');
    await expect(scores).toHaveCount(2);
    const sum = (await scores.allInnerTexts()).reduce(
      (all, text) => all + Number(/([\d.]+) %/.exec(text)![1]),
      0,
    );
    expect(Math.abs(sum - 100)).toBeLessThan(0.2);
  }
  await workbench.screenshot('pair-light');
});

test('each line has its class in a table that sorts', async ({ workbench }) => {
  await openCommands(workbench);
  await workbench.runCommand('Headlight: Classify Each Line');
  const view = await title(workbench, 'Classes of 6 lines');
  const rows = view.locator('tbody tr');
  await expect(rows).toHaveCount(6);
  await expect(rows.first()).toContainText('play some jazz');
  await view.getByRole('button', { name: 'Line' }).click();
  await expect(rows.first()).toContainText('book a table');
  await view.getByRole('button', { name: 'Score' }).click();
  const scores = (await rows.locator('td.number').allInnerTexts()).map((text) => parseFloat(text));
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  await workbench.useTheme('dark');
  await workbench.screenshot('classes-lines-dark');
  await view.getByRole('button', { name: 'All as one text' }).click();
  await expect(view.getByRole('list', { name: 'Classes' }).getByRole('listitem')).toHaveCount(7);

  // Why: each word masked, then left out, then each attention head; the numbers are the terminal's.
  await view.getByText('Why?').click();
  const words = view.getByRole('table', { name: /^Words by what they do to/ }).locator('tbody tr');
  const taken = async (way: string): Promise<void> => {
    await view.getByRole('combobox', { name: 'Without' }).click();
    await view.getByRole('option', { name: way }).click();
  };
  const text = readFileSync(path.join(workbench.folder, 'commands.txt'), 'utf8').trim();
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(3)}`;
  for (const [way, option] of [
    ['each word: masked', []],
    ['each word: left out', ['--drop']],
  ] as const) {
    await taken(way);
    const { whole, words: found } = terminal<OcclusionResult>('why', ...option, text);
    const expected = found.map(({ logit }) => whole.logit - logit).sort((a, b) => b - a);
    await expect(words.locator('td:nth-child(2)')).toHaveText(expected.map(signed));
  }
  await view.getByText('Why?').scrollIntoViewIfNeeded();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`why-words-${name}`);
  }
  await taken('each attention head');
  const heads = view.getByRole('table', { name: /^Heads by what they do to/ }).getByRole('button');
  const { whole, without } = terminal<KnockOutResult>('why', '--heads', text);
  await expect(heads).toHaveText(without.flat().map(({ logit }) => signed(whole.logit - logit)));
  await heads.first().focus();
  await workbench.page.keyboard.press('ArrowDown');
  await expect(heads.nth(without[0]!.length)).toBeFocused();
  await expect(view.getByText(/^Layer 1, head 0: logit from it/)).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`why-heads-${name}`);
  }
  await workbench.page.keyboard.press('Enter');
  const explorer = await workbench.webview((frame) => frame.getByRole('application'));
  await expect(explorer.getByText('Layer 1, head 0').first()).toBeVisible();
});

test('tags are marked in the editor, with a legend, until the text changes', async ({ workbench }) => {
  await openCommands(workbench);
  await workbench.runCommand('Headlight: Tag Words');
  const view = await title(workbench, /tagged parts$/);
  await expect(view.getByRole('list', { name: 'Labels' })).toBeVisible();
  const marked = workbench.editor.root.locator('.view-overlays [class*="ced-"]');
  await expect(marked.first()).toBeVisible();
  await workbench.screenshot('tags-light');
  await workbench.useTheme('highContrast');
  await workbench.screenshot('tags-high-contrast');
  await workbench.editor.type('x');
  await expect(view.getByText('The text has changed since.')).toBeVisible();
  await expect(marked).toHaveCount(0);
});

test('a question has its answers where they stand', async ({ workbench }) => {
  await openCommands(workbench);
  await workbench.editor.selectText('play some jazz by miles davis on spotify');
  // The box for the question takes the place of the palette.
  await workbench.quickInput.open('F1');
  const command = 'Headlight: Answer a Question…';
  await workbench.quickInput.typeUntil(`>${command}`, workbench.quickInput.row(command));
  await workbench.quickInput.row(command).click();
  const { input } = workbench.quickInput;
  await expect(workbench.quickInput.box).toContainText('What should the selected text answer?');
  await input.fill('Which artist?');
  await input.press('Enter');
  const view = await title(workbench, 'Which artist?');
  const answers = view.getByRole('list', { name: 'Answers' }).getByRole('listitem');
  await expect(answers).toHaveCount(5);
  await answers.first().hover();
  await workbench.useTheme('dark');
  await workbench.screenshot('answer-dark');
});

test('lines are compared by four vectors', async ({ workbench }) => {
  await openCommands(workbench);
  await workbench.runCommand('Headlight: Compare Lines');
  const view = await title(workbench, 'Similarity of 6 lines');
  await expect(view.getByRole('table')).toHaveCount(4);
  for (const table of await view.getByRole('table').all()) {
    await expect(table.locator('td')).toHaveCount(36);
    await expect(table.locator('tr').nth(2).locator('td').nth(2)).toHaveText('1.00');
  }
  await workbench.screenshot('similarity-light');
  await workbench.useTheme('dark');
  await workbench.screenshot('similarity-dark');
});

test('text is generated step by step, and a gap is seen from the left and from both sides', async ({
  workbench,
}) => {
  await workbench.openFile('english.md');
  await workbench.editor.clickText('She opened');
  await workbench.runCommand('Headlight: Generate Text');
  const view = await title(workbench, 'Continuation');
  const steps = view.getByRole('group', { name: 'Tokens, step by step' }).getByRole('button');
  const card = view.getByRole('region', { name: /^Step \d+$/ });
  await expect(card.getByRole('listitem')).toHaveCount(10);
  await expect(view.getByRole('region', { name: 'Both sides of the gap' }).getByRole('listitem')).toHaveCount(
    10,
  );
  // Greedy search takes what is listed first, at each step.
  const taken = await steps.allInnerTexts();
  await steps.first().focus();
  for (const [index, token] of taken.slice(0, 4).entries()) {
    await expect(card.getByRole('heading')).toHaveText(`Step ${index + 1}: ${token}`);
    await expect(card.getByRole('listitem').first()).toContainText(token);
    await workbench.page.keyboard.press('ArrowRight');
  }
  await workbench.useTheme('dark');
  await workbench.screenshot('generation-gap-dark');
  await workbench.useTheme('highContrast');
  await workbench.screenshot('generation-gap-high-contrast');
  await view.getByRole('combobox', { name: 'Beams' }).click();
  await view.getByRole('option', { name: '4' }).click();
  const texts = view.getByRole('list', { name: 'Generated texts' }).getByRole('listitem');
  await expect(texts).toHaveCount(4);
  await texts.nth(1).getByRole('button').click();
  await expect(texts.nth(1).getByRole('button')).toHaveAttribute('aria-pressed', 'true');
  const scores = (await texts.locator('.number').allInnerTexts()).map(Number);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  await workbench.useTheme('light');
  await workbench.screenshot('generation-beams-light');

  // Beams, text and step are there again after a reload of the window.
  await steps.nth(1).click();
  await workbench.untilKept('"chosen":1,"step":1');
  await workbench.reload();
  const again = await title(workbench, 'Continuation');
  const kept = again.getByRole('list', { name: 'Generated texts' }).getByRole('listitem');
  await expect(kept).toHaveCount(4);
  await expect(kept.nth(1).getByRole('button')).toHaveAttribute('aria-pressed', 'true');
  await expect(again.getByRole('region', { name: 'Step 2' })).toBeVisible();
});

test.describe('in Chinese', () => {
  test.use({ language: 'zh-cn' });

  test('pairs, classes, tags, answers, similarity and generated text', async ({ workbench }) => {
    await workbench.openFile('pairs.txt');
    await workbench.editor.select({ line: 5, column: 1 }, { line: 7, column: 11 });
    await workbench.runCommand('Headlight: 判断句对');
    const pair = await title(workbench, '句对');
    await expect(pair.getByRole('listitem')).toHaveCount(4);
    await workbench.screenshot('pair-chinese-light');

    await openCommands(workbench);
    await workbench.runCommand('Headlight: 逐行分类');
    const classes = await title(workbench, '6 行的类别');
    await expect(classes.locator('tbody tr')).toHaveCount(6);
    await workbench.page.keyboard.press('Control+1');
    await workbench.runCommand('Headlight: 标注词语');
    const tags = await title(workbench, / 处标注$/);
    await expect(tags.getByRole('list', { name: '标签' })).toBeVisible();
    await workbench.screenshot('tags-chinese-light');
    await workbench.page.keyboard.press('Control+1');
    await workbench.runCommand('Headlight: 比较各行');
    const similarity = await title(workbench, '6 行的相似度');
    await expect(similarity.getByRole('table')).toHaveCount(4);
    await workbench.screenshot('similarity-chinese-light');

    await workbench.page.keyboard.press('Control+1');
    await workbench.editor.selectText('play some jazz by miles davis on spotify');
    await workbench.askCommand('Headlight: 回答问题…');
    await expect(workbench.quickInput.box).toContainText('想从选中的文本中得到什么答案？');
    await workbench.quickInput.input.fill('Which artist?');
    await workbench.quickInput.input.press('Enter');
    const answer = await title(workbench, 'Which artist?');
    await expect(answer.getByRole('listitem')).toHaveCount(5);

    await workbench.openFile('中文.md');
    await workbench.editor.clickText('他正在看电');
    await workbench.runCommand('Headlight: 生成文本');
    const generated = await title(workbench, '续写');
    await expect(generated.getByRole('listitem').first()).toBeVisible();
    await workbench.screenshot('generation-chinese-light');
  });
});
