import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Theme, Workbench } from '../support/pages/workbench';
import { BertGraph } from '../support/bertGraph';
import { signalEngines } from '../support/engines';
import { repositoryRoot } from '../support/paths';
import { expect, test } from './fixtures';

/** The view of attention, once it shows some. */
async function attentionView(workbench: Workbench): Promise<WebviewPage> {
  return workbench.webview((frame) => frame.getByRole('grid', { name: 'Heads by layer' }));
}

/** Asks for the attention of a text in a file of the folder, or of the paragraph that it begins with. */
async function showAttention(workbench: Workbench, file: string, text?: string): Promise<WebviewPage> {
  await workbench.openFile(file);
  if (text !== undefined) await workbench.editor.selectText(text);
  await workbench.runCommand('Headlight: Show Attention');
  return attentionView(workbench);
}

const tile = (view: WebviewPage, layer: number, head: number) =>
  view.getByRole('gridcell', { name: `Layer ${layer}, head ${head}`, exact: true });
const matrix = (view: WebviewPage) => view.getByRole('application');
/** What is said of the pointed weight. */
const pointed = (view: WebviewPage) => view.locator('#weight');

/** A cell with its exact weight, as the engine gives it. */
const exactly = (cell: string) => new RegExp(String.raw`${cell}(\d\.\d{6}|\d\.\d\de-\d+)$`);

/** Points into a matrix, at a part of its cells from 0 to 1; its labels take the rest. */
async function pointAt(view: WebviewPage, across: number, down: number): Promise<void> {
  await matrix(view).scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await matrix(view).boundingBox())!;
  const labels = 62;
  await view.frame
    .page()
    .mouse.move(x + labels + (width - labels) * across, y + labels + (height - labels) * down);
}

function highlighted(workbench: Workbench): Locator {
  return workbench.editor.root.locator('.view-overlays [class*="ced-"]');
}

const kinds: [Theme, string][] = [
  ['light', 'light'],
  ['dark', 'dark'],
  ['highContrast', 'high-contrast'],
  ['highContrastLight', 'high-contrast-light'],
];

test('a selection becomes an atlas, a head, an exact weight, and marks in the editor', async ({
  workbench,
}) => {
  const view = await showAttention(
    workbench,
    'english.md',
    'lighthouse keeper counted seventeen ships before breakfast',
  );
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^\d+ tokens, 4 layers × 4 heads$/);

  await tile(view, 2, 1).click();
  await expect(tile(view, 2, 1)).toHaveAttribute('aria-selected', 'true');
  await expect(view.getByRole('heading', { name: 'Layer 2, head 1' })).toBeVisible();
  await pointAt(view, 0.78, 0.3);
  await expect(pointed(view)).toHaveText(exactly(String.raw`^\S+ → \S+`));
  await expect(highlighted(workbench)).not.toHaveCount(0);
  await expect(view.getByRole('table').getByRole('row')).toHaveCount(5);
  for (const [theme, name] of kinds) {
    await workbench.useTheme(theme);
    await tile(view, 2, 1).hover();
    await pointAt(view, 0.78, 0.3);
    await workbench.screenshot(`attention-${name}`);
  }
});

test('a weight on show is the one that the terminal prints', async ({ workbench }) => {
  const view = await showAttention(workbench, 'english.md', 'seventeen ships before breakfast');
  await tile(view, 1, 3).click();
  await matrix(view).focus();
  // The first key chooses the cell in the corner: query 0, key 0.
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight'])
    await workbench.page.keyboard.press(key);
  const terminal = [
    path.join(repositoryRoot, 'dist/cli.js'),
    'attention',
    '--json',
    '--layer',
    '1',
    '--head',
    '3',
  ];
  const output = execFileSync(process.execPath, [...terminal, 'seventeen ships before breakfast']);
  const { weights } = JSON.parse(output.toString()) as { weights: number[][][][] };
  await expect(pointed(view).locator('strong')).toHaveText(weights[0]![0]![2]![1]!.toFixed(6));
});

test('a selection that is made while another is being read takes its place', async ({ workbench }) => {
  const view = await showAttention(workbench, 'english.md', 'The lighthouse keeper');
  await pointAt(view, 0.9, 0.9);
  signalEngines(workbench.server, 'SIGSTOP');
  await workbench.editor.selectText('seventeen ships before breakfast');
  await workbench.page.waitForTimeout(1_000);
  // Shorter than what the pointer rests on.
  await workbench.editor.selectText('ships');
  await workbench.page.waitForTimeout(1_000);
  signalEngines(workbench.server, 'SIGCONT');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^4 tokens/);
  await expect(view.getByText('Cancelled')).toHaveCount(0);
  await pointAt(view, 0.4, 0.4);
  await expect(pointed(view)).toHaveText(exactly(''));
});

test('another selection is asked about by itself, and another head stays open', async ({ workbench }) => {
  const view = await showAttention(workbench, '中文.md', '守塔人在早饭前数了十七艘船。');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^16 tokens/);
  await tile(view, 3, 0).click();
  await workbench.useTheme('dark');
  await workbench.screenshot('attention-chinese-dark');
  await workbench.editor.selectText('你叫什么名');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^7 tokens/);
  await expect(tile(view, 3, 0)).toHaveAttribute('aria-selected', 'true');
});

test('200 tokens fit, and zoom in', async ({ workbench }) => {
  const sentence = 'The old keeper of the lighthouse counted every ship that came home before the storm. ';
  writeFileSync(path.join(workbench.folder, 'story.txt'), sentence.repeat(12).trim());
  const view = await showAttention(workbench, 'story.txt');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^2\d\d tokens/);
  await pointAt(view, 0.5, 0.5);
  for (const [theme, name] of kinds) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`attention-long-${name}`);
  }
  const overflow = () => matrix(view).evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  expect(await overflow()).toBe(0);
  await matrix(view).focus();
  for (let step = 0; step < 6; step++) await workbench.page.keyboard.press('+');
  await expect.poll(overflow).toBeGreaterThan(1000);
  await workbench.screenshot('attention-long-zoomed');
});

test('the keyboard walks over the heads and the weights, and goes to the text', async ({ workbench }) => {
  const view = await showAttention(workbench, 'english.md', 'The lighthouse keeper');
  await tile(view, 0, 0).focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowUp', 'End'])
    await workbench.page.keyboard.press(key);
  await expect(tile(view, 1, 3)).toBeFocused();
  await expect(tile(view, 1, 3)).toHaveAttribute('aria-selected', 'true');

  await matrix(view).focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowRight'])
    await workbench.page.keyboard.press(key);
  await expect(pointed(view)).toHaveText(exactly('^the → light'));
  await expect(view.getByRole('table')).toContainText('“the” (position 1) attends to');
  await expect(view.getByRole('table').getByRole('rowheader')).toHaveCount(5);
  await workbench.page.keyboard.press('Enter');
  await expect(
    workbench.editor.root.locator('.native-edit-context, textarea.inputarea').first(),
  ).toBeFocused();
  await workbench.editor.expectSelected('The lighthouse keeper'.length);

  await matrix(view).focus();
  await workbench.page.keyboard.press('Escape');
  await expect(pointed(view)).toHaveText('Point at a cell for its exact weight.');
  await expect(highlighted(workbench)).toHaveCount(0);
});

test('the view is where it was after it was hidden, and after a reload of the window', async ({
  workbench,
}) => {
  let view = await showAttention(
    workbench,
    'english.md',
    'lighthouse keeper counted seventeen ships before breakfast',
  );
  await tile(view, 3, 2).click();
  await matrix(view).focus();
  for (const key of ['Home', '+', '+', 'ArrowDown', 'ArrowDown', 'End'])
    await workbench.page.keyboard.press(key);
  const cell = exactly(String.raw`^\S+ → \[SEP\]`);
  await expect(pointed(view)).toHaveText(cell);
  const before = await pointed(view).innerText();
  const scroll = () => matrix(view).evaluate(({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop]);
  const [left] = await scroll();
  expect(left).toBeGreaterThan(0);
  const expectTheSame = async (): Promise<void> => {
    view = await attentionView(workbench);
    await expect(tile(view, 3, 2)).toHaveAttribute('aria-selected', 'true');
    await expect(pointed(view)).toHaveText(before.replace('\n', ''));
    await expect.poll(async () => Math.abs((await scroll())[0]! - left!)).toBeLessThan(3);
  };

  await expect(highlighted(workbench)).not.toHaveCount(0);
  await workbench.openSidebar('Explorer');
  await expect(highlighted(workbench)).toHaveCount(0);
  await workbench.openSidebar('Headlight');
  await expectTheSame();
  const tokens = Number.parseInt(await view.getByRole('heading', { level: 1 }).innerText(), 10);
  await workbench.untilKept(`"cell":{"query":2,"key":${tokens - 1}}`);
  await workbench.reload();
  await expectTheSame();
});

test('a text that is longer than the model reads is read in windows', async ({ workbench }) => {
  writeFileSync(path.join(workbench.folder, 'long.txt'), '很长的故事，一个接一个。'.repeat(80));
  const view = await showAttention(workbench, 'long.txt');
  await expect(view.getByText('The text has 962 tokens; the model reads 512 at once.')).toBeVisible();
  await expect(view.getByText('Window 1 of 2: characters 0–510')).toBeVisible();
  await view.getByRole('button', { name: 'Next window' }).click();
  await expect(view.getByText('Window 2 of 2: characters 450–960')).toBeVisible();
  const stride = view.getByRole('combobox', { name: 'Tokens shared (stride)' });
  await stride.click();
  await stride.getByRole('option', { name: '128', exact: true }).click();
  await expect(view.getByText('Window 1 of 3: characters 0–510')).toBeVisible();
  await view.getByRole('button', { name: 'Next window' }).click();
  await expect(view.getByText('Window 2 of 3: characters 382–892')).toBeVisible();
  await workbench.useTheme('dark');
  await workbench.screenshot('attention-window-dark');
});

test('what an ended engine took with it is made anew', async ({ workbench }) => {
  const view = await showAttention(workbench, 'english.md', 'The lighthouse keeper');
  await matrix(view).focus();
  await workbench.page.keyboard.press('ArrowRight');
  await expect(pointed(view)).toHaveText(exactly(''));
  signalEngines(workbench.server, 'SIGKILL');
  await workbench.page.keyboard.press('ArrowDown');
  await expect(pointed(view)).toHaveText(exactly(String.raw`^the → \[CLS\]`));
});

test('an engine that dies while a head is read is told, with the next step', async ({ workbench }) => {
  const view = await showAttention(workbench, 'english.md', 'The lighthouse keeper');
  signalEngines(workbench.server, 'SIGSTOP');
  await tile(view, 3, 3).click();
  // Nothing shows when the question has reached the engine; asked of a dead one, a new one would answer it.
  await workbench.page.waitForTimeout(2_000);
  signalEngines(workbench.server, 'SIGKILL');
  const problem = view.getByRole('alert');
  await expect(problem).toContainText('The engine process ended unexpectedly (SIGKILL).');
  for (const [theme, name] of kinds.slice(0, 2)) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`attention-engine-died-${name}`);
  }
  await problem.getByRole('button', { name: 'Run Again' }).click();
  await expect(view.getByRole('heading', { name: 'Layer 3, head 3' })).toBeVisible();
  await expect(problem).toHaveCount(0);
});

test('what takes much memory is asked about first', async ({ workbench }) => {
  const folder = path.join(workbench.server.scratch, 'large-model');
  mkdirSync(folder, { recursive: true });
  copyFileSync(
    path.join(repositoryRoot, 'media/models/bert-tiny-en-zh/vocab.txt'),
    path.join(folder, 'vocab.txt'),
  );
  const sizes = { layers: 16, hidden: 40, heads: 40, inner: 40, vocabulary: 8192, positions: 512 };
  writeFileSync(path.join(folder, 'model.onnx'), new BertGraph({ opset: 17, fused: true, sizes }).bytes());
  writeFileSync(path.join(workbench.folder, 'long.txt'), '很长的故事，一个接一个。'.repeat(60));
  await workbench.openFile('long.txt');
  await workbench.useModel(folder);
  await workbench.untilNotified('now answers: tokens, masked words, attention');
  await workbench.runCommand('Headlight: Show Attention');
  const question = await workbench.webview((frame) => frame.getByRole('button', { name: 'Run Anyway' }));
  await expect(
    question.getByText(
      'The attention of 512 tokens takes 640 MB of memory (16 layers × 40 heads × 512 × 512',
    ),
  ).toBeVisible();
  for (const [theme, name] of kinds.slice(0, 2)) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`attention-budget-${name}`);
  }
  await question.getByRole('button', { name: 'Run Anyway' }).click();
  const view = await attentionView(workbench);
  await expect(tile(view, 15, 39)).toBeVisible();
  await workbench.screenshot('attention-40-heads-dark');
});

test('says where there is nothing to attend to', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.goTo({ line: 2, column: 1 });
  await workbench.openSidebar('Headlight');
  const view = await workbench.webview((frame) => frame.getByText('put the caret in a paragraph'));
  for (const [theme, name] of kinds.slice(0, 2)) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`attention-empty-${name}`);
  }
  await workbench.editor.clickText('She went');
  await expect(view.getByRole('grid', { name: 'Heads by layer' })).toBeVisible();
});
