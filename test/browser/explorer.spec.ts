import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Theme, Workbench } from '../support/pages/workbench';
import { signalEngines } from '../support/engines';
import { repositoryRoot } from '../support/paths';
import { expect, test } from './fixtures';

const themes: [Theme, string][] = [
  ['dark', 'dark'],
  ['light', 'light'],
  ['highContrast', 'high-contrast'],
];

/** Opens the panel on a text in a file of the folder, or on the paragraph that it begins with. */
async function explore(workbench: Workbench, file: string, text?: string): Promise<WebviewPage> {
  await workbench.openFile(file);
  if (text !== undefined) await workbench.editor.selectText(text);
  await workbench.runCommand('Headlight: Explore Attention');
  return explorer(workbench);
}

const explorer = (workbench: Workbench): Promise<WebviewPage> =>
  workbench.webview((frame) => frame.getByRole('grid', { name: 'Heads by layer' }));

const tile = (view: WebviewPage, layer: number, head: number): Locator =>
  view.getByRole('gridcell', { name: `Layer ${layer}, head ${head}`, exact: true });

/** Chooses in a dropdown of the toolkit. */
async function choose(view: WebviewPage, label: string, option: string): Promise<void> {
  const dropdown = view.getByRole('combobox', { name: label, exact: true });
  await dropdown.click();
  await dropdown.getByRole('option', { name: option, exact: true }).click();
}

/** A token's exact weight, as the engine gives it, and to which token. */
const exactly = (token: string): RegExp =>
  new RegExp(String.raw`^${token.replace(/[.[\]]/g, '\\$&')} → .*(\d\.\d{6}|\d\.\d\de-\d+)$`);

/** What is in the clipboard, as the box for links gets it. */
async function pastedLink(workbench: Workbench, wanted = /headlight\.headlight/): Promise<string> {
  const { page, quickInput } = workbench;
  await workbench.askCommand('Headlight: Open Link to a Head…');
  // Nothing lasting shows that it is there.
  await expect(async () => {
    await quickInput.input.fill('');
    await page.keyboard.press('Control+v');
    await expect(quickInput.input).toHaveValue(wanted, { timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  const link = await quickInput.input.inputValue();
  await quickInput.cancel();
  return link;
}

/** Opens a link as the system would have VS Code open it, which asks whether Headlight may. */
async function openLink(workbench: Workbench, link: string): Promise<void> {
  const { page, quickInput } = workbench;
  await workbench.askCommand('Developer: Open URL');
  await quickInput.input.fill(link);
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog').filter({ hasText: 'URI' });
  await question.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(question).toBeHidden();
}

const sentence = 'The lighthouse keeper counted seventeen ships before breakfast';

test('a head is found, drawn three ways, and read to the exact weight', async ({ workbench }) => {
  const view = await explore(workbench, 'english.md', sentence);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^\d+ tokens, 4 layers × 4 heads$/);
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });

  // The head that attends most to the token before the query is first.
  await choose(view, 'Order of heads', 'previous token');
  const ranking = view.getByRole('region', { name: 'Heads by “previous token”' });
  await expect(ranking.getByRole('rowheader')).toHaveCount(8);
  await expect(ranking).toContainText('The mean weight of the token before the query');
  const scores = (await ranking.locator('.number').allInnerTexts()).map(Number);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  await ranking.getByRole('button').first().click();
  const first = await ranking.getByRole('button').first().innerText();
  const title = `Layer ${first.replace('.', ', head ')}`;
  await expect(view.getByRole('heading', { name: title })).toBeVisible();
  await expect(view.getByRole('gridcell').first()).toHaveAttribute('aria-selected', 'true');
  await view.getByText('Heads that act alike').click();
  await expect(view.getByRole('option')).toHaveCount(16);
  await view.getByText(`What head ${first} does`).click();
  await expect(view.locator('.measures dd').first()).toHaveText(String(scores[0]!.toFixed(3)));
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-matrix-${name}`);
  }

  await view.getByRole('tab', { name: 'Lines' }).click();
  const lines = view.getByRole('application');
  await expect(view.getByText(/^Lines from weight 0\.\d+ on: \d+$/)).toBeVisible();
  await lines.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await workbench.page.keyboard.press(key);
  await expect(view.getByRole('table').last()).toContainText('(position 2) attends to');
  // The range of the token lights up in the editor.
  await expect(workbench.editor.root.locator('.view-overlays [class*="ced-"]')).not.toHaveCount(0);
  await view.getByRole('button', { name: `Keep ${first} to compare` }).click();
  // A number that is typed opens its head.
  await lines.focus();
  await workbench.page.keyboard.type(first === '3.1' ? '3.0' : '3.1');
  await expect(view.getByRole('button', { name: `Take ${first} away` })).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-lines-${name}`);
  }

  await choose(view, 'By', 'word');
  await view.getByRole('tab', { name: 'Text' }).click();
  await view.getByRole('application').getByText('keeper', { exact: true }).hover();
  await expect(view.locator('.heat[style]')).not.toHaveCount(0);
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await view.getByRole('application').getByText('keeper', { exact: true }).hover();
    await workbench.screenshot(`explorer-text-${name}`);
  }
});

test('512 tokens are read as an atlas, a matrix and lines', async ({ workbench }) => {
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });
  const story = 'The old keeper of the lighthouse counted every ship that came home before the storm. ';
  writeFileSync(path.join(workbench.folder, 'story.txt'), story.repeat(40).trim());
  const view = await explore(workbench, 'story.txt');
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^512 tokens/);
  await choose(view, 'Show', 'mean of all heads');
  await expect(view.getByRole('heading', { name: 'Mean of all heads' })).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-512-matrix-${name}`);
  }
  await choose(view, 'Show', 'rollout from layer 0');
  await tile(view, 3, 2).click();
  await expect(view.getByRole('heading', { name: 'Rollout from layer 3' })).toBeVisible();
  await choose(view, 'Show', 'one head');
  await view.getByRole('tab', { name: 'Lines' }).click();
  await expect(view.getByText(/^Lines from weight .*: [1-9]\d*$/)).toBeVisible();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-512-lines-${name}`);
  }

  // Which window, and what it shares with the one before, is there again after a reload.
  await choose(view, 'Tokens shared (stride)', '128');
  await view.getByRole('button', { name: 'Next window' }).click();
  const second =
    /^The text has \d+ tokens; the model reads 512 at once\. Window 2 of \d: characters \d+–\d+$/;
  const bar = view.getByText(second);
  await expect(bar).toBeVisible();
  const window = await bar.innerText();
  await workbench.untilKept('"window":1,"stride":128');
  await workbench.reload();
  const after = await explorer(workbench);
  await expect(after.getByText(window)).toBeVisible();
  await expect(after.getByRole('combobox', { name: 'Tokens shared (stride)' })).toContainText('128');
  await expect(tile(after, 3, 2)).toHaveAttribute('aria-selected', 'true');
});

test('a query comes to its weights element by element', async ({ workbench }) => {
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });
  const view = await explore(workbench, 'english.md', sentence);
  await view.getByRole('application').focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown'])
    await workbench.page.keyboard.press(key);
  await view.getByText('Query and key in head 0.0').click();
  const table = view.getByRole('table', { name: /^q · / });
  await expect(table.getByRole('row')).toHaveCount(13);
  const exact = view.locator('.attended').first().locator('.number').first();
  const weights = await table.locator('.weight-cell span:last-child').allInnerTexts();
  expect(weights.map(Number)).toContain(Number(Number(await exact.innerText()).toFixed(4)));
  await view.getByRole('button', { name: 'Show all 16' }).click();
  await expect(table.getByRole('row')).toHaveCount(17);
  await table.scrollIntoViewIfNeeded();
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-scores-${name}`);
  }
});

test('an encoder and its decoder show what the target attends to', async ({ workbench }) => {
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });
  writeFileSync(path.join(workbench.folder, 'translation.txt'), 'I am a student.\n\n我是学生。\n');
  await workbench.openFile('translation.txt');
  const translator = path.join(repositoryRoot, 'media/models/transformer-tiny-en-zh');
  await workbench.useModel(translator);
  await workbench.editor.selectAll();
  await workbench.runCommand('Headlight: Explore Attention');
  const view = await explorer(workbench);
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(
    '7 source and 6 target tokens, 4 layers × 4 heads',
  );
  await choose(view, 'Attention', 'decoder to encoder');
  await expect(view.getByRole('combobox', { name: 'Attention', exact: true })).toContainText(
    'decoder to encoder',
  );
  await tile(view, 2, 1).click();
  await view.getByRole('tab', { name: 'Lines' }).click();
  await view.getByRole('application').focus();
  for (const key of ['ArrowDown', 'ArrowDown']) await workbench.page.keyboard.press(key);
  await workbench.useTheme('dark');
  await workbench.screenshot('explorer-cross-lines-dark');
  await view.getByRole('tab', { name: 'Text' }).click();
  await view.getByRole('application').getByText('我', { exact: true }).hover();
  await expect(view.locator('.heat[style]')).toHaveCount(7);
  await workbench.useTheme('light');
  await view.getByRole('application').getByText('我', { exact: true }).hover();
  await workbench.screenshot('explorer-cross-text-light');

  await choose(view, 'Attention', 'decoder to itself');
  await view.getByRole('tab', { name: 'Matrix' }).click();
  await view.getByRole('application').focus();
  for (const key of ['ArrowRight', 'ArrowRight']) await workbench.page.keyboard.press(key);
  await expect(view.locator('#weight')).toContainText('hidden by the causal mask');
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-causal-${name}`);
  }

  // The target that the terminal prints, in the place of the typed one.
  await view.getByRole('button', { name: 'Generate the Target' }).click();
  const terminal = [path.join(repositoryRoot, 'dist/cli.js'), 'generate', '--json', '--model', translator];
  const printed = execFileSync(process.execPath, [...terminal, 'I am a student.']).toString();
  const { generated } = JSON.parse(printed) as { generated: { text: string }[] };
  await expect(view.getByText(`The target is generated: “${generated[0]!.text.trim()}”`)).toBeVisible();
  await workbench.screenshot('explorer-generated-target');
  await workbench.useModel(path.join(repositoryRoot, 'media/models/gpt-tiny-en-zh'));
  // Between two texts there is no place for more.
  await expect(view.getByText('The model writes nothing here.')).toBeVisible();
  await workbench.editor.selectText('I am a');
  await workbench.runCommand('Headlight: Explore Attention');
  await expect(view.getByText('Generated after the text: “')).toBeVisible();
  const tokens = async (): Promise<number> =>
    Number.parseInt(await view.getByRole('heading', { level: 1 }).innerText());
  const more = await tokens();
  await view.getByRole('button', { name: 'Do Not Generate' }).click();
  await expect(view.getByRole('button', { name: 'Generate a Continuation' })).toBeVisible();
  expect(await tokens()).toBeLessThan(more);
});

test('what is shown is written to files', async ({ workbench }) => {
  const view = await explore(workbench, 'english.md', sentence);
  await view.getByText('Export', { exact: true }).click();
  const save = (item: string, file: string): Promise<Buffer> =>
    workbench.saved(file, () => view.getByRole('button', { name: item }).click());
  const csv = (await save('Weights as CSV', 'head.csv')).toString().trim().split('\r\n');
  expect(csv).toHaveLength(17);
  const sums = csv.slice(1).map((line) =>
    line
      .split(',')
      .slice(1)
      .reduce((sum, each) => sum + Number(each), 0),
  );
  for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
  expect((await save('Picture as PNG', 'head.png')).subarray(1, 4).toString()).toBe('PNG');
  expect((await save('All heads as NPY', 'all.npy')).subarray(0, 128).toString('latin1')).toContain(
    "'shape': (4, 4, 16, 16)",
  );
  // The same from the palette.
  await workbench.askCommand('Headlight: Export Attention…');
  await workbench.quickInput.row('Weights as NPY').click();
  const npy = path.join(workbench.folder, 'head.npy');
  await expect(workbench.quickInput.input).toHaveValue(/\.npy$/);
  await workbench.quickInput.input.fill(npy);
  await workbench.page.keyboard.press('Enter');
  await expect
    .poll(() => statSync(npy, { throwIfNoEntry: false })?.size ?? 0)
    .toBe(128 + 16 * 16 * Float32Array.BYTES_PER_ELEMENT);

  await view.getByRole('tab', { name: 'Lines' }).click();
  await expect(view.getByText(/^Lines from weight 0\.\d+ on: [1-9]/)).toBeVisible();
  expect((await save('Picture as SVG', 'lines.svg')).toString()).toMatch(/^<svg[^]*<path[^]*<\/svg>/);
});

test('a copied link opens its head, after a question', async ({ workbench }) => {
  let view = await explore(workbench, 'english.md', sentence);
  await tile(view, 2, 3).click();
  await view.getByText('Export', { exact: true }).click();
  await view.getByRole('button', { name: 'Copy Link to Head 2.3' }).click();
  const link = await pastedLink(workbench);
  expect(link).toMatch(/^[\w-]+:\/\/headlight\.headlight\/head\?/);
  const { text, ...named } = JSON.parse(decodeURIComponent(link.split('?')[1]!)) as Record<string, unknown>;
  const place = { model: 'bert-tiny-en-zh', window: 0, stride: 0, stack: 'encoder', layer: 2, head: 3 };
  expect(named).toEqual({ version: 1, generates: false, ...place });
  const uri = `file://${workbench.folder}/english.md`;
  const start = readFileSync(path.join(workbench.folder, 'english.md'), 'utf8').indexOf(sentence);
  const ranges = [{ start, end: start + sentence.length }];
  expect(text).toEqual({
    kind: 'file',
    uri,
    ranges,
    check: expect.stringMatching(/^[\da-f]{8}$/) as unknown,
  });
  // In a panel that was closed, on a file that was closed.
  await workbench.runCommand('View: Close All Editors');
  await openLink(workbench, link);
  await expect(workbench.page.getByText('Open head 2.3 of a link?')).toBeVisible();
  await workbench.screenshot('explorer-link-question');
  const open = workbench.page.getByRole('button', { name: 'Open', exact: true });
  await open.click();
  view = await explorer(workbench);
  await expect(view.getByRole('heading', { name: 'Layer 2, head 3' })).toBeVisible();
  await expect(view.getByRole('heading', { level: 1 })).toHaveText(/^16 tokens/);
  // The file is open now, so that nothing is asked any more.
  await openLink(workbench, link.replace('%22head%22%3A3', '%22head%22%3A7'));
  await workbench.untilNotified('Head 2.7 cannot be opened');
  await expect(view.getByRole('heading', { name: 'Layer 2, head 3' })).toBeVisible();
  await openLink(workbench, link.replace('bert-tiny-en-zh', 'elsewhere'));
  await workbench.untilNotified('The link is of the model "elsewhere"');
  await openLink(workbench, link.replace('file%3A%2F%2F%2F', 'https%3A%2F%2Fexample.com%2F'));
  await workbench.untilNotified('This is no link to a head');
  await openLink(workbench, link.replace('english.md', 'gone.md'));
  await open.click();
  await workbench.untilNotified('The link is to a text in "gone.md", which is not there');
  await openLink(workbench, link.replace(/(check%22%3A%22)[\da-f]{8}/, '$100000000'));
  await workbench.untilNotified('"english.md" has changed since the link was copied.');

  // Of a text that is in no file, the link holds the text, if a person wants that.
  await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.runCommand('View: Close All Editors');
  await workbench.runCommand('File: New Untitled Text File');
  await workbench.page.keyboard.type('Seventeen ships');
  await workbench.runCommand('Headlight: Explore Attention');
  view = await explorer(workbench);
  await view.getByText('Export', { exact: true }).click();
  await view.getByRole('button', { name: 'Copy Link to Head 0.0' }).click();
  await workbench.page.getByRole('button', { name: 'Copy with the Text' }).click();
  expect(await pastedLink(workbench, /Seventeen/)).toContain(
    encodeURIComponent('"text":{"kind":"text","texts":["Seventeen ships"]}'),
  );
});

test('the panel stays with its text until it is let follow the selection', async ({ workbench }) => {
  const view = await explore(workbench, 'english.md', sentence);
  const heading = view.getByRole('heading', { level: 1 });
  await expect(heading).toHaveText(/^16 tokens/);
  await workbench.editor.selectText('keeper');
  // Longer than a selection has to rest before it is followed.
  await workbench.page.waitForTimeout(1_000);
  await expect(heading).toHaveText(/^16 tokens/);
  await workbench.runCommand('Headlight: Let Attention Explorer Follow the Selection');
  await expect(heading).toHaveText(/^4 tokens/);
  await workbench.editor.selectText('breakfast');
  await expect(heading).toHaveText(/^3 tokens/);
  await workbench.runCommand('Headlight: Pin Attention Explorer to Its Text');
  await workbench.editor.selectText(sentence);
  await workbench.page.waitForTimeout(1_000);
  await expect(heading).toHaveText(/^3 tokens/);
});

test('two texts are compared head by head', async ({ workbench }) => {
  await workbench.page.setViewportSize({ width: 1600, height: 1000 });
  writeFileSync(
    path.join(workbench.folder, 'two.txt'),
    'I drink a cup of tea.\n\n\nI drink a cup of [MASK].\n',
  );
  const view = await explore(workbench, 'two.txt', 'I drink a cup of tea.');
  await workbench.editor.selectText('I drink a cup of [MASK].');
  await view.getByRole('button', { name: 'The selected text' }).click();
  await expect(view.getByText('bert-tiny-en-zh: “I drink a cup of [MASK].”')).toBeVisible();
  await expect(view.getByRole('application')).toHaveCount(2);
  // How far each head is from the same there, as a picture, in words on its tile, and as a list.
  const ranking = view.getByRole('region', { name: 'Heads by “divergence”' });
  await expect(ranking.getByRole('rowheader')).toHaveCount(8);
  const farthest = await ranking.getByRole('button').first().innerText();
  const divergence = await ranking.locator('.number').first().innerText();
  const [layer, head] = farthest.split('.').map(Number);
  await expect(tile(view, layer!, head!)).toHaveAttribute('aria-description', `divergence: ${divergence}`);
  for (const [theme, name] of themes) {
    await workbench.useTheme(theme);
    await workbench.screenshot(`explorer-compare-${name}`);
  }
  await view.getByRole('button', { name: 'Nothing' }).click();
  await expect(view.getByRole('application')).toHaveCount(1);

  // The same word masked from the view is the same text as the one that was selected: heads differ by as much.
  await view.getByRole('application').focus();
  for (let step = 0; step < 7; step++) await workbench.page.keyboard.press('ArrowDown');
  await view.getByRole('button', { name: 'Compare with “tea” masked' }).click();
  await expect(view.getByText('bert-tiny-en-zh: “tea” masked')).toBeVisible();
  await expect(tile(view, layer!, head!)).toHaveAttribute('aria-description', `divergence: ${divergence}`);
  // What an ended engine took with it is made anew, both runs, however often.
  for (const token of ['.', '[SEP]']) {
    signalEngines(workbench.server, 'SIGKILL');
    await view.getByRole('application').first().focus();
    await workbench.page.keyboard.press('ArrowDown');
    await expect(view.locator('#weight')).toHaveText(exactly(token));
    await expect(view.getByText('bert-tiny-en-zh: “tea” masked')).toBeVisible();
    await expect(tile(view, layer!, head!)).toHaveAttribute('aria-description', `divergence: ${divergence}`);
  }
  await workbench.untilKept('"comparedWith":{"kind":"masked"');
  await workbench.reload();
  const after = await explorer(workbench);
  await expect(after.getByText('bert-tiny-en-zh: “tea” masked')).toBeVisible();
  await expect(tile(after, layer!, head!)).toHaveAttribute('aria-description', `divergence: ${divergence}`);
});
