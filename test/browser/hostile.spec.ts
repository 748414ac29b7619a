/** Names, labels, words, texts and logs of somebody's making: shown as they are, and never obeyed. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import { visibleWebviews } from '../support/pages/webviewPage';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const script = '<img src=http://evil.example/x onerror="globalThis.obeyed=1">';
const hostile = `${script}<script>globalThis.obeyed=1</script>\u202egnol\u001b[31m`;

/** A copy of an embedded model whose labels, or whose most used words, are hostile. */
function hostileModel(workbench: Workbench, name: string): string {
  const folder = path.join(workbench.folder, `<b>${name}`);
  cpSync(path.join(repositoryRoot, 'media/models', name), folder, { recursive: true });
  const config = path.join(folder, 'config.json');
  const facts = JSON.parse(readFileSync(config, 'utf8')) as {
    id2label?: Record<string, string>;
    model_type: string;
  };
  facts.model_type = hostile;
  for (const id of Object.keys(facts.id2label ?? {})) facts.id2label![id] = `${hostile}${id}`;
  writeFileSync(config, JSON.stringify(facts));
  const file = path.join(folder, 'tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as { model: { vocab: Record<string, number> } };
  tokenizer.model.vocab = Object.fromEntries(
    Object.entries(tokenizer.model.vocab).map(([token, id]) => [
      /^[a-z]{3,}$/.test(token) ? `${script}${token}` : token,
      id,
    ]),
  );
  if (!facts.id2label) writeFileSync(file, JSON.stringify(tokenizer));
  return folder;
}

/** Nothing that came from outside has run, anywhere in the window. Requests are watched by every test. */
async function expectNotObeyed(workbench: Workbench): Promise<void> {
  const obeyed = (): unknown => (globalThis as { obeyed?: unknown }).obeyed;
  expect(await workbench.page.evaluate(obeyed)).toBeUndefined();
  for await (const frame of visibleWebviews(workbench.page)) {
    expect(await frame.evaluate(obeyed)).toBeUndefined();
    expect(await frame.locator('img, [onerror]').count()).toBe(0);
  }
}

test('words, labels and texts that hold markup are shown as they are', async ({ workbench }) => {
  test.setTimeout(180_000);
  writeFileSync(path.join(workbench.folder, 'hostile.md'), `I drink a [MASK] of ${hostile} tea.\n`);
  await workbench.useModel(hostileModel(workbench, 'bert-tiny-en-zh'));
  await workbench.openFile('hostile.md');
  await workbench.editor.selectAll();
  await workbench.runCommand('Headlight: Predict Masked Words');
  const words = await workbench.webview((frame) => frame.getByRole('heading', { name: '1 masked word' }));
  await expect(words.locator('.word').first()).toContainText(script);
  await expect(words.getByRole('button', { name: 'Model: <b>bert-tiny-en-zh' })).toBeVisible();
  await expectNotObeyed(workbench);
  const hover = await workbench.editor.hover('[MASK]');
  await expect(hover).toContainText('onerror');
  await expect(hover.locator('img')).toHaveCount(0);
  for (const [command, marker] of [
    ['Show Tokens', 'listbox'],
    ['Explore Attention', 'application'],
    ['Walk Through the Forward Pass', 'heading'],
    ['Show Model', 'heading'],
  ] as const) {
    await workbench.runCommand(`Headlight: ${command}`);
    await workbench.webview((frame) => frame.getByRole(marker));
    await expectNotObeyed(workbench);
  }
  await workbench.useModel(hostileModel(workbench, 'bert-tiny-intent'));
  await workbench.openFile('hostile.md');
  await workbench.runCommand('Headlight: Classify Text');
  const classes = await workbench.webview((frame) => frame.getByRole('list', { name: 'Classes' }));
  await expect(classes.getByRole('list', { name: 'Classes' })).toContainText(script);
  await expectNotObeyed(workbench);
  await workbench.screenshot('hostile-light');
});

test('a run whose name, tags and settings hold markup is shown as it is', async ({ workbench }) => {
  const folder = path.join(workbench.folder, 'logs', '<img src=x onerror=obeyed=1>');
  mkdirSync(folder, { recursive: true });
  const rows = Array.from({ length: 20 }, (_, step) =>
    JSON.stringify({ step, [`loss ${script}`]: 1 / (step + 1) }),
  );
  writeFileSync(path.join(folder, 'metrics.jsonl'), rows.join('\n'));
  await workbench.openSidebar('Headlight');
  await workbench.sidebar.getByRole('button', { name: 'Attention Section' }).click();
  await workbench.sidebar.getByRole('button', { name: 'Runs Section' }).click();
  await workbench
    .treeItem(/onerror/)
    .first()
    .click();
  const view = await workbench.webview((frame) => frame.getByRole('application'));
  await expect(view.locator('body')).toContainText(`loss ${script}`);
  await expectNotObeyed(workbench);
});
