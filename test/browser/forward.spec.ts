import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import type { ArchitectureFacts } from '../../src/protocol/architecture';
import type { ForwardStep } from '../../src/protocol/forward';
import type { TensorStatistics } from '../../src/protocol/tensor';
import type { WebviewPage } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const sentence = 'The lighthouse keeper counted seventeen ships before breakfast';

/** The view of the forward pass, once a card is open. */
async function viewOf(workbench: Workbench): Promise<WebviewPage> {
  const view = await workbench.webview((frame) => frame.getByRole('article', { name: 'Token Embedding' }));
  await expect(check(view)).toHaveText(/^Recomputed and equal\./);
  return view;
}

async function walk(workbench: Workbench): Promise<WebviewPage> {
  await workbench.openFile('english.md');
  await workbench.editor.selectText(sentence);
  await workbench.runCommand('Headlight: Walk Through the Forward Pass');
  return viewOf(workbench);
}

const check = (view: WebviewPage) => view.locator('.check');
const article = (view: WebviewPage, name: string) => view.getByRole('article', { name, exact: true });
const title = (view: WebviewPage, name: string) => article(view, name).locator('.card-title');

/** Opens a card, and waits for its numbers. */
async function open(view: WebviewPage, name: string, nth = 0): Promise<void> {
  await title(view, name).nth(nth).click();
  await expect(article(view, name).nth(nth).locator('.check')).toHaveText(/^Recomputed and equal\./);
}

test('the arrow keys step through the cards, each recomputed', async ({ workbench }) => {
  const view = await walk(workbench);
  const { keyboard } = workbench.page;
  await title(view, 'Token Embedding').focus();
  await keyboard.press('ArrowRight');
  await expect(view.getByText('Numbers of “the”')).toBeVisible();
  for (const name of ['Position Embedding', 'Segment Embedding', 'Sum']) {
    await keyboard.press('ArrowDown');
    await expect(title(view, name)).toBeFocused();
    await expect(check(view)).toHaveText(/^Recomputed and equal\./);
  }
  // The input figure of the tokens.
  await expect(article(view, 'Sum').getByRole('button', { name: 'the', exact: true })).toBeVisible();
  await workbench.screenshot('forward-light');
  await view.getByText('BERT beside the Transformer').click();
  const layers = view.getByRole('row', { name: /^Encoder layers/ }).getByRole('cell');
  await expect(layers).toHaveText(['4', '6']);
  await workbench.screenshot('forward-beside-transformer-light');
  await open(view, 'Scores');
  await view.getByRole('button', { name: 'Next head' }).click();
  await expect(check(view)).toContainText('In head 1: ');
  await expect(view.getByText('Numbers of “the” · head 1')).toBeVisible();
  await expect(view.getByText('Query and key in head 1')).toBeVisible();
  await view.getByText('Export', { exact: true }).click();
  const save = (item: string, file: string): Promise<Buffer> =>
    workbench.saved(file, () => view.getByRole('button', { name: item }).click());
  const csv = (await save('Tensor as CSV', 'scores.csv')).toString().trim().split('\r\n');
  const tokens = csv.slice(1).map((line) => line.split(',')[0]);
  expect(tokens.slice(0, 3)).toEqual(['[CLS]', 'the', 'light']);
  expect(csv[0]!.split(',').slice(1, 3)).toEqual(['0.[CLS]', '0.the']);
  const [first] = csv[2]!.split(',').slice(1 + tokens.length);
  const shown = await article(view, 'Scores').locator('.row tr.model td').first().innerText();
  expect(Number(first)).toBeCloseTo(Number(shown.replace('\u2212', '-')), 2);
  expect((await save('Tensor as NPY', 'scores.npy')).subarray(0, 128).toString('latin1')).toContain(
    `'shape': (${tokens.length}, 4, ${tokens.length})`,
  );
  await view.getByRole('button', { name: 'Queries', exact: true }).click();
  await expect(title(view, 'Queries')).toBeFocused();
  await view.getByRole('button', { name: 'Next layer' }).click();
  await expect(view.getByText('Layer 1 of 4')).toBeVisible();
  await expect(article(view, 'Queries').getByRole('button', { name: 'layer 0: Norm' })).toBeVisible();
});

test('positions, sums, norms and heads show what there is to see in them', async ({ workbench }) => {
  await workbench.useTheme('dark');
  const view = await walk(workbench);
  await open(view, 'Position Embedding');
  await view.getByRole('button', { name: 'Try It' }).click();
  await expect(view.getByText('each token gets what it got before')).toBeVisible();
  await view.locator('.experiment').scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-positions-dark');
  await open(view, 'Residual sum', 1);
  await view.getByRole('button', { name: 'Try It' }).click();
  await expect(view.getByText('a tanh network (illustration)')).toBeVisible();
  await view.locator('.experiment').scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-residual-dark');
  await open(view, 'After activation');
  await expect(view.getByText('Units that fire most for')).toBeVisible();
  await open(view, 'Norm', 2);
  await view.locator('.experiment').last().getByRole('button').click();
  await expect(view.getByText('The language-model head after each layer')).toBeVisible();
  await view.locator('.experiment').last().scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-stream-dark');
  await workbench.useTheme('highContrast');
  await workbench.screenshot('forward-stream-high-contrast');
  await open(view, 'Masked-Word Head');
  await expect(view.getByText('The softmax of these logits')).toBeVisible();
  await workbench.useTheme('highContrastLight');
  await workbench.screenshot('forward-head-high-contrast-light');
});

test('several lines are a batch for batch norm', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.select({ line: 13, column: 1 }, { line: 19, column: 7 });
  await workbench.runCommand('Headlight: Walk Through the Forward Pass');
  const view = await viewOf(workbench);
  await open(view, 'Norm', 0);
  await view.getByRole('button', { name: 'Try It' }).click();
  await expect(view.getByText('Batch norm in this place')).toBeVisible();
  await view.locator('.experiment').scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-batch-norm-light');
});

test('a tensor of the model’s drawing opens at its step, and back', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText(sentence);
  await workbench.runCommand('Headlight: Show Model');
  const model = await workbench.webview((frame) => frame.getByRole('group', { name: /^Architecture of / }));
  await model
    .getByRole('button', { name: /^Layers 0–3, Feed-Forward/ })
    .first()
    .click();
  await model.getByRole('button', { name: 'Next layer' }).click();
  await model.getByRole('button', { name: 'After activation, present' }).click();
  await model.getByRole('button', { name: 'Walk through from Here' }).click();
  const view = await viewOf(workbench);
  await expect(view.getByText('Layer 1 of 4')).toBeVisible();
  await expect(title(view, 'After activation')).toHaveAttribute('aria-expanded', 'true');
  await open(view, 'Values');
  await view.getByRole('button', { name: 'Show in the Model' }).click();
  await expect(model.getByRole('heading', { name: 'Layer 1 · Multi-Head Attention' })).toBeVisible();
});

/** ALBERT's one block: as many runs as layers, its parameters once and as often as it runs. */
async function sharedBlock(workbench: Workbench, view: WebviewPage): Promise<void> {
  const runs = view.getByRole('group', { name: 'Runs of the block' }).getByRole('button');
  const note = await view.locator('.shared-block p').innerText();
  const [count, once, apart] = [...note.matchAll(/\d[\d,]*/g)].map(([digits]) =>
    Number(digits.replaceAll(',', '')),
  ) as [number, number, number];
  await expect(runs).toHaveCount(count);
  const args = ['dist/cli.js', 'facts', '--json', '--model', 'media/models/albert-tiny-en-zh'];
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
  const { architecture } = JSON.parse(printed) as { architecture: ArchitectureFacts };
  const shared = architecture.weights.filter(({ layers }) => layers.length > 1);
  expect(once).toBe(shared.reduce((sum, { parameters }) => sum + parameters, 0));
  expect(apart).toBe(count * once);
  await runs.last().click();
  await expect(view.getByText(`Layer ${count - 1} of ${count}`)).toBeVisible();
  await runs.last().scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-albert-light');
}

/** What `headlight forward --json` prints, as far as it is compared. */
interface ForwardJson {
  steps: (ForwardStep & { shape: number[]; statistics: TensorStatistics })[];
}

/** Embedded models that one file is all of. */
const models = readdirSync('media/models').filter((name) => existsSync(`media/models/${name}/model.onnx`));

function printed(model: string, ...texts: string[]): ForwardJson['steps'] {
  const args = ['dist/cli.js', 'forward', '--json', '--model', model, ...texts];
  return (JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as ForwardJson).steps;
}

/** Walks over cards with the keyboard: each shows what the terminal printed. */
async function compareCards(
  workbench: Workbench,
  view: WebviewPage,
  first: Locator,
  steps: ForwardJson['steps'],
): Promise<void> {
  await first.focus();
  for (const [at, { formula, shape, statistics }] of steps.entries()) {
    if (at > 0) await workbench.page.keyboard.press('ArrowDown');
    const card = view.locator('.card.open');
    await expect(card.locator('.card-title')).toBeFocused();
    await expect(card.locator('.formula').first()).toHaveText(formula!.replaceAll('_', ''));
    await expect(card.locator('.check')).toHaveText(/^Recomputed and equal\./);
    await expect(card.locator('.statistics')).toContainText(shape.join(' × '));
    await expect(card.locator('.statistics')).toContainText(
      String(Number(statistics.maximum.toPrecision(4))),
    );
  }
}

/** The whole path, with the first layer. */
async function comparePath(
  workbench: Workbench,
  view: WebviewPage,
  steps: ForwardJson['steps'],
): Promise<void> {
  const own = steps.filter(({ layer }) => layer === null || layer === 0);
  await compareCards(workbench, view, title(view, 'Token Embedding').first(), own);
  await expect(view.locator('.card')).toHaveCount(own.length);
}

/** The cards of the last layer of the only stack. */
async function compareLastLayer(
  workbench: Workbench,
  view: WebviewPage,
  steps: ForwardJson['steps'],
): Promise<void> {
  const last = Math.max(...steps.map(({ layer }) => layer ?? 0));
  const next = view.getByRole('button', { name: 'Next layer' });
  for (let layer = 0; layer < last; layer++) await next.click();
  await expect(view.getByText(`Layer ${last} of ${last + 1}`)).toBeVisible();
  const firstOfLayer = view.locator('.card-title').nth(steps.findIndex(({ layer }) => layer !== null));
  await firstOfLayer.click();
  await compareCards(
    workbench,
    view,
    firstOfLayer,
    steps.filter(({ layer }) => layer === last),
  );
}

for (const model of models) {
  test(`the whole path of ${model} shows what the terminal prints`, async ({ workbench }) => {
    const steps = printed(model, sentence);
    await workbench.openFile('english.md');
    if (model !== 'bert-tiny-en-zh') await workbench.useModel(path.resolve('media/models', model));
    await workbench.editor.selectText(sentence);
    await workbench.runCommand('Headlight: Walk Through the Forward Pass');
    const view = await viewOf(workbench);
    await comparePath(workbench, view, steps);
    await compareLastLayer(workbench, view, steps);
    if (model.startsWith('albert-')) await sharedBlock(workbench, view);
  });
}

test('a decoder is walked through beside its encoder, and one token at a time', async ({ workbench }) => {
  const model = 'transformer-tiny-en-zh';
  const [source, written] = ['She went to school by bus.', '她坐公共汽车去上学。'];
  const steps = printed(model, source, '--pair', written);
  await workbench.openFile('pairs.txt');
  await workbench.useModel(path.resolve('media/models', model));
  await workbench.editor.selectAll();
  await workbench.page.keyboard.type(`${source}\n\n${written}`);
  await workbench.editor.selectAll();
  await workbench.runCommand('Headlight: Walk Through the Forward Pass');
  const view = await workbench.webview((frame) => frame.getByRole('listbox', { name: 'Target' }));
  await comparePath(workbench, view, steps);
  const target = view.getByRole('listbox', { name: 'Target' });
  await target.getByText('公').click();
  const decoder = view.locator('.part.layer').nth(1);
  await decoder.getByText('Probabilities', { exact: true }).last().click();
  await expect(check(view)).toHaveText(/^Recomputed and equal\./);
  await expect(view.getByText('Numbers of “公” · head 0')).toBeVisible();
  await workbench.useTheme('dark');
  await check(view).scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-decoder-dark');
  await decoder.getByText('Probabilities', { exact: true }).first().click();
  await expect(view.getByText('Without the mask')).toBeVisible();
  await open(view, 'Position Embedding', 1);
  await expect(view.getByText('The numbers of the file differ from that by')).toBeVisible();
  await expect(
    view.getByText(/gives the vector 5 positions further on.* within \d\.\de-\d+\./),
  ).toBeVisible();
  await open(view, 'Next-Token Head');
  await expect(view.getByText('The softmax of these logits')).toBeVisible();

  const tokens = await target.getByRole('option').allInnerTexts();
  const { length } = tokens;
  await view.getByRole('button', { name: 'One token less' }).click();
  await expect(view.getByText(`${length - 1} of ${length} tokens read`)).toBeVisible();
  await expect(view.getByText(`Next comes “${tokens.at(-1)!}”.`)).toBeVisible();
  await expect(target.getByRole('option')).toHaveText(tokens.slice(0, -1));
  await expect(view.getByText(`Numbers of “${tokens.at(-2)!}”`)).toBeVisible();
  await expect(check(view)).toHaveText(/^Recomputed and equal\./);
  await workbench.screenshot('forward-writing-dark');
  await view.getByRole('button', { name: 'Generate the Target' }).click();
  await expect(view.getByText(/^The target is generated: “.+”/)).toBeVisible();
  await expect(check(view)).toHaveText(/^Recomputed and equal\./);
});

test('a head of the attention opens at its step, and back', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.editor.selectText(sentence);
  await workbench.runCommand('Headlight: Explore Attention');
  const heads = await workbench.webview((frame) => frame.getByText('Walk through from Here'));
  await heads.getByText('Walk through from Here').click();
  const view = await viewOf(workbench);
  await expect(title(view, 'Probabilities')).toHaveAttribute('aria-expanded', 'true');
  await view.getByRole('button', { name: 'Next layer' }).click();
  await view.getByRole('button', { name: 'Next head' }).click();
  await expect(check(view)).toContainText('In head 1: ');
  await view.getByRole('button', { name: 'Show in Attention' }).click();
  const again = await workbench.webview((frame) => frame.getByText('Walk through from Here'));
  await expect(again.getByText('Layer 1, head 1').first()).toBeVisible();
  // The one that a person goes to from there is there when the view is shown again, and not the one of the link.
  await again.getByRole('gridcell', { name: 'Layer 2, head 0', exact: true }).click();
  await workbench.tab('Forward Pass').click();
  await viewOf(workbench);
  await workbench.tab('Attention Explorer').click();
  const back = await workbench.webview((frame) => frame.getByText('Walk through from Here'));
  await expect(back.getByRole('heading', { name: 'Layer 2, head 0' })).toBeVisible();
});

test('the forward pass in Chinese', async ({ workbench }) => {
  // What the file of a language pack would say; only Headlight speaks it.
  await workbench.page.addInitScript(() => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: 'zh-cn' }));
  await workbench.reload();
  await workbench.openFile('中文.md');
  await workbench.editor.goTo({ line: 5, column: 1 });
  await workbench.runCommand('Headlight: 逐步查看前向传播');
  const view = await workbench.webview((frame) => frame.getByRole('article', { name: '词元嵌入' }));
  await title(view, '位置嵌入').click();
  await expect(check(view)).toHaveText(/^重新计算，结果一致。/);
  await workbench.screenshot('forward-chinese-light');
  await title(view, '残差和').first().click();
  await expect(check(view)).toHaveText(/^重新计算，结果一致。/);
  await view.getByRole('button', { name: '试一试' }).click();
  await expect(view.getByText('tanh 循环网络（示意）')).toBeVisible();
  await view.locator('.experiment').scrollIntoViewIfNeeded();
  await workbench.screenshot('forward-chinese-residual-light');
});
